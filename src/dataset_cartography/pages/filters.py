"""The filters of a page: what examples can be chosen by, each a few values with a number for every example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.pages.excerpt import shortened
from dataset_cartography.slices import FEATURES, Feature, kind_of
from dataset_cartography.slices.cutting import cut_numbers, list_members, list_values

_OTHER_COLUMNS = 8  # at most so many columns of the dataset are offered by themselves
_OTHER_VALUES = 30  # if they have at most so many values
_MOST_VALUES = 60  # of a filter; rarer ones go together
_LONGEST_LABEL = 60  # characters
_MOST_SETS = 32_000  # as many as codes of 16 bits can number
_BINS = 4


@dataclass(frozen=True)
class Filter:
    """One thing that examples can be chosen by.

    Attributes:
        name: As the page and its server name it; unique among a page's filters.
        title: What a reader sees.
        labels: The values a reader sees.
        codes: (examples,) int16: the place of each example's value among the labels, or of its values among the sets;
            -1 where it is not known.
        sets: Where an example may have several values: which of the labels go together, by their places.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    codes: npt.NDArray[np.int16]
    sets: tuple[tuple[int, ...], ...] | None = None

    @property
    def counts(self) -> list[int]:
        """How many examples have each value."""
        codes = self.codes[self.codes >= 0]
        number = np.bincount(codes, minlength=len(self.labels if self.sets is None else self.sets))
        if self.sets is None:
            return [int(count) for count in number]
        return [
            sum(int(number[code]) for code in self.codes_of([place])) for place in range(len(self.labels))
        ]

    def codes_of(self, places: Sequence[int]) -> list[int]:
        """The codes of the examples that have one of these values."""
        if self.sets is None:
            return list(places)
        return [code for code, members in enumerate(self.sets) if not set(places).isdisjoint(members)]


def make_filters(slices: pd.DataFrame, titles: Mapping[str, str] | None = None) -> list[Filter]:
    """Make a filter of every column that tells examples apart.

    Args:
        slices: A column each: text, truth values, numbers (cut at quantiles), or categories.
        titles: Titles by column, where they are not a feature's.
    """
    filters = []
    for name in slices.columns:
        feature = FEATURES.get(name, Feature(name, (titles or {}).get(name, name), ""))
        values = slices[name]
        if feature.several:
            filters += _set_filter(name, values, feature)
            continue
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        labels, codes = cut_numbers(values, _BINS, feature) if numeric else list_values(values, feature)
        if len(labels) > _MOST_VALUES:
            labels, codes = _gather_rare(labels, codes)
        if len(labels) > 1:
            shown = tuple(shortened(label, _LONGEST_LABEL) for label in labels)
            filters.append(
                Filter(name, shortened(feature.title, _LONGEST_LABEL), shown, codes.astype(np.int16))
            )
    return filters


def _set_filter(name: str, values: "pd.Series[Any]", feature: Feature) -> list[Filter]:
    """The filter of a column of tuples, where it tells examples apart.

    Of more sets than codes can number, the rarest values go together first.
    """
    labels, inside = list_members(values, feature)
    most = _MOST_VALUES
    while True:
        if len(labels) > most:
            rest = f"({len(labels) - most + 1:,} other values)"
            gathered = inside[:, most - 1 :].any(axis=1, keepdims=True)
            labels, inside = [*labels[: most - 1], rest], np.hstack([inside[:, : most - 1], gathered])
        rows, codes = np.unique(inside, axis=0, return_inverse=True)
        if len(rows) <= _MOST_SETS:
            break
        most = len(labels) // 2
    if len(rows) < 2:
        return []
    sets = tuple(tuple(np.flatnonzero(row).tolist()) for row in rows)
    shown = tuple(shortened(label, _LONGEST_LABEL) for label in labels)
    title = shortened(feature.title, _LONGEST_LABEL)
    return [Filter(name, title, shown, codes.reshape(-1).astype(np.int16), sets)]


def other_columns(examples: pd.DataFrame, named: Sequence[str] | None = None) -> list[Any]:
    """The dataset's other columns that are worth slicing by: those named, or those with few values.

    Args:
        examples: Of one of `slices.KINDS`.
        named: Columns that the user asks for, whatever they hold.

    Raises:
        MissingColumnError: A column that was asked for does not exist.
    """
    if named is not None:
        for name in named:
            if name not in examples.columns:
                available = [str(column) for column in examples.columns]
                raise MissingColumnError.of(str(name), available, "the examples", "Name one of these.")
        return list(dict.fromkeys(named))
    known = ("id", *kind_of(examples.columns).columns)
    return [name for name in examples.columns if name not in known and _few_values(examples[name])][
        :_OTHER_COLUMNS
    ]


def _few_values(values: "pd.Series[Any]") -> bool:
    # A look at the beginning tells long texts from a source or a section without hashing them all.
    for part in (values.iloc[: 50 * _OTHER_VALUES], values):
        try:
            distinct = part.nunique()
        except TypeError:  # lists and dicts
            return False
        if distinct > _OTHER_VALUES:
            return False
    return 2 <= distinct < len(values)


def _gather_rare(labels: list[str], codes: npt.NDArray[Any]) -> tuple[list[str], npt.NDArray[Any]]:
    """The most frequent values, and one for all others."""
    order = np.argsort(-np.bincount(codes, minlength=len(labels)), kind="stable")
    kept = np.sort(order[: _MOST_VALUES - 1])
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))
    rest = f"({len(labels) - len(kept):,} other values)"
    return [*(labels[code] for code in kept), rest], place[codes]
