"""EL2N: the error L2 norm."""

import math

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def el2n(norms: Array) -> Array:
    """Mean over the epochs of the L2 norm of the error vector.

    Formula: mean_e ||softmax(z_e) - onehot(gold)||_2.
    Range: 0 to sqrt(2) = 1.414 (all probability on one wrong class); hard examples are at the high end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: its norm. Where the signal is
    not recorded (spans), a map has no such column. The paper averages over early epochs and many seeds:
    take those epochs with `epoch_window`.
    Source: Paul et al. 2021, "Deep Learning on a Data Diet", arXiv:2107.07075.

    Args:
        norms: (examples, epochs) the signal `el2n`, 0 to sqrt(2), NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> el2n(np.array([[1.0, 0.5], [1.25, np.nan]]))
        array([0.75, 1.25])
    """
    return mean(norms)


METRIC = Metric(
    name="el2n",
    title="EL2N",
    function=el2n,
    range=(0.0, math.sqrt(2.0)),
    hard_end="high",
    needs=("el2n",),
    paper="Paul et al. 2021, arXiv:2107.07075",
)
