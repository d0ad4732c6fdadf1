"""Confidence: the mean gold probability."""

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def confidence(gold_probability: Array) -> Array:
    """Mean probability of the gold label over the epochs.

    Formula: mean_e p_e(gold).
    Range: 0 to 1; hard examples are at the low end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: its gold probability.
    Source: Swayamdipta et al. 2020, "Dataset Cartography", arXiv:2009.10795.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> confidence(np.array([[0.5, 0.25, 0.75], [1.0, np.nan, 0.5]]))
        array([0.5 , 0.75])
    """
    return mean(gold_probability)


METRIC = Metric(
    name="confidence",
    title="confidence",
    function=confidence,
    range=(0.0, 1.0),
    hard_end="low",
    needs=("gold_probability",),
    paper="Swayamdipta et al. 2020, arXiv:2009.10795",
)
