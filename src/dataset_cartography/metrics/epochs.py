"""Epoch numbers: checks, and burn-in and burn-out as a slice of the columns."""

from collections.abc import Sequence

import numpy as np

from dataset_cartography.errors import InputError
from dataset_cartography.metrics.base import Array


def epoch_window(
    epoch_numbers: Sequence[int] | Array, burn_in: int = 0, burn_out: int | None = None
) -> slice:
    """Slice of the epoch columns with burn_in < number <= burn_out.

    Args:
        epoch_numbers: (epochs,) the numbers of the columns, from 1, rising.
        burn_in: The number of the last epoch left out at the start; 0 leaves out none.
        burn_out: The number of the last epoch kept; None keeps all. `burn_out=3` is what the paper's code
            calls a burn-out of three epochs.

    Returns:
        A slice for `values[:, epoch_window(...)]` and `epoch_numbers[epoch_window(...)]`; taking it copies
        nothing.

    Raises:
        InputError: burn_in is negative or not below burn_out, no epoch is left, or the numbers do not rise.

    Example:
        >>> epoch_window([1, 2, 3, 4, 5], burn_in=1, burn_out=3)
        slice(1, 3, None)
    """
    numbers = check_epoch_numbers(epoch_numbers)
    if burn_in < 0:
        raise InputError(f"burn_in must be 0 or more; got {burn_in}.")
    if burn_out is not None and burn_in >= burn_out:
        raise InputError(
            f"burn_in must be below burn_out, since the epochs kept are burn_in < number <= burn_out; "
            f"got burn_in={burn_in} and burn_out={burn_out}."
        )
    start = int(np.searchsorted(numbers, burn_in, side="right"))
    stop = len(numbers) if burn_out is None else int(np.searchsorted(numbers, burn_out, side="right"))
    if start >= stop:
        raise InputError(
            f"No epoch is left with burn_in={burn_in} and burn_out={burn_out}; "
            f"the epochs recorded are: {_listed(numbers)}."
        )
    return slice(start, stop)


def check_epoch_numbers(epoch_numbers: Sequence[int] | Array) -> Array:
    """Return the epoch numbers as an (epochs,) array.

    Raises:
        InputError: They are not one row of rising numbers.
    """
    numbers = np.asarray(epoch_numbers)
    if numbers.ndim != 1 or np.any(numbers[1:] <= numbers[:-1]):
        raise InputError(f"Epoch numbers must rise from column to column; got {numbers.tolist()}.")
    return numbers


def _listed(numbers: Array) -> str:
    """Name every epoch, or a long unbroken row of them by its ends."""
    if len(numbers) > 10 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(str(number) for number in numbers) or "none"
