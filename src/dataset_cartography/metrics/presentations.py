"""Presentations: how often the example was shown to the model."""

import math

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import epochs_of


def presentations(counts: Array) -> Array:
    """Total number of times the example was shown to the model.

    Formula: sum_e presentations_e.
    Range: 0 upward; neither end is the hard one.
    Unseen epochs count 0. One epoch: its count.
    Source: the recorded signal `presentations` itself.

    Args:
        counts: (examples, epochs) integers, the signal `presentations`, 0 where unseen.

    Returns:
        (examples,) int64.

    Example:
        >>> import numpy as np
        >>> presentations(np.array([[1, 1, 2], [0, 0, 0]]))
        array([4, 0])
    """
    total = np.zeros(len(counts), dtype=np.int64)
    for column in epochs_of(counts):
        total += column
    return total


METRIC = Metric(
    name="presentations",
    title="presentations",
    function=presentations,
    range=(0.0, math.inf),
    hard_end=None,
    needs=("presentations",),
    paper="The recorded signal itself",
    dtype="int64",
)
