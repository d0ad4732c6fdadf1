"""Simulated trainings, to fit probabilities to: many small classifications unlike each other, with wrong labels.

Each seed is one: some clusters in some dimensions (scikit-learn's `make_classification`), a small network, and every
choice about them drawn at random: labels, sizes, how far the clusters lie apart, noise, epochs, learning rate. What is
kept is what a log holds: each epoch's probabilities and margins as its batches met them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from methods import Array
from sklearn.datasets import make_classification
from torch import nn

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.label_errors import Evidence
from dataset_cartography.log import write_atomically

FEWEST_WRONG = 8


@dataclass(frozen=True)
class Simulated:
    """One simulated training: what it recorded, and which labels are wrong."""

    evidence: Evidence
    wrong: Array


def simulate(seeds: int, folder: Path) -> Iterator[Simulated]:
    """The trainings of seeds 0, 1, …; what was trained before is read from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the networks are small
    try:
        for seed in range(seeds):
            path = folder / f"{seed}.npz"
            if not path.is_file():
                write_atomically(path, partial(_save, **_simulate(seed)))
            with np.load(path) as kept:
                yield _simulated(kept["gold"].astype(float), kept["margin"].astype(float), kept["wrong"])
    finally:
        torch.set_num_threads(threads)


def _save(path: Path, **arrays: Array) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _simulate(seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    labels = int(rng.choice([2, 3, 4, 6, 10, 20, 50]))
    points, truth = _clusters(rng, labels, seed)
    given, wrong = _with_noise(rng, points, truth, labels)
    gold, margin = _train(rng, torch.tensor(points, dtype=torch.float32), torch.tensor(given), labels)
    return {"gold": gold, "margin": margin, "wrong": wrong}


def _simulated(gold: Array, margin: Array, wrong: Array) -> Simulated:
    signals = {
        "gold_probability": gold,
        "margin": margin,
        "loss": -np.log(np.maximum(gold, np.finfo(np.float32).tiny)),
        "correct": (margin > 0).astype(float),
    }
    epochs = tuple(range(1, gold.shape[1] + 1))
    dynamics = Dynamics(
        epochs, signals, last_prediction={}, predictions={}, seen_in_part=tuple(0 for _ in epochs)
    )
    return Simulated(Evidence(dynamics), wrong)


def _clusters(rng: np.random.Generator, labels: int, seed: int) -> tuple[Array, Array]:
    """(examples, dimensions) points and (examples,) labels."""
    dimensions = int(rng.choice([10, 30, 100, 300]))
    informative = min(dimensions, max(int(dimensions * rng.uniform(0.2, 0.8)), labels.bit_length() + 2))
    points, truth = make_classification(
        int(rng.integers(500, 2500)),
        dimensions,
        n_informative=informative,
        n_redundant=0,
        n_classes=labels,
        n_clusters_per_class=int(rng.choice([1, 2])),
        class_sep=float(np.exp(rng.uniform(np.log(0.3), np.log(3)))),
        flip_y=0,
        weights=rng.dirichlet(np.full(labels, 5)).tolist(),
        random_state=seed,
    )
    return (points - points.mean(axis=0)) / points.std(axis=0), truth


def _with_noise(rng: np.random.Generator, points: Array, truth: Array, labels: int) -> tuple[Array, Array]:
    """The labels, 1 to 20% of them wrong, and which: any other label, in half of the trainings mostly the nearest."""
    share = float(np.exp(rng.uniform(np.log(0.01), np.log(0.2))))
    rows = rng.choice(len(truth), max(FEWEST_WRONG, round(share * len(truth))), replace=False)
    used = np.unique(truth)
    means = np.full((labels, points.shape[1]), np.inf)
    means[used] = [points[truth == label].mean(axis=0) for label in used]
    confusable = rng.random() < 0.5
    given = truth.copy()
    for row in rows:
        others = used[used != truth[row]]
        if confusable and rng.random() < 0.8:
            distances = np.linalg.norm(means[others] - means[truth[row]], axis=1)
            given[row] = others[distances.argmin()]
        else:
            given[row] = rng.choice(others)
    return given, given != truth


def _train(
    rng: np.random.Generator, points: torch.Tensor, given: torch.Tensor, labels: int
) -> tuple[Array, Array]:
    """(examples, epochs) probabilities and margins of the given labels, as each batch met them."""
    size, epochs, batch = len(given), int(rng.integers(3, 13)), int(rng.choice([16, 32, 64]))
    width = int(rng.choice([32, 128, 512]))
    rate = float(np.exp(rng.uniform(np.log(5e-4), np.log(1e-2))))
    network = nn.Sequential(
        nn.Linear(points.shape[1], width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, labels)
    )
    optimizer = torch.optim.AdamW(network.parameters(), rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=epochs * -(-size // batch))
    gold, margin = np.zeros((size, epochs), np.float32), np.zeros((size, epochs), np.float32)
    for epoch in range(epochs):
        for rows in torch.randperm(size).split(batch):
            logits = network(points[rows])
            loss = nn.functional.cross_entropy(logits, given[rows])
            with torch.no_grad():
                logs = logits.log_softmax(dim=-1)
                own = logs.gather(1, given[rows, None])
                rival = logs.scatter(1, given[rows, None], -torch.inf).amax(dim=1)
                gold[rows, epoch], margin[rows, epoch] = own[:, 0].exp(), own[:, 0] - rival
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return gold, margin
