"""Variability: the spread of the gold probability."""

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import variance_and_count


def variability(gold_probability: Array) -> Array:
    """Population standard deviation of the gold probability over the epochs.

    Formula: sqrt(mean_e (p_e - confidence)^2), that is ddof = 0, as in the paper's code.
    Range: 0 to 0.5 (half the epochs at 0 and half at 1); ambiguous examples are at the high end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: 0.
    Source: Swayamdipta et al. 2020, "Dataset Cartography", arXiv:2009.10795.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> variability(np.array([[0.0, 1.0], [0.25, np.nan]]))
        array([0.5, 0. ])
    """
    variance, _ = variance_and_count(gold_probability)
    return np.sqrt(variance)


METRIC = Metric(
    name="variability",
    title="variability",
    function=variability,
    range=(0.0, 0.5),
    hard_end=None,
    needs=("gold_probability",),
    paper="Swayamdipta et al. 2020, arXiv:2009.10795",
)
