"""AUM: area under the margin."""

import math

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def aum(margin: Array) -> Array:
    """Mean margin over the epochs: the gold logit minus the largest other logit.

    Formula: mean_e (z_e[gold] - max_{k != gold} z_e[k]).
    For spans the classes are the (start, end) pairs, the logit of a pair is z_start + z_end, and the
    margin is the gold span's minus that of the best other span. This carries the paper's definition over
    to extractive question answering; the paper itself treats classification only.
    Range: unbounded; hard, and above all mislabelled, examples are at the low end, below 0.
    Unseen epochs are left out; an example never seen is NaN. One epoch: its margin.
    Source: Pleiss et al. 2020, "Identifying Mislabeled Data using the Area Under the Margin Ranking",
    arXiv:2001.10528.

    Args:
        margin: (examples, epochs) logit differences, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> aum(np.array([[-1.0, 2.0], [-3.0, np.nan]]))
        array([ 0.5, -3. ])
    """
    return mean(margin)


METRIC = Metric(
    name="aum",
    title="area under the margin",
    function=aum,
    range=(-math.inf, math.inf),
    hard_end="low",
    needs=("margin",),
    paper="Pleiss et al. 2020, arXiv:2001.10528",
)
