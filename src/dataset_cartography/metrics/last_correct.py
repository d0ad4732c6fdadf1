"""Right or wrong at the end of training."""

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import last_seen


def last_correct(correct: Array) -> Array:
    """Whether the prediction was right in the last epoch in which the example was seen.

    Formula: correct_E, E the last seen epoch.
    Range: 0 or 1; hard examples are at the low end.
    Unseen epochs are skipped; an example never seen is NaN. One epoch: its value.
    Source: the recorded signal `correct` itself.

    Args:
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> last_correct(np.array([[0, 1], [0, np.nan]]))
        array([1., 0.])
    """
    last = last_seen(correct)
    return np.where(np.isnan(last), np.nan, last > 0.5)


METRIC = Metric(
    name="last_correct",
    title="last correct",
    function=last_correct,
    range=(0.0, 1.0),
    hard_end="low",
    needs=("correct",),
    paper="The recorded signal itself",
    dtype="boolean",
)
