"""The order in which a rule takes examples: by a metric, from the most typical, or at random.

An order is total and stands on values, ids and the seed alone: the order of the rows does not matter, and what is taken
for a smaller number is among what is taken for a larger one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS
from dataset_cartography.regions import get_examples_by_category

RANDOM = "random"
"""Instead of a metric: by chance."""

ENDS = ("hard", "easy", "low", "high", "both")
"""Where to begin with a metric."""


_OTHER: dict[str, Literal["low", "high"]] = {"low": "high", "high": "low"}


@dataclass(frozen=True)
class Order:
    """An order of a map's examples.

    Attributes:
        keys: (examples,) the lowest first; NaN where an example has no place in the order.
        drawn: (examples,) what decides between equal keys, all different.
        both: Whether the two ends of the order take turns.
        words: For people.
    """

    keys: NDArray[np.float64]
    drawn: NDArray[np.int64]
    both: bool
    words: str

    def turns(self, rows: NDArray[np.intp], groups: NDArray[np.intp]) -> NDArray[np.intp]:
        """Each row's turn in its group.

        Args:
            rows: (rows,) of the map, all with a key.
            groups: (rows,) the group of each, numbered from 0.

        Returns:
            (rows,) from 0, all different within a group.
        """
        order = np.lexsort((self.drawn[rows], self.keys[rows], groups))
        sizes = np.bincount(groups)
        size = sizes[groups[order]]
        place = np.arange(len(rows)) - (np.cumsum(sizes) - sizes)[groups[order]]
        turns = np.empty(len(rows), dtype=np.intp)
        turns[order] = np.minimum(2 * place, 2 * (size - 1 - place) + 1) if self.both else place
        return turns

    def taken(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows in this order."""
        return rows[np.argsort(self.turns(rows, np.zeros(len(rows), dtype=np.intp)))]

    def shuffled(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows by chance alone."""
        return rows[np.argsort(self.drawn[rows])]


def draw(names: Iterable[object], seed: int) -> NDArray[np.int64]:
    """Rank names by the SHA-256 of seed and name: the same on every machine and in every order of rows."""
    # With a word of its own before the seed: what is planted or folded by the same seed must not be what is drawn.
    keys = (f"select:{seed}:{name}".encode("utf-8", "surrogatepass") for name in names)
    digests = b"".join(hashlib.sha256(key).digest()[:16] for key in keys)
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, 2)
    drawn = np.empty(len(words), dtype=np.int64)
    drawn[np.lexsort((words[:, 1], words[:, 0]))] = np.arange(len(words))
    return drawn


def order_of(
    df: pd.DataFrame, by: str | None, end: str | None, categories: Sequence[str], seed: int
) -> Order:
    """Make the order that a rule asks for.

    Args:
        df: The map.
        by: A metric or other numeric column, `RANDOM`, or None: the most typical first where there is one category,
            else at random.
        end: One of `ENDS`; None for a metric's hard end.
        categories: The regions to choose from, if the rule says which.
        seed: Decides what is left to chance.

    Raises:
        InputError: There is no such metric or end, or neither end is the hard one and none is given.
    """
    drawn = draw(df.index.tolist(), seed)
    if by is None and len(categories) == 1:
        _refuse_end(end)
        ids = get_examples_by_category(df, categories[0])
        keys = np.full(len(df), np.nan)
        keys[df.index.get_indexer(pd.Index(ids, dtype=df.index.dtype))] = np.arange(len(ids))
        return Order(keys, drawn, False, "the most typical first")
    if by is None or by == RANDOM:
        _refuse_end(end)
        return Order(np.zeros(len(df)), drawn, False, f"at random, seed {seed}")
    values = metric_values(df, by, f" Or choose by '{RANDOM}'.")
    first = first_end(by, end)
    both = end == "both"
    words = (
        f"the {first}est and the {_OTHER[first]}est {by} in turn" if both else f"the {first}est {by} first"
    )
    return Order(values if first == "low" else -values, drawn, both, words)


def metric_values(df: pd.DataFrame, by: str, hint: str = "") -> NDArray[np.float64]:
    """Read a metric, or another column of numbers.

    Args:
        df: The map.
        by: The column.
        hint: What else can be given, for the message.

    Returns:
        (examples,) its values; NaN where there is none.

    Raises:
        InputError: There is no such column, or not of numbers.
    """
    exist = [
        str(name)
        for name, dtype in df.dtypes.items()
        # What was predicted is a label's number or a place in a text.
        if pd.api.types.is_numeric_dtype(dtype) and not str(name).startswith("prediction")
    ]
    if by not in exist:
        raise InputError(f"Unknown metric '{by}'; the map has: {', '.join(exist) or 'none'}.{hint}")
    return df[by].to_numpy(dtype=np.float64, na_value=np.nan)


def first_end(by: str, end: str | None) -> Literal["low", "high"]:
    """The end of a metric that comes first.

    Args:
        by: The metric.
        end: One of `ENDS`; None for its hard end.

    Raises:
        InputError: There is no such end, or neither is the hard one and none is given.
    """
    hard = METRICS[by].hard_end if by in METRICS else None
    if end is not None and end not in ENDS:
        raise InputError(f"Unknown end '{end}'; choose one of: {', '.join(ENDS)}.")
    if end == "low":
        return "low"
    if end == "high":
        return "high"
    if end == "both":
        return hard or "low"
    if hard is None:
        raise InputError(f"Neither end of '{by}' is the hard one: give the end low, high or both.")
    return _OTHER[hard] if end == "easy" else hard


def _refuse_end(end: str | None) -> None:
    if end is not None:
        raise InputError(f"The end '{end}' is a metric's: say which with by.")
