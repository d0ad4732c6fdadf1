"""Whether two runs suspect the same labels."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.comparison.rank_correlation import Correlation, correlate
from dataset_cartography.errors import InputError, MissingColumnError

MOST_SUSPECTS = 100
"""Of at least a thousand examples, so many of the first of each ranking are compared; of fewer, a tenth."""


@dataclass(frozen=True)
class Suspects:
    """The labels that two rankings put first.

    Attributes:
        examples: Ranked by both.
        first: How many of each ranking's first are looked at, counted among these examples.
        shared: The ids that are among the first of both, in the first ranking's order.
        correlation: Of the probabilities that a label is wrong.
    """

    examples: int
    first: int
    shared: tuple[Any, ...]
    correlation: Correlation

    @property
    def by_chance(self) -> float:
        """How many would be among the first of both if the rankings had nothing to do with each other."""
        return self.first**2 / self.examples


def compare_suspects(
    first: pd.DataFrame, second: pd.DataFrame, most: int | None = None, level: float = 0.95
) -> Suspects:
    """Compare two rankings of labels.

    Args:
        first: A frame of `find_label_errors`: index = id, columns `rank` (from 1) and `probability` (0 to 1).
        second: That of the other run; only the examples that both rank are compared.
        most: How many of the first of each, at least 1; default a tenth of the examples, 100 at most.
        level: Of the interval of the rank correlation.

    Raises:
        MissingColumnError: A frame is no ranking.
        InputError: `most` is below 1, or no example is in both.
        MissingExtraError: SciPy is not installed.
    """
    if most is not None and most < 1:
        raise InputError(f"The number of suspected labels to compare is {most}; give 1 or more.")
    for frame in (first, second):
        for column in ("rank", "probability"):
            if column not in frame.columns:
                raise MissingColumnError.of(
                    column,
                    [str(name) for name in frame.columns],
                    "a ranking",
                    "Make it with find_label_errors.",
                )
    place = second.index.get_indexer(first.index)
    if not (place >= 0).any():
        raise InputError("The two rankings of suspected labels have no id in common.")
    ranked = first[place >= 0], second.iloc[place[place >= 0]]
    orders = [np.argsort(frame["rank"].to_numpy(dtype="int64"), kind="stable") for frame in ranked]
    count = len(ranked[0])
    most = min(math.ceil(count / 10), MOST_SUSPECTS) if most is None else min(most, count)
    among = np.isin(orders[0][:most], orders[1][:most])
    values = [frame["probability"].to_numpy("float64", na_value=np.nan) for frame in ranked]
    shared = ranked[0].index[orders[0][:most][among]]
    return Suspects(count, most, tuple(shared.tolist()), correlate(values[0], values[1], level))
