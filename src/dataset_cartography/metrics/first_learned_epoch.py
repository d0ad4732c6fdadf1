"""First learned epoch: when the model was right for the first time."""

import math
from collections.abc import Sequence

import numpy as np

from dataset_cartography.errors import InputError
from dataset_cartography.metrics.base import EPOCH_NUMBERS, Array, Metric
from dataset_cartography.metrics.reductions import epochs_of


def first_learned_epoch(correct: Array, epoch_numbers: Sequence[int] | Array | None = None) -> Array:
    """Number of the first epoch in which the prediction was right.

    Formula: min {number_e : correct_e}.
    Range: 1 upward; hard examples are at the high end, those without a value beyond it.
    Unseen epochs are skipped. Never right, or never seen: NaN (never a large number; see
    `never_learned`). One epoch: its number if right.
    Source: the first learning event of Toneva et al. 2019, "An Empirical Study of Example Forgetting",
    arXiv:1812.05159, counted at epochs.

    Args:
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.
        epoch_numbers: (epochs,) the number of each column; None counts them from 1.

    Returns:
        (examples,) float64.

    Raises:
        InputError: There is not one number for each epoch.

    Example:
        >>> import numpy as np
        >>> correct = np.array([[0, 1, 0], [1, 1, 1], [0, np.nan, 0]])
        >>> first_learned_epoch(correct)
        array([ 2.,  1., nan])
        >>> first_learned_epoch(correct, epoch_numbers=[3, 4, 5])
        array([ 4.,  3., nan])
    """
    columns = list(epochs_of(correct))
    numbers = range(1, len(columns) + 1) if epoch_numbers is None else epoch_numbers
    if len(numbers) != len(columns):
        raise InputError(f"{len(columns)} epochs need as many epoch_numbers; got {len(numbers)}.")
    learned = np.zeros(len(correct), dtype=bool)
    position = np.zeros(len(correct), dtype=np.intp)
    for column in columns:
        learned |= column > 0.5
        position += ~learned
    return np.append(numbers, np.nan).take(position)  # the NaN is the place beyond the last epoch


METRIC = Metric(
    name="first_learned_epoch",
    title="first learned epoch",
    function=first_learned_epoch,
    range=(1.0, math.inf),
    hard_end="high",
    needs=("correct", EPOCH_NUMBERS),
    paper="Toneva et al. 2019, arXiv:1812.05159",
    dtype="Int64",
)
