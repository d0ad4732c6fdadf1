"""Correctness: how often the model was right."""

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def correctness(correct: Array) -> Array:
    """Fraction of the seen epochs in which the prediction was right.

    Formula: mean_e correct_e. (The paper's code stores the count: this times `epochs_seen`.)
    Range: 0 to 1; hard examples are at the low end.
    Of sequences correct_e is the share of the target tokens that were right, of which this is the mean.
    Unseen epochs are left out; an example never seen is NaN. One epoch: 0 or 1.
    Source: Swayamdipta et al. 2020, "Dataset Cartography", arXiv:2009.10795.

    Args:
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> correctness(np.array([[0, 1, 1, 1], [0, np.nan, np.nan, 1]]))
        array([0.75, 0.5 ])
    """
    return mean(correct)


METRIC = Metric(
    name="correctness",
    title="correctness",
    function=correctness,
    range=(0.0, 1.0),
    hard_end="low",
    needs=("correct",),
    paper="Swayamdipta et al. 2020, arXiv:2009.10795",
)
