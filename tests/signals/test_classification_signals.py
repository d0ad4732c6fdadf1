"""Classification signals against NumPy."""

import numpy as np
import torch

from dataset_cartography.signals import classification_signals


def test_equals_numpy():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(50, 4)) * 3, rng.integers(0, 4, 50)
    signals = classification_signals(torch.tensor(logits), torch.tensor(labels))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    rows = np.arange(50)
    others = logits.copy()
    others[rows, labels] = -np.inf
    np.testing.assert_allclose(signals["gold_logprob"], np.log(probabilities[rows, labels]), atol=1e-5)
    np.testing.assert_allclose(signals["margin"], logits[rows, labels] - others.max(1), atol=1e-5)
    np.testing.assert_allclose(
        signals["el2n"], np.linalg.norm(probabilities - np.eye(4)[labels], axis=1), atol=1e-5
    )
    np.testing.assert_array_equal(signals["prediction"], logits.argmax(1))
    np.testing.assert_array_equal(signals["correct"], logits.argmax(1) == labels)


def test_a_row_without_label_has_no_gold_probability():
    signals = classification_signals(torch.zeros(1, 3), torch.tensor([-100]))
    assert signals["gold_logprob"].isnan().all()
    assert not signals["correct"].item()
