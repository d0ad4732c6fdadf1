"""How suspicious each label is: a score that is the mean of a few signals, and the probability that goes with it."""

from typing import NamedTuple

import numpy as np

from dataset_cartography.label_errors.calibration import load_calibration
from dataset_cartography.label_errors.signals import SIGNALS, Evidence
from dataset_cartography.label_errors.standard import standard_score
from dataset_cartography.metrics.base import Array

COMBINED = ("low_aum", "damped_aum")
"""The signals whose standard scores are averaged; `benchmarks/label_errors` chose them."""

WITHOUT_RIVALS = "unlikely"
"""The signal by which texts are ranked, of which there is no other one to compare."""


class Ranking(NamedTuple):
    """How suspicious each label is.

    Attributes:
        score: (examples,) mean of the signals' standard deviations above the run's mean; higher is more suspicious;
            NaN where the example was never seen.
        probability: (examples,) estimated, that the label is wrong, 0 to 1; NaN where unknown.
    """

    score: Array
    probability: Array


def rank_labels(evidence: Evidence) -> Ranking:
    """Score every label of a run, and estimate how probably it is wrong, which takes labels that have rivals."""
    if not evidence.has_rivals:
        score = standard_score(SIGNALS[WITHOUT_RIVALS](evidence))
        return Ranking(score, np.full(len(score), np.nan))
    score = np.mean([standard_score(SIGNALS[name](evidence)) for name in COMBINED], axis=0)
    return Ranking(score, load_calibration().probability(evidence, score))
