"""Examples in groups (labels, values of a column, regions), and how many of each are taken."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.selection.located import located
from dataset_cartography.selection.order import Order, draw


@dataclass(frozen=True)
class Grouping:
    """A map's examples in groups.

    Attributes:
        name: What they are grouped by.
        codes: (examples,) the group of each by its place in `values`, -1 where it has none.
        values: What each group has in common.
        drawn: (groups,) which of two groups comes first where nothing else decides.
    """

    name: str
    codes: NDArray[np.intp]
    values: list[Any]
    drawn: NDArray[np.int64]

    @classmethod
    def of(cls, df: pd.DataFrame, by: "str | pd.Series[Any]", seed: int) -> "Grouping":
        """Group the examples by a column of the map, or by a series indexed by id.

        Raises:
            MissingColumnError: The map has no such column.
            InputError: The values are no labels, the series has an id twice or none that is on the map.
        """
        if isinstance(by, str):
            if by not in df.columns:
                hint = "Give a column of the dataset as a series indexed by id."
                raise MissingColumnError.of(by, [str(name) for name in df.columns], "the map", hint)
            name, values = by, df[by]
        else:
            name, values = str(by.name or "group"), aligned(df, by, f"of '{by.name or 'group'}'")
        try:
            codes, found = pd.factorize(values.astype(object))
        except TypeError as error:
            raise InputError(
                f"Cannot group by '{name}': its values are lists or objects, not labels."
            ) from error
        if broken := [value for value in found.tolist() if isinstance(value, float) and value % 1]:
            raise InputError(
                f"Cannot group by '{name}': its values are numbers such as {broken[0]:g}, not labels. Group by a "
                "column of few values, such as one that says which range a number is in."
            )
        return cls(name, codes.astype(np.intp), found.tolist(), draw(map(repr, found.tolist()), seed))

    def counts(self, rows: NDArray[np.intp]) -> dict[str, int]:
        """How many of the rows each group has, those with most first."""
        number = np.bincount(self.codes[rows], minlength=len(self.values))
        order = np.lexsort((self.drawn, -number))
        return {str(self.values[code]): int(number[code]) for code in order}


def aligned(df: pd.DataFrame, given: "pd.Series[Any]", what: str) -> "pd.Series[Any]":
    """A series by id, brought to the rows of a map; missing where it has none.

    Raises:
        InputError: An id stands there twice, or none is on the map.
    """
    if not given.index.is_unique:
        repeated = given.index[given.index.duplicated()].tolist()[0]
        raise InputError(f"The values {what} have the id {repeated!r} more than once.")
    rows = located(df.index, given.index, what)
    values = given.astype(object).set_axis(rows)[rows >= 0]
    return values.reindex(range(len(df))).set_axis(df.index)


def take_balanced(order: Order, rows: NDArray[np.intp], grouping: Grouping, n: int) -> NDArray[np.intp]:
    """Take n rows, as many of each group as of the others, as long as it has any.

    The groups take turns, so their numbers differ by at most one where none runs out.
    """
    groups = grouping.codes[rows]
    turns = order.turns(rows, groups)
    return rows[np.lexsort((grouping.drawn[groups], turns))[:n]]


def take_stratified(order: Order, rows: NDArray[np.intp], grouping: Grouping, n: int) -> NDArray[np.intp]:
    """Take n rows, of each group its share of all rows, rounded down or up: by largest remainder (Hamilton)."""
    groups = grouping.codes[rows]
    sizes = np.bincount(groups, minlength=len(grouping.values))
    # In whole numbers, so that no share is off by a rounding.
    quotas, remainders = np.divmod(sizes * n, len(rows))
    first = np.lexsort((grouping.drawn, -remainders))[: n - int(quotas.sum())]
    quotas[first] += 1
    turns = order.turns(rows, groups)
    kept = turns < quotas[groups]
    return rows[kept][np.lexsort((grouping.drawn[groups[kept]], turns[kept]))]
