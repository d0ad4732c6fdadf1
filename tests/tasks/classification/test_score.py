import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_f1_score

from dataset_cartography.tasks.classification import score_labels


def test_by_hand():
    # Of label 0: 1 hit, 2 given, 1 gold; of label 1: 1 hit, 1 given, 2 gold; label 2 never right.
    scores = score_labels(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3]))
    assert scores == {
        "accuracy": 50.0,
        "macro_f1": pytest.approx(100 * (2 / 3 + 2 / 3 + 0 + 0) / 4),
        "n": 4,
    }


def test_like_torchmetrics():
    draw = np.random.default_rng(0)
    gold = draw.integers(0, 7, 200)
    predicted = np.where(draw.random(200) < 0.5, gold, draw.integers(0, 7, 200))
    expected = multiclass_f1_score(
        torch.tensor(predicted), torch.tensor(gold), num_classes=9, average="macro"
    )
    scores = score_labels(predicted, gold)
    assert scores["macro_f1"] == pytest.approx(100 * float(expected), abs=1e-4)
    assert scores["accuracy"] == 100 * float((gold == predicted).mean())
