"""Record a loop that Accelerate runs, in one process or several, with a checkpoint to go on from.

    python examples/accelerate_loop.py [CARTOGRAPHY_DIR]
    torchrun --nproc_per_node 2 examples/accelerate_loop.py

Break it off and start it again: it goes on from the last epoch's end, and the map is that of a run that never stopped.
"""
# ruff: noqa: T201 - an example shows its result

import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset

from dataset_cartography import load_cartography_metrics
from dataset_cartography.integrations.pytorch import DynamicsRecorder, with_ids

DIRECTORY = "./trained_models/example/accelerate_loop"
EPOCHS = 4


def main(directory: str = DIRECTORY) -> None:
    """Train with recording on; every process records its own batches."""
    torch.manual_seed(0)
    points = torch.randn(400, 8)
    data = with_ids(TensorDataset(points, (points.sum(1) > 0).long()))
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2))
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    model, optimizer, loader = accelerator.prepare(
        model, optimizer, DataLoader(data, batch_size=16, shuffle=True)
    )

    recorder = DynamicsRecorder(directory, data, task="classification")
    accelerator.register_for_checkpointing(recorder)
    checkpoint = Path(directory).with_name(f"{Path(directory).name}-checkpoint")
    if checkpoint.is_dir():
        accelerator.load_state(str(checkpoint))
    with recorder:
        while recorder.epochs < EPOCHS:
            for inputs, labels, rows in loader:
                logits = model(inputs)
                recorder.record(rows, logits, labels)
                loss = torch.nn.functional.cross_entropy(logits, labels)
                optimizer.zero_grad()
                accelerator.backward(loss)
                optimizer.step()
            recorder.end_epoch()
            accelerator.save_state(str(checkpoint))

    if accelerator.is_main_process:
        df = load_cartography_metrics(directory)
        print(f"{len(df)} examples, each seen in {df['epochs_seen'].min()} epochs")
        print(
            df[["confidence", "variability", "correctness"]].describe().loc[["mean", "min", "max"]].round(3)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
