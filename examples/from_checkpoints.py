"""Make the map of a run that was never recorded, from the checkpoints that it saved.

python examples/from_checkpoints.py [CARTOGRAPHY_DIR]
"""
# ruff: noqa: T201 - an example shows its result

import sys
from pathlib import Path

import datasets
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from dataset_cartography import generate_hash_ids, load_cartography_metrics
from dataset_cartography.integrations.transformers import from_checkpoints

DIRECTORY = "./trained_models/example/from_checkpoints"


def make_trainer(output_dir: Path) -> Trainer:
    """A small model with random weights, and sequences that are labelled by their first token."""
    torch.manual_seed(0)
    tokens = torch.randint(5, 50, (300, 12)).tolist()
    rows = {"input_ids": tokens, "labels": [sequence[0] % 3 for sequence in tokens]}
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=3,
    )
    return Trainer(
        model=BertForSequenceClassification(config),
        args=TrainingArguments(
            output_dir=str(output_dir),
            num_train_epochs=4,
            per_device_train_batch_size=16,
            learning_rate=3e-3,
            save_strategy="epoch",  # all that is needed of the run
            save_only_model=True,
            report_to="none",
            disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=datasets.Dataset.from_dict({**rows, "id": generate_hash_ids(rows)}),
    )


def main(directory: str = DIRECTORY) -> None:
    """Train without recording; later, record what the saved weights answer."""
    run = Path(directory).with_name(f"{Path(directory).name}-run")
    make_trainer(run).train()

    from_checkpoints(run, make_trainer(run), directory)

    df = load_cartography_metrics(directory)
    print(f"{len(df)} examples by {df['epochs_seen'].max()} checkpoints")
    print(df.nsmallest(5, "confidence")[["confidence", "variability"]].round(3).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
