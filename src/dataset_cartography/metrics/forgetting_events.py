"""Forgetting events: how often a right answer was lost."""

import math

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import epochs_of


def forgetting_events(correct: Array) -> Array:
    """Number of times the prediction went from right to wrong between consecutive seen epochs.

    Formula: sum over consecutive seen epochs of [correct_before and not correct_after].
    Range: 0 upward; hard examples are at the high end.
    Read 0 together with `never_learned`: an example that was never right has nothing to forget and
    counts 0 as well (the paper's code marks it with 1000; here it has its own column).
    Unseen epochs are skipped over; an example never seen is NaN. One epoch: 0.
    Source: Toneva et al. 2019, "An Empirical Study of Example Forgetting", arXiv:1812.05159, counted at
    epochs as in the code of Swayamdipta et al. 2020.

    Args:
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> forgetting_events(np.array([[1, 0, 1, 0], [1, np.nan, 0, 1], [0, 0, 0, 0]]))
        array([2., 1., 0.])
    """
    events = np.zeros(len(correct))
    was_right = np.zeros(len(correct), dtype=bool)
    seen_ever = np.zeros(len(correct), dtype=bool)
    for column in epochs_of(correct):
        right, seen = column > 0.5, ~np.isnan(column)
        events += was_right & seen & ~right
        was_right = right | (was_right & ~seen)
        seen_ever |= seen
    return np.where(seen_ever, events, np.nan)


METRIC = Metric(
    name="forgetting_events",
    title="forgetting events",
    function=forgetting_events,
    range=(0.0, math.inf),
    hard_end="high",
    needs=("correct",),
    paper="Toneva et al. 2019, arXiv:1812.05159",
    dtype="Int64",
)
