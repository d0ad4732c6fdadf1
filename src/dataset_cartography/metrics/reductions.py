"""Sums over epochs that skip what was not seen, shared by the formulas.

The arrays are often float32 and the transpose of a C-contiguous (epochs, examples) buffer: one epoch is
contiguous, one example is not. So everything here walks epoch by epoch and adds up in float64 vectors.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dataset_cartography.errors import InputError
from dataset_cartography.metrics.base import Array

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]


def epochs_of(values: Array) -> Iterator[Array]:
    """Return an iterator over the (examples,) columns of an (examples, epochs) array.

    Raises:
        InputError: The array is not two-dimensional.
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise InputError(f"A metric takes an (examples, epochs) array; got one of shape {values.shape}.")
    return iter(values.T)


def total_and_count(values: Array) -> tuple[Floats, Counts]:
    """Sum over the seen epochs and their number, each (examples,)."""
    total = np.zeros(len(values))
    count = np.zeros(len(values), dtype=np.int32)
    for column in epochs_of(values):
        unseen = np.isnan(column)
        total += _filled(column, unseen)
        count += ~unseen
    return total, count


def mean(values: Array) -> Floats:
    """Mean over the seen epochs, (examples,); NaN where there is none."""
    total, count = total_and_count(values)
    return _divide(total, count)


def variance_and_count(values: Array) -> tuple[Floats, Counts]:
    """Population variance over the seen epochs (two passes, so that no digits cancel) and their number."""
    total, count = total_and_count(values)
    center = _divide(total, count)
    squares = np.zeros(len(values))
    for column in epochs_of(values):
        deviation = column - center
        deviation *= deviation
        squares += _filled(deviation, np.isnan(column))
    return _divide(squares, count), count


def last_seen(values: Array) -> Floats:
    """Value of the last seen epoch, (examples,); NaN where there is none."""
    last = np.full(len(values), np.nan)
    for column in epochs_of(values):
        last = np.where(np.isnan(column), last, column)
    return last


def _filled(column: Array, unseen: NDArray[np.bool_]) -> Array:
    """Return the column with 0 where unseen; most blocks have no such place and need no copy."""
    return np.where(unseen, 0, column) if unseen.any() else column


def _divide(total: Floats, count: Counts) -> Floats:
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of an example never seen
        return total / count
