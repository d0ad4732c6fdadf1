"""Threshold closeness: how near the confidence is to one half."""

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def threshold_closeness(gold_probability: Array) -> Array:
    """Confidence times its complement.

    Formula: c (1 - c) with c the confidence, the mean gold probability.
    Range: 0 to 0.25 (confidence one half); neither end is the hard one.
    Unseen epochs are left out; an example never seen is NaN. One epoch: p (1 - p).
    Source: Chang et al. 2017, "Active Bias", arXiv:1704.07433, as in the code of Swayamdipta et al. 2020.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> threshold_closeness(np.array([[0.25, 0.75], [1.0, 1.0]]))
        array([0.25, 0.  ])
    """
    confidence = mean(gold_probability)
    return confidence * (1 - confidence)


METRIC = Metric(
    name="threshold_closeness",
    title="threshold closeness",
    function=threshold_closeness,
    range=(0.0, 0.25),
    hard_end=None,
    needs=("gold_probability",),
    paper="Chang et al. 2017, arXiv:1704.07433",
)
