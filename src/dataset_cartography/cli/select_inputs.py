"""What `datamap select` goes by beside the map: the dataset's columns and texts, files of ids, suspected errors."""

import argparse
import logging
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.cli.examples import Source, load_examples, need_ranking, to_frame
from dataset_cartography.cli.review import read_ids
from dataset_cartography.datamap import FACTS, INDEX
from dataset_cartography.errors import InputError, MissingColumnError, MissingFileError
from dataset_cartography.pages.tables import neutral
from dataset_cartography.selection import Selection, located, suspected_errors
from dataset_cartography.slices.kinds import kind_of
from dataset_cartography.slices.measures import compared_texts
from dataset_cartography.slices.near_duplicates import near_duplicate_groups

if TYPE_CHECKING:
    import datasets
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_IDS = (INDEX, "id")  # what a column of ids is called: in what we write of a map, and in datasets


def _read_csv(path: Path, separator: str = ",") -> pd.DataFrame:
    return pd.read_csv(
        path, sep=separator, dtype=dict.fromkeys(_IDS, str), keep_default_na=False, na_values=[""]
    )


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".tsv": lambda path: _read_csv(path, "\t"),
    ".jsonl": lambda path: pd.read_json(path, lines=True, dtype=False),
    ".parquet": pd.read_parquet,
}


class Dataset:
    """The dataset that a map was recorded on, read if it is needed."""

    def __init__(self, df: pd.DataFrame, source: Source) -> None:
        self._df = df
        self._source = source

    @cached_property
    def examples(self) -> pd.DataFrame:
        """Its examples, by id."""
        return to_frame(load_examples(self._df.attrs.get(FACTS, {}), self._source))

    def column(self, name: str | None) -> "str | pd.Series[Any] | None":
        """What to group by: a column of the map by its name, one of the dataset by its values.

        Raises:
            MissingColumnError: Neither has it.
        """
        if name is None or name in self._df.columns:
            return name
        if name not in self.examples.columns:
            have = [str(column) for column in (*self.examples.columns, *self._df.columns)]
            raise MissingColumnError.of(name, have, "the dataset and its map", "Choose one of them.")
        return self.examples[name]

    def duplicates(self) -> "pd.Series[Any]":
        """The group of examples with nearly the same texts that each belongs to."""
        columns, _ = compared_texts(self.examples, kind_of(self.examples))
        groups = near_duplicate_groups([column.folded for column in columns])
        return pd.Series(groups, index=self.examples.index)

    def rows(self, ids: Selection) -> "datasets.Dataset":
        """The dataset's own rows of these examples."""
        from dataset_cartography.tasks.base import Options
        from dataset_cartography.tasks.select_rows import select_rows

        source = self._source.resolved(self._df.attrs.get(FACTS, {}))
        return select_rows(
            str(source.dataset),
            ids,
            task=str(source.task),
            split=str(source.split),
            options=Options(text_columns=source.text_columns, label_column=source.label_column),
        )


def read_among(arguments: argparse.Namespace, df: pd.DataFrame) -> list[Any] | None:
    """The ids to choose among; None for all."""
    if arguments.union and arguments.intersection:
        raise InputError("Give one of --union and --intersection.")
    files = arguments.union or arguments.intersection
    if not files:
        return None
    masks = [_on_the_map(df, path) for path in files]
    joined = np.any(masks, axis=0) if arguments.union else np.all(masks, axis=0)
    return df.index[joined].tolist()


def read_excluded(arguments: argparse.Namespace, df: pd.DataFrame) -> list[Any] | None:
    """The ids to leave out; None where none are."""
    excluded = [df.index[_on_the_map(df, path)] for path in arguments.exclude]
    first, probability = arguments.without_errors, arguments.without_errors_from
    if first is not None and probability is not None:
        raise InputError("Give one of --without_errors and --without_errors_from.")
    if first is not None or probability is not None:
        ranking = (
            need_ranking(df, arguments.directory)
            if arguments.errors is None
            else _read_errors(df, arguments.errors)
        )
        suspected = pd.Index(suspected_errors(ranking, first=first, probability=probability))
        excluded.append(df.index[_mask(df, suspected, "of the ranking")])
    elif arguments.errors is not None:
        raise InputError(
            "--errors ranks what to leave out: say how much, with --without_errors or --without_errors_from."
        )
    if not excluded:
        return None
    return list(dict.fromkeys(id_ for ids in excluded for id_ in ids.tolist()))


def _on_the_map(df: pd.DataFrame, path: Path) -> "NDArray[np.bool_]":
    """Which examples of the map a file of ids names, or a table with a column of them."""
    ids: Iterable[Any]
    if path.is_file() and path.suffix.lower() in _READERS:
        hint = "Give a table with a column of ids, a JSON list of ids, or an id a line as .txt."
        ids = _read_table(df, path, "id", hint).index
    else:
        ids = read_ids(path)
    return _mask(df, ids, f"of '{path}'")


def _mask(df: pd.DataFrame, ids: Iterable[Any], what: str) -> "NDArray[np.bool_]":
    rows = located(df.index, ids, what)
    if unknown := int((rows < 0).sum()):
        logger.warning("%s of the %s ids %s are not on the map.", f"{unknown:,}", f"{len(rows):,}", what)
    mask = np.zeros(len(df), dtype=bool)
    mask[rows[rows >= 0]] = True
    return mask


def _read_errors(df: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Read a ranking that `datamap errors` wrote."""
    if not path.is_file():
        raise MissingFileError(f"No table of suspected errors at '{path}': `datamap errors` writes one.")
    if path.suffix.lower() not in _READERS:
        raise InputError(
            f"Cannot read '{path}' as a table: its name must end in one of {', '.join(_READERS)}."
        )
    return _read_table(df, path, INDEX, "Give what `datamap errors` wrote.")


def _read_table(df: pd.DataFrame, path: Path, column: str, hint: str) -> pd.DataFrame:
    """Read a table, its ids as the index; where it has none, `column` is missed, and the hint says what to give."""
    try:
        table = _READERS[path.suffix.lower()](path)
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' cannot be read as a table ({' '.join(str(error).split())}).") from error
    if table.index.name in _IDS:
        table = table.reset_index()
    name = next((each for each in _IDS if each in table.columns), None)
    if name is None:
        raise MissingColumnError.of(column, [str(each) for each in table.columns], f"'{path}'", hint)
    # A table for spreadsheets has an apostrophe before some ids.
    as_written = {neutral(id_): id_ for id_ in df.index.tolist() if isinstance(id_, str)}
    table[name] = [as_written.get(id_, id_) for id_ in table[name].tolist()]
    return table.set_index(name)
