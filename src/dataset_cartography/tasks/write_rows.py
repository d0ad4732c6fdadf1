"""Edge (extra: train): rows -> a file that `tasks.files` reads back as the same rows."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import InputError
from dataset_cartography.log import write_atomically

_BATCH = 1000


def write_rows(rows: datasets.Dataset, path: Path) -> None:
    """Write rows as JSON Lines, CSV, TSV or Parquet, as the file's name ends; the name shows a whole file or none.

    In CSV an object or list is written as JSON and null as nothing. Cells are as they are, formulas among them: this
    is data for programs.

    Args:
        rows: Rows of any columns.
        path: Ends in one of `WRITERS`.

    Raises:
        InputError: It ends in something else.
    """
    check_suffix(path)
    write = WRITERS[path.suffix.lower()]
    write_atomically(path, lambda temporary: write(rows, temporary))


def check_suffix(path: Path) -> None:
    """Refuse a name from which the format cannot be told.

    Raises:
        InputError: It ends in none of `WRITERS`.
    """
    if path.suffix.lower() not in WRITERS:
        raise InputError(f"Cannot write '{path}': its name must end in one of {', '.join(WRITERS)}.")


def _json_lines(rows: datasets.Dataset, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for batch in _batches(rows):
            for row in batch.to_pylist():
                file.write(_json(row) + "\n")


def _delimited(separator: str) -> Callable[[datasets.Dataset, Path], None]:
    def write(rows: datasets.Dataset, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
            writer.writerow(rows.column_names)
            for batch in _batches(rows):
                writer.writerows([_cell(value) for value in row.values()] for row in batch.to_pylist())

    return write


def _parquet(rows: datasets.Dataset, path: Path) -> None:
    schema = rows.features.arrow_schema
    with pq.ParquetWriter(path, schema) as writer:
        for batch in _batches(rows):
            writer.write_table(batch.cast(schema))


WRITERS: dict[str, Callable[[datasets.Dataset, Path], None]] = {
    ".jsonl": _json_lines,
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".parquet": _parquet,
}


def _batches(rows: datasets.Dataset) -> Iterator[pa.Table]:
    yield from rows.with_format("arrow").iter(_BATCH)


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return _json(value)
    return "" if value is None else value


def _json(value: Any) -> str:
    """As one line of JSON, which has no NaN: null stands for it."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_known(value), ensure_ascii=False, default=str)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
