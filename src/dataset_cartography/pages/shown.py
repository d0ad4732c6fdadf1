"""How one example is shown: its texts cut around the answer, what is right, what the model said.

The one place that decides it, for the report's cards and data and for the explorer's detail. Examples come as the
rows of a frame, which may be a slice of a larger one, so that a million need not be held at once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.pages.answers import model_labels, plain_text, suggestions
from dataset_cartography.pages.excerpt import WIDTH, shortened
from dataset_cartography.pages.pieces import Pieces
from dataset_cartography.pages.told import Told, tell_labels, tell_spans
from dataset_cartography.pages.told_texts import tell_preferences, tell_values, tell_written
from dataset_cartography.pages.told_units import tell_several, tell_tags
from dataset_cartography.pages.wrong_labels import RANKING_COLUMNS, suspicion_note
from dataset_cartography.slices import Kind, kind_of

_LONGEST_QUESTION, _LONGEST_CELL = 500, 200  # characters, less where little width is asked for
_LONGEST_NAME, _MOST_COLUMNS = 80, 40
_CHUNK = 4096
_LAST = ("prediction", "prediction_start", "prediction_end", "last_correct")
"""Columns of a map that say what its last epoch predicted."""


class Shown(Told):
    """One example as pages show it; plain values that JSON can hold, all text cut and visible but the id.

    `question` is None for tasks without one. `texts` are its other texts, cut around the answer where that is a
    span; the target's tokens are shaded by their probability where they were recorded one by one, and the entities of
    a sentence have notes that say what they are. `choices` are what there was to choose from. `gold` is what is right:
    a label or several, a choice, a value, the entities, the target, or the distinct gold answers (NO_ANSWER alone if
    the question is unanswerable), of which `more_gold` are not shown. `prediction` is what the last epoch predicted, or
    None if unknown; `agrees` whether that is right; `correction` the same, or what else there is, as a person would
    write it as the right label (None where labels are chosen, or it is right).
    `notes` are sentences that qualify the marks; `columns` the dataset's other columns.
    """

    id: str | int
    question: str | None
    columns: dict[str, str]


def show(
    rows: pd.DataFrame,
    examples: pd.DataFrame,
    *,
    labels: Sequence[str] = (),
    width: int = WIDTH,
    pieces: Pieces | None = None,
) -> list[Shown]:
    """Say how examples are shown.

    Args:
        rows: Their rows of the map; of the columns only those of the last prediction are read (`last_columns`), and
            those of a ranking of labels (`wrong_labels.join_ranking`), which becomes a note. They may be missing.
        examples: The examples in the same order, with the columns of one of `slices.KINDS` and any others; index =
            example id. A categorical label's places are the numbers that `prediction` refers to.
        labels: The names of the labels in the model's own order, where that may be another (a map's fact `labels`).
        width: About how many characters of a text are shown in which an answer is marked; twice as many of others,
            and at most so of questions and answers.
        pieces: What the log says of their tags, labels or tokens, in the same order; None where that is not known.

    Returns:
        One record of each, in order.

    Raises:
        MissingColumnError: The examples are of no known kind.
    """
    kind = kind_of(examples)
    told = _tell(kind, rows, examples, labels, width, pieces)
    others = _other_columns(kind, examples)
    longest_question, longest_cell = min(_LONGEST_QUESTION, 2 * width), min(_LONGEST_CELL, width)
    asks = "question" in kind.texts
    return [
        {
            "id": _plain(example_id),
            "question": shortened(plain_text(example["question"]), longest_question) if asks else None,
            **facts,
            "correction": _correction(row) or facts["correction"],
            "notes": [*facts["notes"], *_suspicions(row, suggested)],
            "columns": {
                title: shortened(cell, longest_cell)
                for name, title in others.items()
                if (cell := _cell(example[name])) is not None
            },
        }
        for example_id, example, facts, row, suggested in zip(
            examples.index.tolist(),
            _records(examples),
            told,
            _records(rows[_ranking_columns(rows)]),
            suggestions(rows, examples, labels=labels),
            strict=True,
        )
    ]


def _correction(row: dict[Any, Any]) -> str | None:
    """What a ranking suggests as correction, if it does."""
    found = row.get("correction")
    return found if isinstance(found, str) else None


def _suspicions(row: dict[Any, Any], suggested: str | None) -> list[str]:
    note = suspicion_note(row, suggested)
    return [] if note is None else [note]


def _ranking_columns(rows: pd.DataFrame) -> list[str]:
    return [name for name in RANKING_COLUMNS if name in rows.columns]


def _tell(
    kind: Kind,
    rows: pd.DataFrame,
    examples: pd.DataFrame,
    labels: Sequence[str],
    width: int,
    pieces: Pieces | None,
) -> Iterator[Told]:
    records = _records(examples)
    if "answers" in kind.gold:
        return tell_spans(rows, records, width)
    if "tags" in kind.gold:
        return tell_tags(records, pieces, labels, width)
    if "labels" in kind.gold:
        return tell_several(records, pieces, labels, width)
    if kind.target is not None:
        return tell_written(kind, records, pieces, width)
    if kind.written:
        return tell_preferences(rows, records, width)
    if kind.measured:
        return tell_values(rows, records, width)
    return tell_labels(kind, rows, examples, records, labels, width)


def last_columns(columns: Sequence[Any] | pd.Index) -> list[str]:
    """Those of a map's columns that say what its last epoch predicted."""
    return [name for name in _LAST if name in columns]


def show_all(
    map_df: pd.DataFrame, examples: pd.DataFrame, *, width: int = WIDTH, pieces: Pieces | None = None
) -> Iterator[Shown]:
    """Show the examples of a map one after the other, a part of them in memory at a time.

    Args:
        map_df: The map; its facts tell the model's labels.
        examples: Its examples on the same index, as `Alignment` has them.
        width: As for `show`.
        pieces: As for `show`.
    """
    labels = model_labels(map_df.attrs.get(FACTS, {}))
    rows = map_df[[*last_columns(map_df.columns), *_ranking_columns(map_df)]]
    for start in range(0, len(examples), _CHUNK):
        part = slice(start, start + _CHUNK)
        own = None if pieces is None else pieces.take(np.arange(start, min(start + _CHUNK, len(examples))))
        yield from show(rows.iloc[part], examples.iloc[part], labels=labels, width=width, pieces=own)


def _other_columns(kind: Kind, examples: pd.DataFrame) -> dict[Any, str]:
    """The names of the dataset's other columns, fit to be shown."""
    known = ("id", *kind.columns)
    others = [name for name in examples.columns if name not in known]
    return {name: shortened(str(name), _LONGEST_NAME) for name in others[:_MOST_COLUMNS]}


def _cell(value: Any) -> str | None:
    """A value of another column as text; None where there is none."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return str(value)


def _records(df: pd.DataFrame) -> list[dict[Any, Any]]:
    return df.to_dict("records")


def _plain(example_id: Any) -> str | int:
    return example_id if isinstance(example_id, str | int) else str(example_id)


def one_line(shown: Shown, target: str | None = None) -> str:
    """An example's question, or else its texts, without line breaks.

    Args:
        shown: The example.
        target: The text that is to be written, if any, which stands elsewhere; left out unless it is the only one.
    """
    chosen = [one for one in shown["texts"] if one["name"] != target] or shown["texts"]
    texts = ["".join(run[0] for run in one["segments"]) for one in chosen]
    return " ".join((shown["question"] or " · ".join(texts)).split())
