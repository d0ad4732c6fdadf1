"""A ranking of labels as a file: CSV for people, JSON Lines and Parquet for programs."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.datamap import INDEX
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.log import write_atomically
from dataset_cartography.pages.tables import write_table

_OURS = [INDEX, "rank", "score", "probability", "looks_like"]
"""The first columns of every such file, by which one is known."""


def write_ranking(ranking: pd.DataFrame, path: Path) -> None:
    """Write a ranking, the most suspicious first; only an earlier ranking is replaced.

    In CSV text and ids that a spreadsheet would run get an apostrophe in front; JSON Lines and Parquet have them as
    they are.

    Args:
        ranking: As `find_label_errors` makes it, with more columns if there are any.
        path: A .csv, .jsonl or .parquet.

    Raises:
        InputError: The path ends otherwise.
        OutputExistsError: Another file is there.
    """
    check_ranking_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda to: _WRITERS[path.suffix](ranking, to))


def check_ranking_path(path: Path) -> None:
    """Refuse what `write_ranking` refuses, before there is a ranking."""
    if path.suffix not in _WRITERS:
        raise InputError(f"Cannot write a ranking to '{path}': name a .csv, .jsonl or .parquet.")
    if path.exists() and not _is_ranking(path):
        raise OutputExistsError(
            f"'{path}' exists already and is no ranking of labels, so it is not overwritten: choose another name."
        )


def _as_json(ranking: pd.DataFrame, path: Path) -> None:
    lines = ranking.reset_index().to_json(
        orient="records", lines=True, double_precision=15, force_ascii=False
    )
    path.write_text(lines, encoding="utf-8", errors="replace")


def _is_ranking(path: Path) -> bool:
    """Whether a file begins as ours do."""
    try:
        if path.suffix == ".parquet":
            names = set(pq.read_schema(path).names)
            return names >= set(_OURS)
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline()
        found = list(json.loads(first)) if path.suffix == ".jsonl" else next(csv.reader([first]), [])
    except (OSError, ValueError, TypeError, pa.ArrowException):
        return False
    return found[: len(_OURS)] == _OURS


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": write_table,
    ".jsonl": _as_json,
    ".parquet": lambda ranking, path: ranking.to_parquet(path),
}
