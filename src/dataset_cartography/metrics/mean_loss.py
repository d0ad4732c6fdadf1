"""Mean loss."""

import math

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import mean


def mean_loss(loss: Array) -> Array:
    """Mean training loss over the epochs.

    Formula: mean_e (-log p_e(gold)), the loss as it was trained on.
    Range: 0 upward; hard examples are at the high end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: its loss.
    Source: Huang et al. 2019, "O2U-Net", ICCV 2019 (there with a cyclical learning rate).

    Args:
        loss: (examples, epochs), 0 upward, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> mean_loss(np.array([[0.5, 1.5], [2.0, np.nan]]))
        array([1., 2.])
    """
    return mean(loss)


METRIC = Metric(
    name="mean_loss",
    title="mean loss",
    function=mean_loss,
    range=(0.0, math.inf),
    hard_end="high",
    needs=("loss",),
    paper="Huang et al. 2019, O2U-Net, ICCV",
)
