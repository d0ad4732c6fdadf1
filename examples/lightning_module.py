"""Record a Lightning module with one callback.

python examples/lightning_module.py [CARTOGRAPHY_DIR]
"""
# ruff: noqa: T201 - an example shows its result

import sys
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from dataset_cartography import categorize_examples, load_cartography_metrics
from dataset_cartography.integrations.lightning import CartographyCallback
from dataset_cartography.integrations.pytorch import with_ids

DIRECTORY = "./trained_models/example/lightning_module"


class Classifier(LightningModule):
    """Knows nothing of recording: its step calls the module, and that is where the logits are seen."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of three labels."""
        return self.layers(inputs)

    def training_step(self, batch: Any, _number: int) -> Tensor:
        """The loss of a batch."""
        inputs, labels, _rows = batch
        return torch.nn.functional.cross_entropy(self(inputs), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW."""
        return torch.optim.AdamW(self.parameters(), 3e-3)


def main(directory: str = DIRECTORY) -> None:
    """Train five epochs with recording on, then read the map."""
    torch.manual_seed(0)
    points = torch.randn(600, 8)
    labels = torch.bucketize(points[:, :3].sum(1) + 0.3 * torch.randn(600), torch.tensor([-0.8, 0.8]))
    data = with_ids(TensorDataset(points, labels))
    trainer = Trainer(
        max_epochs=5,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[CartographyCallback(directory, task="classification", labels=["low", "middle", "high"])],
    )
    trainer.fit(Classifier(), DataLoader(data, batch_size=32, shuffle=True))

    df = categorize_examples(load_cartography_metrics(directory), method="quantile")
    print(df["category"].value_counts().to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
