"""The examples that two maps share, matched by id."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.plotting import cloud


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


def pair(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str]) -> Pairs:
    """Match two maps, called by their names.

    Raises:
        MissingColumnError: a map lacks confidence or variability.
        InputError: ids repeat, or no example has a place on both maps.
    """
    for df, name in ((first, names[0]), (second, names[1])):
        cloud.drawable(df)
        if not df.index.is_unique:
            repeated = df.index[df.index.duplicated()].tolist()[0]
            raise InputError(f"The map '{name}' has the id {repeated!r} more than once; ids must be unique.")
    place = second.index.get_indexer(first.index)
    shared = place >= 0
    if not shared.any():
        ids = [df.index[:1].tolist()[0] for df in (first, second)]  # as plain Python values
        raise InputError(
            f"The two maps have no id in common: '{names[0]}' has ids such as {ids[0]!r}, "
            f"'{names[1]}' such as {ids[1]!r}. Compare maps of the same dataset."
        )
    both = first[shared], second.iloc[place[shared]]
    places = [cloud.coordinates(df) for df in both]
    known = np.isfinite(np.column_stack([*places[0], *places[1]])).all(axis=1)
    if not known.any():
        raise InputError("No example has a place on both maps, so there is nothing to compare.")
    # Ties by the order of the first map, so that the picture is the same every time.
    order = np.flatnonzero(known)[
        np.argsort(
            -lengths(*((x[known], y[known]) for x, y in places)),
            kind="stable",
        )
    ]
    return Pairs(
        both[0].iloc[order],
        both[1].iloc[order],
        only_first=int((~shared).sum()),
        only_second=len(second) - int(shared.sum()),
        unplaced=int((~known).sum()),
    )


def lengths(
    before: tuple[cloud.Floats, cloud.Floats], after: tuple[cloud.Floats, cloud.Floats]
) -> cloud.Floats:
    """How far each example moved, in shares of the whole axes."""
    return np.hypot((after[0] - before[0]) / 0.5, after[1] - before[1])
