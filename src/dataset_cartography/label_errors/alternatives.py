"""What the model predicted instead of the label, over the epochs: which answer it stood by, and how firmly.

A wrong label is not only unlikely: the model keeps naming another one, and the same one. A hard or an ambiguous
example has no such rival, or several.
"""

from typing import NamedTuple

import numpy as np

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.metrics.base import Array
from dataset_cartography.metrics.reductions import mean

SAME_SPAN = 0.5
"""F1 of the characters from which two spans are the same answer."""


class Alternatives(NamedTuple):
    """The strongest rival of each example's label.

    Attributes:
        epoch: (examples,) Position of the epoch whose prediction stands for the rival: the surest of those that named
            it; -1 where the label was predicted in every epoch.
        share: (examples,) Share of the epochs seen in which the rival was predicted, 0 to 1; NaN if never seen.
        agreement: (examples,) Share of the epochs that predicted another label in which it was the rival; 0 where
            none did.
        probability: (examples,) The best other label's mean probability over the epochs, whether predicted or not.
        times: (examples,) In how many epochs the rival was predicted.
        sureness: (examples,) The rival's mean probability over those epochs; 0 where there is no rival.
    """

    epoch: Array
    share: Array
    agreement: Array
    probability: Array
    times: Array
    sureness: Array

    def take(self, columns: Array) -> Array:
        """The rival's value of (examples, epochs) predictions, NaN where there is no rival."""
        picked = np.take_along_axis(columns, np.maximum(self.epoch, 0)[:, None], axis=1)[:, 0]
        value: Array = np.where(self.epoch < 0, np.nan, picked)
        return value


def find_alternatives(dynamics: Dynamics) -> Alternatives:
    """Find each example's rival: of the predictions other than the label, the one with most probability behind it.

    Epochs agree on a class that is the same, and on spans that overlap (F1 of their characters at least
    `SAME_SPAN`). An epoch's prediction counts with its probability, so a sure rival outweighs a passing one.

    Args:
        dynamics: Read with `predictions=True`.
    """
    correct = dynamics.signals["correct"]
    if not dynamics.predictions:
        return _none(len(correct))
    seen = ~np.isnan(correct)
    other = correct == 0
    probability = other_probability(dynamics)
    columns = list(dynamics.predictions.values())
    examples, epochs = correct.shape
    behind = np.zeros((epochs, examples))
    named = np.zeros((epochs, examples), np.int32)
    for one in range(epochs):
        for two in range(one, epochs):
            agree = other[:, one] & other[:, two] & _same(columns, one, two)
            for this, that in {(one, two), (two, one)}:
                behind[this] += np.where(agree, np.nan_to_num(probability[:, that]), 0)
                named[this] += agree
    # Of the epochs that name the rival, the surest shows it: its boundaries, for a span.
    best = np.isclose(behind, behind.max(axis=0), rtol=1e-9, atol=0) & other.T
    epoch = np.where(best, np.nan_to_num(probability.T) + 1e-30, -1.0).argmax(axis=0)
    has_rival = other.any(axis=1)
    times = np.where(has_rival, np.take_along_axis(named, epoch[None], axis=0)[0], 0)
    together = np.take_along_axis(behind, epoch[None], axis=0)[0]
    with np.errstate(invalid="ignore"):
        share = times / seen.sum(axis=1)
    return Alternatives(
        epoch=np.where(has_rival, epoch, -1),
        share=share,
        agreement=times / np.maximum(other.sum(axis=1), 1),
        probability=mean(probability),
        times=times,
        sureness=together / np.maximum(times, 1),
    )


def _none(examples: int) -> Alternatives:
    """Where a target has no rival: it is a text, say."""
    unknown, nought = np.full(examples, np.nan), np.zeros(examples, np.int32)
    return Alternatives(np.full(examples, -1), unknown, nought, unknown, nought, np.zeros(examples))


def other_probability(dynamics: Dynamics) -> Array:
    """Probability of the best label that is not gold, (examples, epochs): the gold one's times exp(-margin)."""
    gold, margin = dynamics.signals["gold_probability"], dynamics.signals["margin"]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rival = np.exp(np.minimum(np.log(gold) - margin, 0))
    # A gold probability too small for a float says nothing of the rival but that it is far ahead.
    probability: Array = np.where(gold == 0, np.where(margin < 0, 1.0, 0.0), rival)
    return probability


def _same(columns: list[Array], one: int, two: int) -> Array:
    """Whether two epochs predicted the same, (examples,)."""
    if len(columns) == 1:
        same: Array = columns[0][:, one] == columns[0][:, two]
        return same
    start, end = columns
    overlap = np.minimum(end[:, one], end[:, two]) - np.maximum(start[:, one], start[:, two])
    length = (end[:, one] - start[:, one]) + (end[:, two] - start[:, two])
    both_none = (start[:, one] < 0) & (start[:, two] < 0)
    overlaps: Array = 2 * np.maximum(overlap, 0) >= np.maximum(SAME_SPAN * length, 1e-9)
    return both_none | overlaps
