"""Targets that are no labels, read as if they were: what the evidence is made of, of numbers and of texts.

A number has two rivals: a higher value and a lower one. Its gold probability is p, and what another value has is 1 - p,
so that its margin is their log-odds, log p - log(1 - p), above 0 where the prediction is within the tolerance.

A text has no rival: any other one is. It is learned where at least half of its tokens are the likeliest.
"""

from dataclasses import replace

import numpy as np

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.dynamics.regression import targets_of
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

DIRECTIONS = ("the target", "a higher value", "a lower value")
"""What stands for the value predicted: by 0, 1, 2; with `prediction`, the value itself, beside it."""
_LEARNED = 0.5  # of a text's tokens
_LEAST_LOSS = 1e-4
"""A hit that is nearer says no more, or one such epoch would outweigh all others."""


def as_outcomes(log: LogReader, dynamics: Dynamics) -> Dynamics:
    """Dynamics whose margins, correctness and predictions mean what those of labels do.

    Args:
        log: Theirs.
        dynamics: Read with `predictions=True`; those of labels and answers are given back as they are.
    """
    if log.manifest.task == "regression":
        return _of_values(dynamics, targets_of(log))
    if log.manifest.schema.pieces == "tokens":
        return _of_texts(dynamics)
    return dynamics


def _of_values(dynamics: Dynamics, targets: Array) -> Dynamics:
    (value,) = dynamics.predictions.values()
    off = value - targets[:, None]
    correct = dynamics.signals["correct"]
    # Of several outputs no direction is known: any other value is one and the same rival.
    direction = np.where(correct == 1, 0.0, np.where(off < 0, 2.0, 1.0))
    signals = dynamics.signals | {"margin": _log_odds(dynamics.signals["loss"])}
    predictions = {"prediction": np.where(np.isnan(correct), np.nan, direction)}
    return replace(dynamics, signals=signals, predictions=predictions)


def _of_texts(dynamics: Dynamics) -> Dynamics:
    signals = dict(dynamics.signals)
    share = signals["unit_accuracy"]
    signals["correct"] = np.where(np.isnan(share), np.nan, share >= _LEARNED)
    return replace(dynamics, signals=signals, predictions={})


def _log_odds(loss: Array) -> Array:
    """Of a probability, from its -log: log p - log(1 - p)."""
    bounded = np.maximum(loss, _LEAST_LOSS)
    odds: Array = -bounded - np.log(-np.expm1(-bounded))
    return odds
