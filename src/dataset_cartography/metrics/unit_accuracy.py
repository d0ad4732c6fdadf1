"""Unit accuracy: how many of an example's tokens, tags or labels the model had right."""

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def unit_accuracy(unit_accuracy: Array) -> Array:
    """Share of an example's units (tags, labels) or target tokens that were right, averaged over the epochs.

    Formula: mean_e (right units_e / units).
    Range: 0 to 1; hard examples are at the low end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: its share.
    Source: token accuracy, and one minus the Hamming loss of multi-label data.

    Args:
        unit_accuracy: (examples, epochs) shares, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> unit_accuracy(np.array([[0.5, 1.0], [0.25, np.nan]]))
        array([0.75, 0.25])
    """
    return mean(unit_accuracy)


METRIC = Metric(
    name="unit_accuracy",
    title="share of units right",
    function=unit_accuracy,
    range=(0.0, 1.0),
    hard_end="low",
    needs=("unit_accuracy",),
    paper="Token accuracy; one minus the Hamming loss",
)
