"""The filters: features of the examples' texts and columns of the dataset, gathered a part at a time."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.explorer.prepared.texts import Texts
from dataset_cartography.pages import Filter, make_filters, other_columns
from dataset_cartography.slices import describe_examples

_MOST_VALUES = 60  # of a column of the dataset that is offered as a filter
_FILTERS, _CODES = "filters.json", "codes.npy"


def write_filters(folder: Path, texts: Texts, df: pd.DataFrame, tell: Callable[[float], None]) -> None:
    """Write the filters' names, titles and labels, and every example's code in each, in the map's order.

    Args:
        folder: Where to; it does not exist yet.
        texts: The examples.
        df: The map; of its columns only those are needed that features are made of.
        tell: Called with the share done.
    """
    table = FeatureTable()
    done = 0
    for places, frame in texts.parts():
        tell(done / len(texts.places))
        part = df.iloc[places]
        table.add(frame.set_axis(part.index, axis=0), part)
        done += len(part)
    filters = list(table.filters())
    codes = np.full((len(filters), len(df)), -1, np.int16)
    for row, one in zip(codes, filters, strict=True):
        row[texts.places] = one.codes
    folder.mkdir()
    np.save(folder / _CODES, codes)
    told = [{"name": one.name, "title": one.title, "labels": one.labels, "sets": one.sets} for one in filters]
    (folder / _FILTERS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def read_filters(folder: Path) -> list[Filter]:
    """The filters, every example's codes mapped from the disk; -1 where the dataset lacks the example."""
    told: list[dict[str, Any]] = json.loads((folder / _FILTERS).read_text(encoding="utf-8"))
    codes = np.load(folder / _CODES, mmap_mode="r") if told else np.empty((0, 0), np.int16)
    return [
        Filter(
            one["name"],
            one["title"],
            tuple(one["labels"]),
            row,
            one["sets"] and tuple(map(tuple, one["sets"])),
        )
        for one, row in zip(told, codes, strict=True)
    ]


class FeatureTable:
    """The features of millions of examples: numbers as they are, text as codes."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[tuple[int, npt.NDArray[Any]]]] = {}
        self._codes: dict[str, list[tuple[int, npt.NDArray[Any]]]] = {}
        self._values: dict[str, dict[Any, int]] = {}
        self._own: list[str] | None = None  # columns of the dataset
        self._rows = 0

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
        self._rows += len(examples)

    def _add(self, name: str, column: "pd.Series[Any]") -> None:
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            self._numbers.setdefault(name, []).append((self._rows, numbers))
            return
        known = self._values.setdefault(name, {})
        codes, values = pd.factorize(column.astype(object).to_numpy())
        place = np.array([known.setdefault(value, len(known)) for value in values] + [-1], np.int32)
        self._codes.setdefault(name, []).append((self._rows, place[codes]))
        if len(known) > _MOST_VALUES and self._own and name in self._own:
            self._own.remove(name)  # it has many values after all
            del self._codes[name], self._values[name]

    def filters(self) -> Iterator[Filter]:
        """The filters over all examples added, one at a time."""
        for name in {**self._numbers, **self._codes}:
            yield from make_filters(pd.DataFrame({name: self._column(name)}))

    def _column(self, name: str) -> Any:
        if name in self._numbers:
            return self._whole(self._numbers[name], np.nan)
        values = pd.Index(list(self._values[name]), dtype=object, tupleize_cols=False)
        return pd.Categorical.from_codes(self._whole(self._codes[name], -1), categories=values)

    def _whole(self, parts: "list[tuple[int, npt.NDArray[Any]]]", missing: float) -> npt.NDArray[Any]:
        """(examples,) a column of its parts, each with the row where it begins; some parts may lack it."""
        column = np.full(self._rows, missing, parts[0][1].dtype)
        for start, values in parts:
            column[start : start + len(values)] = values
        return column
