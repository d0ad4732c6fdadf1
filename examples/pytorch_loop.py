"""Record a training loop of your own in two lines, and find the labels that were planted wrong.

python examples/pytorch_loop.py [CARTOGRAPHY_DIR]
"""
# ruff: noqa: T201 - an example shows its result

import sys

import torch
from torch.utils.data import DataLoader, TensorDataset

from dataset_cartography import load_cartography_metrics
from dataset_cartography.integrations.pytorch import DynamicsRecorder, WithIds, with_ids

DIRECTORY = "./trained_models/example/pytorch_loop"
WRONG = 30


def make_data(count: int = 600) -> tuple[WithIds, set[str]]:
    """Points of two kinds, some of them labelled wrong: the dataset with ids, and the ids of the wrong ones."""
    torch.manual_seed(0)
    points = torch.randn(count, 8)
    labels = (points[:, :4].sum(1) > points[:, 4:].sum(1)).long()
    wrong = torch.randperm(count)[:WRONG]
    labels[wrong] = 1 - labels[wrong]
    ids = [f"point-{number:03d}" for number in range(count)]
    return with_ids(TensorDataset(points, labels), ids), {ids[number] for number in wrong}


def main(directory: str = DIRECTORY) -> None:
    """Train six epochs with recording on, then read the map."""
    data, planted = make_data()
    loader = DataLoader(data, batch_size=32, shuffle=True)
    model = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    with DynamicsRecorder(directory, data, task="classification", labels=["left", "right"]) as recorder:
        for _ in range(6):
            for points, labels, rows in loader:
                logits = model(points)
                recorder.record(rows, logits, labels)  # the first line
                loss = torch.nn.functional.cross_entropy(logits, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            recorder.end_epoch()  # the second

    df = load_cartography_metrics(directory)
    suspects = df["aum"].nsmallest(WRONG)
    print(
        f"{len(planted & set(suspects.index))} of {WRONG} planted labels are among the {WRONG} lowest margins"
    )
    for example_id, margin in suspects.head(5).items():
        print(f"{example_id}: margin {margin:.2f}, confidence {df.loc[example_id, 'confidence']:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
