"""Signals of different units on one scale."""

import numpy as np

from dataset_cartography.metrics.base import Array


def standard_score(values: Array) -> Array:
    """Standard deviations above the mean of all; NaN where there is no value.

    What is infinite, as the margin of a label whose rivals are masked, counts as the most extreme finite value.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.where(np.isnan(values), np.nan, 0.0)
    bounded = np.clip(values, finite.min(), finite.max())
    deviation = np.nanstd(bounded)
    score: Array = (bounded - np.nanmean(bounded)) / (deviation if deviation > 0 else 1)
    return score
