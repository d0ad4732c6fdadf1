"""How stable the regions are over the epochs recorded, and the map without each epoch."""

from collections.abc import Iterator

import numpy as np

from dataset_cartography.metrics import confidence, variability
from dataset_cartography.regions.rules import Array, RegionRule


def region_stability(gold_probability: Array, rule: RegionRule) -> Array:
    """Share of the leave-one-epoch-out maps in which an example keeps its region (a jackknife).

    For each epoch the whole map is made again without it. An example's share is taken over the epochs in
    which it was seen: leaving out another says nothing about it.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.
        rule: The rule that makes the regions.

    Returns:
        (examples,) float64, 0 to 1; NaN where fewer than two epochs were seen.
    """
    center, spread = confidence(gold_probability), variability(gold_probability)
    count = np.sum(~np.isnan(gold_probability), axis=1)
    regions = rule.codes(center, spread)
    kept = np.zeros(len(count))
    for seen, left_center, left_spread in leave_one_epoch_out(gold_probability):
        kept += seen & (rule.codes(left_center, left_spread) == regions)
    return np.where(count >= 2, kept / np.maximum(count, 1), np.nan)


def leave_one_epoch_out(gold_probability: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Confidence and variability without each epoch in turn, in closed form: no map is made anew.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Yields:
        Of each epoch, (examples,) each: whether it saw the example, and the confidence and the variability without
        it; those of an example that it did not see are as with it, those of an example left without an epoch NaN.
    """
    center, spread = confidence(gold_probability), variability(gold_probability)
    count = np.sum(~np.isnan(gold_probability), axis=1)
    for column in gold_probability.T:
        seen = ~np.isnan(column)
        deviation = np.where(seen, column - center, 0.0)
        rest = count - seen
        with np.errstate(divide="ignore", invalid="ignore"):
            # Taking one value out of a mean and a sum of squared deviations.
            left_center = center - deviation / rest
            left_variance = (count * spread**2 - deviation**2 * count / rest) / rest
            yield seen, left_center, np.sqrt(np.maximum(left_variance, 0.0))
