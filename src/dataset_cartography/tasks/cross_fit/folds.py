"""Which examples are held out together."""

from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.keys import hash_ids

Array = npt.NDArray[Any]


def assign_folds(ids: Array, labels: Array | None, folds: int, seed: int) -> Array:
    """Deal examples to folds, each label's evenly: sizes differ by one at most, of a label's examples too.

    Which fold an example comes to depends on its id, its label and the ids of the others, not on their order.

    Args:
        ids: Shape (examples,).
        labels: Shape (examples,), numbers; None deals all alike.
        folds: How many, from 2 to the number of examples.
        seed: Decides which examples come together.

    Returns:
        Shape (examples,): each one's fold, from 0.
    """
    chance = hash_ids([f"{seed} {example}" for example in ids.tolist()])
    # Dealt label after label without beginning anew, so that small labels do not all fill the first folds.
    order = np.lexsort((chance, labels) if labels is not None else (chance,))
    fold = np.empty(len(ids), np.int64)
    fold[order] = np.arange(len(ids)) % folds
    return fold


def check_folds(folds: int, examples: int | None = None) -> None:
    """Refuse a number of folds that cannot be made.

    Raises:
        InputError: Fewer than 2, or more than there are examples (where their number is given).
    """
    if folds < 2:
        raise InputError(
            f"--cross_fit must be 2 or more folds, but is {folds}: with 3, each model learns two thirds."
        )
    if examples is not None and folds > examples:
        raise InputError(
            f"--cross_fit {folds} asks for more folds than there are examples to train on, which are {examples}."
        )


def check_processes(count: int) -> None:
    """Refuse several processes that train together.

    Raises:
        InputError: There is more than one.
    """
    if count > 1:
        raise InputError(
            f"--cross_fit trains in one process, but {count} train together: record the run with them, and add the "
            f"folds afterwards in one, with {count} times the batch size (--resume_from_checkpoint last --cross_fit …)."
        )


def cost_in_words(folds: int) -> str:
    """What cross-fitting costs, such as "3 more models, each on 2/3 of the examples: 2 × the training"."""
    return f"{folds} more models, each on {folds - 1}/{folds} of the examples: {folds - 1} × the training"
