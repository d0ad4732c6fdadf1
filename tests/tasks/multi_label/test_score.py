"""Scores of sets of labels against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from dataset_cartography.tasks.multi_label.score import score_sets


@pytest.mark.parametrize("seed", range(5))
def test_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    predicted, gold = (rng.random((20, 4)) < 0.4 for _ in range(2))
    assert score_sets(predicted, gold) == pytest.approx(
        {
            "micro_f1": 100 * metrics.f1_score(gold, predicted, average="micro"),
            "macro_f1": 100 * metrics.f1_score(gold, predicted, average="macro"),
            "exact_match": 100 * metrics.accuracy_score(gold, predicted),
            "hamming_loss": 100 * metrics.hamming_loss(gold, predicted),
            "n": 20,
        }
    )


def test_a_label_that_is_nowhere_does_not_count():
    predicted, gold = np.array([[1, 0, 0], [0, 0, 0]]), np.array([[1, 0, 0], [0, 1, 0]])
    scores = score_sets(predicted, gold)
    assert scores["macro_f1"] == 50.0
    assert scores["micro_f1"] == pytest.approx(200 / 3)


def test_nothing_given_and_nothing_predicted():
    scores = score_sets(np.zeros((2, 3)), np.zeros((2, 3)))
    assert scores == {"micro_f1": 0.0, "macro_f1": 0.0, "exact_match": 100.0, "hamming_loss": 0.0, "n": 2}
