"""Features of examples, gathered a part at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.pages import Filter, make_filters, other_columns
from dataset_cartography.slices import describe_examples

MOST_VALUES = 60  # of a column of the dataset that is offered as a filter


class FeatureTable:
    """The features of millions of examples: numbers as they are, text as codes."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[Any]] = {}
        self._codes: dict[str, list[Any]] = {}
        self._values: dict[str, dict[Any, int]] = {}
        self._own: list[str] | None = None  # columns of the dataset

    def add(self, examples: pd.DataFrame, map_df: pd.DataFrame) -> None:
        """Describe some more examples.

        Args:
            examples: The columns of one of `slices.KINDS`, index = example id.
            map_df: Their rows of the map.
        """
        if self._own is None:
            self._own = [str(name) for name in other_columns(examples)]
        described = describe_examples(
            examples, map_df, near_duplicates=False
        )  # they are found in the whole only
        for name in described.columns:
            self._add(str(name), described[name])
        for name in [name for name in self._own if name not in described.columns]:
            self._add(name, examples[name])

    def _add(self, name: str, column: "pd.Series[Any]") -> None:
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            self._numbers.setdefault(name, []).append(numbers)
            return
        known = self._values.setdefault(name, {})
        codes, values = pd.factorize(column.astype(object))
        place = np.array([known.setdefault(value, len(known)) for value in values] + [-1], np.int32)
        self._codes.setdefault(name, []).append(place[codes])
        if len(known) > MOST_VALUES and self._own and name in self._own:
            self._own.remove(name)  # it has many values after all
            del self._codes[name], self._values[name]

    def filters(self) -> Iterator[Filter]:
        """The filters over all examples added, one at a time."""
        for name in {**self._numbers, **self._codes}:
            yield from make_filters(pd.DataFrame({name: self._column(name)}))

    def _column(self, name: str) -> Any:
        if name in self._numbers:
            return np.concatenate(self._numbers[name])
        codes: npt.NDArray[np.int32] = np.concatenate(self._codes[name])
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self._values[name]), dtype=object))
