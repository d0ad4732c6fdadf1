"""Edge (extra: train): a dataset with planted labels as a file, for other trainers, and the truth beside it."""

import json
import logging
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
from datasets import ClassLabel

from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.log import write_atomically
from dataset_cartography.tasks.noise.truth import planted_path, write_planted
from dataset_cartography.tasks.qa.rows import ANSWER_COLUMNS

logger = logging.getLogger(__name__)

_SUFFIX = ".jsonl"
_LABELS = ("label", "labels", "tags")
_TARGETS = ("tags", "labels", "target", "completion", "chosen", "label")
"""Columns that hold what can be wrong, where that is no class."""
_KNOWN = ("id", "text", "tokens", "source", "prompt", "rejected", "messages", *_TARGETS)


def check_output(path: Path) -> None:
    """See that a dataset can be written there, and change nothing.

    Raises:
        InputError: Its name does not end in .jsonl, or its folder does not exist.
        OutputExistsError: It exists already, or a truth beside it does.
    """
    if path.suffix != _SUFFIX:
        raise InputError(
            f"The dataset is written as JSON lines: give --output a name that ends in {_SUFFIX}, not '{path}'."
        )
    if not path.parent.is_dir():
        raise InputError(
            f"There is no folder '{path.parent}' for '{path.name}': make it, or give another --output."
        )
    for file in (path, planted_path(path)):
        if file.exists():
            raise OutputExistsError(
                f"'{file}' exists already, and nothing is overwritten: give another --output."
            )


def write_noisy(
    original: datasets.Dataset, noisy: datasets.Dataset, planted: pd.DataFrame, path: Path
) -> list[Path]:
    """Write a dataset with planted labels as JSON lines, and the truth beside it.

    Labels are written by their names, or as whole numbers where their names are. Left out are columns that would tell
    the truth: of classes, those each value of which goes with one label only, and stands in two rows or more on
    average; of questions, other columns of answers and those that repeat the first answer of most rows.

    Args:
        original: The examples as they were.
        noisy: The same with planted labels.
        planted: What was planted.
        path: Where to write; `check_output` came before.

    Returns:
        The dataset's file and the truth's.
    """
    telling = _telling_columns(original)
    if telling:
        logger.warning(
            "Left out the column%s %s, which would tell what was planted",
            "s" * (len(telling) > 1),
            ", ".join(f"'{name}'" for name in telling),
        )
    named = {name: names for name in _LABELS if (names := _names_of(noisy.features.get(name)))}
    kept = noisy.remove_columns(telling)

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8") as file:
            for row in kept:
                row = {**row, **{name: _named(row[name], names) for name, names in named.items()}}
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    truth = planted_path(path)
    write_planted(planted, truth)
    write_atomically(path, write)
    return [path, truth]


def _telling_columns(original: datasets.Dataset) -> list[str]:
    """The columns that would tell what was planted; `write_noisy` says which."""
    if {"answers", "context"} <= {*original.column_names}:
        others = [
            name for name in original.column_names if name not in ("id", "question", "context", "answers")
        ]
        answers = pd.Series([(given["text"] or [""])[0] for given in original["answers"][:]])
        known = (*ANSWER_COLUMNS, "answer_start")
        return [name for name in others if name in known or _repeats(_column(original, name), answers)]
    if not isinstance(original.features.get("label"), ClassLabel):
        if "choices" in original.column_names:
            return []
        target = next(name for name in _TARGETS if name in original.column_names)
        gold = _column(original, target).map(repr)
        others = [name for name in original.column_names if name not in _KNOWN]
        return [name for name in others if _repeats(_column(original, name).map(repr), gold)]
    label = _column(original, "label")
    others = [name for name in original.column_names if name not in ("id", "label")]
    return [name for name in others if _tells(_column(original, name), label)]


def _names_of(feature: Any) -> list[str] | None:
    """The names of a column of labels, or of lists of labels; None where its numbers are their names, or it is none."""
    names: list[str] | None = getattr(getattr(feature, "feature", feature), "names", None)
    return None if names == [str(number) for number in range(len(names or ()))] else names


def _named(value: Any, names: list[str]) -> Any:
    return [names[number] for number in value] if isinstance(value, list) else names[value]


def _column(rows: datasets.Dataset, name: str) -> pd.Series:
    return pd.Series(rows[name][:], dtype=object)


def _repeats(column: pd.Series, answers: pd.Series) -> bool:
    """Whether a column says most rows' answer over again."""
    return bool(((column == answers) & (answers != "")).sum() > (answers != "").sum() / 2)


def _tells(column: pd.Series, label: pd.Series) -> bool:
    """Whether a column's values, each there twice or more on average, go with one label each."""
    pairs = pd.DataFrame({"value": column.map(repr), "label": label}).drop_duplicates()
    values = pairs["value"].drop_duplicates()
    return 1 < len(values) <= len(column) / 2 and len(values) == len(pairs)
