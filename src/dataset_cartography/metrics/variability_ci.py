"""Variability with the sampling error of the variance added."""

import math

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import variance_and_count


def variability_ci(gold_probability: Array) -> Array:
    """Variability widened by the uncertainty of a variance taken from few epochs.

    Formula: sqrt(v + v^2 / (n - 1)) with v the population variance of the gold probability over the n
    epochs seen; `--include_ci` in the paper's code.
    Range: 0 to sqrt(0.3125) = 0.559 (two epochs, one at 0 and one at 1); ambiguous examples are at the
    high end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: NaN too.
    Source: the code of Swayamdipta et al. 2020, arXiv:2009.10795.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> variability_ci(np.array([[0.0, 1.0], [0.25, np.nan]])).round(3)
        array([0.559,   nan])
    """
    variance, count = variance_and_count(gold_probability)
    with np.errstate(invalid="ignore"):  # one epoch: 0 / 0
        return np.sqrt(variance + variance * variance / (count - 1))


METRIC = Metric(
    name="variability_ci",
    title="variability with confidence interval",
    function=variability_ci,
    range=(0.0, math.sqrt(0.3125)),
    hard_end=None,
    needs=("gold_probability",),
    paper="Code of Swayamdipta et al. 2020, arXiv:2009.10795",
)
