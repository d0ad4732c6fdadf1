"""The examples that two maps share, matched by id, and how far each moved."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError
from dataset_cartography.regions.columns import numbers_of

Floats = NDArray[np.float64]

_WIDEST = 0.5
"""The greatest population standard deviation of a probability: variability's whole axis."""


@dataclass(frozen=True)
class Pairs:
    """The examples that are on both maps, row by row, the further moved the earlier.

    Attributes:
        first: their rows of the first map.
        second: their rows of the second.
        only_first: how many examples the second map lacks.
        only_second: how many the first lacks.
        unplaced: how many are in both, but one of the two knows no place for them.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    only_first: int
    only_second: int
    unplaced: int

    @property
    def shifts(self) -> Floats:
        """(examples,) how far each moved, see `shift`."""
        return shift(place_of(self.first), place_of(self.second))


def pair(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str]) -> Pairs:
    """Match two maps, called by their names.

    Ids are compared as they are: 7 is not "7". Examples that moved equally far are in the order of their ids as
    text, so that the order of the rows does not matter.

    Raises:
        MissingColumnError: a map lacks confidence or variability.
        InputError: ids repeat, or no example has a place on both maps.
    """
    for df, name in ((first, names[0]), (second, names[1])):
        if not df.index.is_unique:
            repeated = df.index[df.index.duplicated()].tolist()[0]
            raise InputError(f"The map '{name}' has the id {repeated!r} more than once; ids must be unique.")
    place = second.index.get_indexer(first.index)
    shared = place >= 0
    if not shared.any():
        raise InputError(_nothing_shared(first.index, second.index, names))
    both = first[shared], second.iloc[place[shared]]
    places = [place_of(df) for df in both]
    known = np.isfinite(np.column_stack([*places[0], *places[1]])).all(axis=1)
    if not known.any():
        raise InputError("No example has a place on both maps, so there is nothing to compare.")
    moved = shift(*((x[known], y[known]) for x, y in places))
    order = np.flatnonzero(known)[furthest_first(moved, both[0].index[np.flatnonzero(known)])]
    return Pairs(
        both[0].iloc[order],
        both[1].iloc[order],
        only_first=int((~shared).sum()),
        only_second=len(second) - int(shared.sum()),
        unplaced=int((~known).sum()),
    )


def place_of(df: pd.DataFrame) -> tuple[Floats, Floats]:
    """Variability and confidence, (examples,) each; NaN where unknown.

    Raises:
        MissingColumnError: the map lacks one.
    """
    return numbers_of(df, "variability"), numbers_of(df, "confidence")


def shift(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> Floats:
    """How far each example moved in the picture, in shares of the whole axes (variability 0.5, confidence 1).

    Args:
        before: (variability, confidence), (examples,) each.
        after: the same of the other map.

    Returns:
        (examples,), 0 to the root of 2.
    """
    return np.hypot((after[0] - before[0]) / _WIDEST, after[1] - before[1])


def furthest_first(lengths: Floats, ids: pd.Index) -> NDArray[np.intp]:
    """The order from the greatest length to the least; ties by the id as text."""
    order = np.argsort(-lengths, kind="stable")
    sorted_lengths = lengths[order]
    ties = np.flatnonzero(sorted_lengths[1:] == sorted_lengths[:-1])
    if len(ties):  # only these need their ids written out
        tied = np.union1d(ties, ties + 1)
        texts = [str(name) for name in ids[order[tied]]]
        keys = pd.DataFrame({"length": -sorted_lengths[tied], "id": texts})
        order[tied] = order[tied[keys.sort_values(["length", "id"], kind="stable").index.to_numpy()]]
    return order


def _nothing_shared(first: pd.Index, second: pd.Index, names: tuple[str, str]) -> str:
    """Say so with both first ids, as plain Python values, and whether only their type is in the way."""
    if not len(first) or not len(second):
        return f"The map '{names[0] if not len(first) else names[1]}' has no example, so there is nothing to compare."
    ids = [index[:1].tolist()[0] for index in (first, second)]
    alike = int(first.map(str).isin(second.map(str)).sum())
    way = (
        f"Written as text {alike:,} would match: read both maps from files of one kind, best Parquet."
        if alike
        else "Compare maps of the same dataset."
    )
    return (
        f"The two maps have no id in common: '{names[0]}' has ids such as {ids[0]!r}, "
        f"'{names[1]}' such as {ids[1]!r}. {way}"
    )
