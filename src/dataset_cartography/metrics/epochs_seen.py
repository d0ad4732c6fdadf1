"""Epochs seen: how many epochs the other metrics rest on."""

import math

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import epochs_of


def epochs_seen(gold_probability: Array) -> Array:
    """Number of epochs with a gold probability.

    Formula: sum_e [p_e(gold) is recorded].
    Range: 0 upward; neither end is the hard one.
    Unseen epochs count 0. One epoch: 0 or 1. An example that was presented but has no gold
    probability (its answer was cut out of every window) counts as unseen; `presentations` still tells.
    Source: the recorded signal `gold_probability` itself.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) int64.

    Example:
        >>> import numpy as np
        >>> epochs_seen(np.array([[0.5, np.nan, 0.25], [np.nan, np.nan, np.nan]]))
        array([2, 0])
    """
    count = np.zeros(len(gold_probability), dtype=np.int64)
    for column in epochs_of(gold_probability):
        count += ~np.isnan(column)
    return count


METRIC = Metric(
    name="epochs_seen",
    title="epochs seen",
    function=epochs_seen,
    range=(0.0, math.inf),
    hard_end=None,
    needs=("gold_probability",),
    paper="The recorded signal itself",
    dtype="int64",
)
