"""Never learned: no epoch in which the model was right."""

import numpy as np

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import epochs_of


def never_learned(correct: Array) -> Array:
    """Whether the prediction was wrong in every seen epoch.

    Formula: 1 if no seen epoch was right, else 0.
    Range: 0 or 1; hard examples are at the high end.
    Unseen epochs are left out; an example never seen is NaN. One epoch: 1 if wrong.
    Source: the never-learned examples of Toneva et al. 2019, "An Empirical Study of Example Forgetting",
    arXiv:1812.05159.

    Args:
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> never_learned(np.array([[0, 1], [0, 0], [np.nan, np.nan]]))
        array([ 0.,  1., nan])
    """
    right_ever = np.zeros(len(correct), dtype=bool)
    seen_ever = np.zeros(len(correct), dtype=bool)
    for column in epochs_of(correct):
        right_ever |= column > 0.5
        seen_ever |= ~np.isnan(column)
    return np.where(seen_ever, ~right_ever, np.nan)


METRIC = Metric(
    name="never_learned",
    title="never learned",
    function=never_learned,
    range=(0.0, 1.0),
    hard_end="high",
    needs=("correct",),
    paper="Toneva et al. 2019, arXiv:1812.05159",
    dtype="boolean",
)
