"""Signals of tags and of several labels against NumPy, a decision at a time."""

import numpy as np
import pytest
import torch

from dataset_cartography.signals import FEATURE, multi_label_signals, tag_signals

NAMES = {"gold_logprob", "margin", "correct", "prediction", "gold", "unit", FEATURE}


def rows_of(signals):
    """(feature, unit) -> signals, of the rows that are kept."""
    assert set(signals) == NAMES
    columns = {name: values.tolist() for name, values in signals.items()}
    return {
        (feature, unit): [
            columns[name][row] for name in ("gold_logprob", "margin", "prediction", "correct", "gold")
        ]
        for row, (feature, unit) in enumerate(zip(columns[FEATURE], columns["unit"], strict=True))
        if unit >= 0
    }


def decision(scores, gold):
    logprobs = scores - np.log(np.exp(scores).sum())
    best = int(scores.argmax())
    return [logprobs[gold], scores[gold] - np.delete(scores, gold).max(), best, best == gold, gold]


def assert_rows(found, wanted):
    assert found.keys() == wanted.keys()
    np.testing.assert_allclose(
        np.array([found[key] for key in wanted], float), np.array(list(wanted.values()), float), atol=1e-5
    )


def test_tags_equal_numpy():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 7, 4)) * 3, rng.integers(0, 4, (5, 7))
    labels[rng.random((5, 7)) < 0.4] = -100
    labels[3] = -100
    wanted = {}
    for feature in range(5):
        places = np.flatnonzero(labels[feature] >= 0)
        for unit, place in enumerate(places):
            wanted[feature, unit] = decision(logits[feature, place], labels[feature, place])
    assert_rows(rows_of(tag_signals(torch.tensor(logits), torch.tensor(labels))), wanted)


def test_several_labels_equal_numpy():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(6, 5)) * 3, rng.integers(0, 2, (6, 5)).astype(float)
    targets[2, 1], targets[4, 4] = -100, np.nan
    wanted = {
        (feature, unit): decision(np.array([0.0, logits[feature, unit]]), int(targets[feature, unit]))
        for feature, unit in np.argwhere(targets >= 0).tolist()
    }
    assert_rows(rows_of(multi_label_signals(torch.tensor(logits), torch.tensor(targets))), wanted)


def test_a_tag_that_is_no_class_has_no_gold_probability():
    signals = tag_signals(torch.zeros(1, 2, 3), torch.tensor([[7, 1]]))
    assert signals["gold_logprob"].isnan().tolist() == [True, False]
    assert signals["margin"].isnan().tolist() == [True, False]
    assert signals["correct"].tolist() == [False, False]


@pytest.mark.parametrize("batch", [(0, 4), (2, 0)])
def test_a_batch_without_tokens_has_no_rows(batch):
    signals = tag_signals(torch.zeros(*batch, 3), torch.zeros(batch, dtype=torch.long))
    assert {name: values.shape for name, values in signals.items()} == dict.fromkeys(NAMES, (0,))


def test_low_precision_is_computed_in_float32():
    logits = torch.tensor([[[40.0, 1.0], [-3.0, 5.0]]], dtype=torch.bfloat16)
    signals = tag_signals(logits, torch.tensor([[1, 0]]))
    assert signals["gold_logprob"].dtype == torch.float32
    assert signals["gold_logprob"].tolist() == pytest.approx([-39.0, -8.000335], abs=1e-5)
    labels = multi_label_signals(logits[0], torch.tensor([[1.0, 0.0], [1.0, 1.0]]))
    assert labels["gold_logprob"].dtype == torch.float32
    assert labels["gold_logprob"].tolist() == pytest.approx([0.0, -1.313262, -3.048587, -0.006715], abs=1e-5)


def test_no_device_is_waited_for():
    # Tensors without values: what depends on them, as waiting does, fails.
    logits, labels = torch.empty(2, 5, 3, device="meta"), torch.empty(2, 5, dtype=torch.long, device="meta")
    tags = tag_signals(logits, labels)
    sets = multi_label_signals(logits[0], torch.empty(5, 3, device="meta"))
    assert {name: values.shape for name, values in tags.items()} == dict.fromkeys(NAMES, (10,))
    assert {name: values.shape for name, values in sets.items()} == dict.fromkeys(NAMES, (15,))
