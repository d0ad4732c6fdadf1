"""The loss at the end of training."""

import math

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import last_seen


def last_loss(loss: Array) -> Array:
    """Loss of the last epoch in which the example was seen.

    Formula: -log p_E(gold), E the last seen epoch.
    Range: 0 upward; hard examples are at the high end.
    Unseen epochs are skipped; an example never seen is NaN. One epoch: its value.
    Source: the recorded signal `loss` itself.

    Args:
        loss: (examples, epochs), 0 upward, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> last_loss(np.array([[1.5, 0.5], [2.0, np.nan]]))
        array([0.5, 2. ])
    """
    return last_seen(loss)


METRIC = Metric(
    name="last_loss",
    title="last loss",
    function=last_loss,
    range=(0.0, math.inf),
    hard_end="high",
    needs=("loss",),
    paper="The recorded signal itself",
)
