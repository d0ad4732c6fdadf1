"""The slices an explanation is looked for in, and how many examples of each region they and their pairs hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.slices.cutting import cut_numbers, list_members, list_values
from dataset_cartography.slices.features import FEATURES, Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 4  # numbers are cut at their quartiles
MAX_VALUES = 30  # a column of text with more distinct values is no feature
MAX_SLICES = 200  # the largest, so that the pairs stay countable
MIN_COUNT = 20  # examples in a slice, and outside of it; and at least
MIN_SHARE = 0.005  # so much of all, so that a rule is worth its words
_CHUNK = 8_192  # rows counted at once, so that they stay in the processor's cache


@dataclass(frozen=True)
class Slice:
    """One value, or one range of numbers, of one feature.

    Attributes:
        column: its place among the columns.
        feature: its name.
        title: what a heading calls it.
        label: what it is called.
        derived: whether it is one of `FEATURES`, not a column of the dataset.
        spoken: whether the label is made of numbers and our own words, not of the dataset's.
    """

    column: int
    feature: str
    title: str
    label: str
    derived: bool
    spoken: bool


@dataclass(frozen=True)
class Candidates:
    """Slices, and which examples are in which.

    Attributes:
        slices: M of them, those of one column side by side.
        numbers: by column, the numbers of its slices.
        codes: (columns, examples) the place of each example's slice among its column's; beyond the last for none.
    """

    slices: tuple[Slice, ...]
    numbers: "tuple[NDArray[np.int64], ...]"
    codes: "NDArray[np.int16]"

    def holds(self, conditions: Sequence[int]) -> "NDArray[np.bool_]":
        """(examples,) whether all of these slices hold an example."""
        inside = np.ones(self.codes.shape[1], dtype=bool)
        for numbers, codes in zip(self.numbers, self.codes, strict=True):
            for condition in set(conditions) & set(numbers.tolist()):
                inside &= codes == condition - numbers[0]
        return inside

    def count(self, rows: "NDArray[np.bool_]", group: "NDArray[np.int8]", groups: int) -> "NDArray[np.int64]":
        """(groups, M, M) how many of these rows are in both of two slices, by group; in one, on the diagonal."""
        total = np.zeros((groups, len(self.slices), len(self.slices)), dtype=np.int64)
        for number in range(groups):
            chosen = np.flatnonzero(rows & (group == number))
            for start in range(0, len(chosen), _CHUNK):
                held = self._held(chosen[start : start + _CHUNK])
                total[number] += (held.T @ held).astype(np.int64)  # whole numbers, and far below 2**24: exact
        return total

    def _held(self, rows: "NDArray[np.int64]") -> "NDArray[np.float32]":
        """(rows, M) 1 where a slice holds the row, else 0."""
        held = np.zeros((len(rows), len(self.slices) + 1), dtype=np.float32)
        row = np.arange(len(rows))
        for numbers, codes in zip(self.numbers, self.codes, strict=True):
            code = codes[rows]
            held[row, np.where(code < len(numbers), numbers[0] + code, len(self.slices))] = 1
        return held[:, :-1]


def find_candidates(frame: pd.DataFrame, titles: Mapping[str, str]) -> Candidates:
    """Cut every column that can be cut, and keep the slices that are neither too small nor nearly everything."""
    least = smallest(len(frame))
    found: list[Slice] = []
    columns: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []  # its slices' numbers, each example's
    counts: list[int] = []
    for place, name in enumerate(frame.columns):
        title = titles.get(str(name), FEATURES[name].title if name in FEATURES else str(name))
        for labels, codes, spoken in _cuts(frame.iloc[:, place], str(name)):
            sizes = np.bincount(codes, minlength=len(labels))[: len(labels)]
            kept = np.flatnonzero((sizes >= least) & (len(frame) - sizes >= least))
            if not len(kept):
                continue
            number = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
            number[kept] = len(found) + np.arange(len(kept))
            columns.append((number[kept], number[codes]))
            counts += sizes[kept].tolist()
            found += [Slice(place, str(name), title, labels[code], name in FEATURES, spoken) for code in kept]
    largest = np.sort(np.argsort([-count for count in counts], kind="stable")[:MAX_SLICES])
    slices = tuple(found[place] for place in largest)
    # Counted from the end, -1 finds what stands for none.
    renumber = np.full(len(found) + 1, len(largest), dtype=np.int64)
    renumber[largest] = np.arange(len(largest))
    numbers: list[NDArray[np.int64]] = []
    placed: list[NDArray[np.int16]] = []
    for kept, column in columns:
        own = renumber[kept]
        own = own[own < len(largest)]
        if len(own):
            numbers.append(own)
            placed.append(np.minimum(renumber[column] - own[0], len(own)).astype(np.int16))
    empty = np.empty((0, len(frame)), dtype=np.int16)
    return Candidates(slices, tuple(numbers), np.stack(placed) if placed else empty)


def smallest(total: int) -> int:
    """The fewest examples that a slice of so many may hold, or leave out."""
    return max(MIN_COUNT, int(np.ceil(MIN_SHARE * total)))


def _cuts(values: "pd.Series[Any]", name: str) -> "Iterator[tuple[list[str], NDArray[np.int64], bool]]":
    """Ways to cut a column, none if it has no slices: labels, the code of each example, whether labels are our own.

    A code beyond the labels is of no slice. Values that an example may have several of are a cut each.
    """
    feature = FEATURES.get(name, Feature(name, name, ""))
    numeric = values.dtype.kind in "iuf"  # whole and broken numbers, nullable ones too; no truth values
    try:
        if feature.several:
            labels, inside = list_members(values, feature)
            yield from (
                ([label], (~held).astype(np.int64), False)
                for label, held in zip(labels[:MAX_VALUES], inside.T, strict=False)
            )
        elif numeric and name != "label":  # a label may be a number, but has no order
            yield *cut_numbers(values, BINS, feature), True
        elif values.nunique() <= MAX_VALUES:
            yield *list_values(values, feature), False
    except TypeError:  # lists and dictionaries
        return
