"""How one example is shown: its texts cut around the answer, what is right, what the model said.

The one place that decides it, for the report's cards and data and for the explorer's detail. Examples come as the
rows of a frame, which may be a slice of a larger one, so that a million need not be held at once.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.pages.answers import (
    NO_ANSWER,
    item,
    label_name,
    label_names,
    longest_answer,
    model_labels,
    plain_text,
    predicted_span,
    suggestions,
    whole_numbers,
)
from dataset_cartography.pages.excerpt import WIDTH, Excerpt, Span, make_excerpt, shortened
from dataset_cartography.pages.wrong_labels import RANKING_COLUMNS, suspicion_note
from dataset_cartography.slices import Kind, answer_spans, kind_of, label_positions

_LONGEST_QUESTION, _LONGEST_CELL = 500, 200  # characters, less where little width is asked for
_LONGEST_NAME, _MOST_ANSWERS, _MOST_COLUMNS = 80, 3, 40
_CHUNK = 4096
_MISPLACED = "The gold answer does not stand where the dataset says, so it is not marked."
_ELSEWHERE = "The prediction stands in a part of the context that is not shown."

Run = tuple[str, int]
"""A run of text and its marks: 1 = in the gold answer, 2 = in the prediction, 3 = in both, 0 = in neither."""


class ShownText(TypedDict):
    """A text as far as it is shown: its column's name, its runs, and whether it begins earlier and goes on."""

    name: str
    segments: list[Run]
    before: bool
    after: bool


class _Told(TypedDict):
    """The part of an example's record that depends on its kind; see `Shown`."""

    texts: list[ShownText]
    choices: list[Run]
    gold: list[str]
    more_gold: int
    prediction: str | None
    agrees: bool | None
    notes: list[str]


class Shown(_Told):
    """One example as pages show it; plain values that JSON can hold, all text cut and visible but the id.

    `question` is None for tasks without one. `texts` are its other texts, cut around the answer where that is a
    span. `choices` are what there was to choose from. `gold` is what is right: a label, a choice, or the distinct
    gold answers of which `more_gold` are not shown; NO_ANSWER alone if the question is unanswerable.
    `prediction` is what the last epoch predicted, NO_ANSWER, or None if unknown; `agrees` whether that is right.
    `notes` are sentences that qualify the marks; `columns` the dataset's other columns.
    """

    id: str | int
    question: str | None
    columns: dict[str, str]


def show(
    rows: pd.DataFrame, examples: pd.DataFrame, *, labels: Sequence[str] = (), width: int = WIDTH
) -> list[Shown]:
    """Say how examples are shown.

    Args:
        rows: Their rows of the map; of the columns only those of the last prediction are read, `prediction`, or
            `prediction_start` and `prediction_end`, and those of a ranking of labels (`wrong_labels.join_ranking`),
            which becomes a note. They may be missing.
        examples: The examples in the same order, with the columns of one of `slices.KINDS` and any others; index =
            example id. A categorical label's places are the numbers that `prediction` refers to.
        labels: The names of the labels in the model's own order, where that may be another (a map's fact `labels`).
        width: About how many characters of a text are shown in which an answer is marked; twice as many of others,
            and at most so of questions and answers.

    Returns:
        One record of each, in order.

    Raises:
        MissingColumnError: The examples are of no known kind.
    """
    kind = kind_of(examples.columns)
    records = _records(examples)
    told = (
        _tell_spans(rows, records, width)
        if "answers" in kind.gold
        else _tell_labels(kind, rows, examples, records, labels, width)
    )
    others = _other_columns(kind, examples)
    longest_question, longest_cell = min(_LONGEST_QUESTION, 2 * width), min(_LONGEST_CELL, width)
    asks = "question" in examples.columns
    return [
        {
            "id": _plain(example_id),
            "question": shortened(plain_text(example["question"]), longest_question) if asks else None,
            **facts,
            "notes": [*facts["notes"], *_suspicions(row, suggested)],
            "columns": {
                title: shortened(cell, longest_cell)
                for name, title in others.items()
                if (cell := _cell(example[name])) is not None
            },
        }
        for example_id, example, facts, row, suggested in zip(
            examples.index.tolist(),
            records,
            told,
            _records(rows[_ranking_columns(rows)]),
            suggestions(rows, examples, labels=labels),
            strict=True,
        )
    ]


def _suspicions(row: dict[Any, Any], suggested: str | None) -> list[str]:
    note = suspicion_note(row, suggested)
    return [] if note is None else [note]


def _ranking_columns(rows: pd.DataFrame) -> list[str]:
    return [name for name in RANKING_COLUMNS if name in rows.columns]


def show_all(map_df: pd.DataFrame, examples: pd.DataFrame, *, width: int = WIDTH) -> Iterator[Shown]:
    """Show the examples of a map one after the other, a part of them in memory at a time.

    Args:
        map_df: The map; its facts tell the model's labels.
        examples: Its examples on the same index, as `Alignment` has them.
        width: As for `show`.
    """
    labels = model_labels(map_df.attrs.get(FACTS, {}))
    names = [name for name in map_df.columns if str(name).startswith("prediction")]
    rows = map_df[[*names, *_ranking_columns(map_df)]]
    for start in range(0, len(examples), _CHUNK):
        part = slice(start, start + _CHUNK)
        yield from show(rows.iloc[part], examples.iloc[part], labels=labels, width=width)


def _tell_spans(rows: pd.DataFrame, examples: list[dict[str, Any]], width: int) -> Iterator[_Told]:
    """Contexts, with gold and predicted answers as spans of them."""
    longest = longest_answer(width)
    starts, ends = (whole_numbers(rows, f"prediction_{end}") for end in ("start", "end"))
    for example, start, end in zip(examples, starts, ends, strict=True):
        context = plain_text(example["context"])
        answers = answer_spans(example["answers"])
        texts = list(dict.fromkeys(text for text, _ in answers))
        gold = _gold_span(context, answers)
        predicted_text, predicted = predicted_span(start, end, context)
        agrees = None if predicted_text is None else predicted_text in (texts or [NO_ANSWER])
        excerpt = make_excerpt(context, gold, predicted, width)
        elsewhere = predicted is not None and not agrees and not excerpt.marks_prediction
        notes = {_MISPLACED: bool(answers) and gold is None, _ELSEWHERE: elsewhere}
        yield _Told(
            texts=[_shown_text("context", excerpt)],
            choices=[],
            gold=[shortened(text, longest) for text in texts[:_MOST_ANSWERS]] or [NO_ANSWER],
            more_gold=max(0, len(texts) - _MOST_ANSWERS),
            prediction=None if predicted_text is None else shortened(predicted_text, longest),
            agrees=agrees,
            notes=[note for note, applies in notes.items() if applies],
        )


def _tell_labels(
    kind: Kind,
    rows: pd.DataFrame,
    examples: pd.DataFrame,
    records: list[dict[str, Any]],
    labels: Sequence[str],
    width: int,
) -> Iterator[_Told]:
    """Texts and choices, with a gold and a predicted label or choice."""
    name_of = functools.partial(label_name, label_names(examples["label"], labels))
    texts = [name for name in kind.texts if name != "question" and name in examples.columns]
    tell = _tell_choice if "choices" in kind.gold else _tell_label
    longest = longest_answer(width)
    places = label_positions(examples["label"]).tolist()
    for example, place, number in zip(records, places, whole_numbers(rows, "prediction"), strict=True):
        choices, gold, prediction, agrees = tell(example, place, number, name_of)
        yield _Told(
            texts=[
                _shown_text(name, make_excerpt(text, None, None, 2 * width))
                for name in texts
                if (text := plain_text(example[name]))
            ],
            choices=[(shortened(choice, longest), marks) for choice, marks in choices],
            gold=[shortened(gold, longest)],
            more_gold=0,
            prediction=None if prediction is None else shortened(prediction, longest),
            agrees=agrees,
            notes=[],
        )


_Label = tuple[list[Run], str, str | None, bool | None]
"""The choices, what is right, what was predicted, and whether they agree."""


def _tell_choice(example: dict[str, Any], place: int, number: int | None, _: Any) -> _Label:
    options = [plain_text(choice) for choice in example["choices"]]
    runs = [(option, (at == place) + 2 * (at == number)) for at, option in enumerate(options)]
    prediction = None if number is None else item(options, number)
    return runs, item(options, place), prediction, None if number is None else number == place


def _tell_label(example: dict[str, Any], _: int, number: int | None, name_of: Callable[[int], str]) -> _Label:
    gold = "(no label)" if pd.isna(example["label"]) else str(example["label"])
    prediction = None if number is None else name_of(number)
    return [], gold, prediction, None if prediction is None else prediction == gold


def _gold_span(context: str, answers: list[tuple[str, int]]) -> Span | None:
    """Where the first gold answer stands, if it does stand there."""
    if not answers:
        return None
    text, start = answers[0]
    end = start + len(text)
    return (start, end) if text and start >= 0 and context[start:end] == text else None


def _shown_text(name: str, excerpt: Excerpt) -> ShownText:
    segments = [(part.text, int(part.gold) + 2 * int(part.predicted)) for part in excerpt.segments]
    return {"name": name, "segments": segments, "before": excerpt.before, "after": excerpt.after}


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


def one_line(shown: Shown) -> str:
    """An example's question, or else its texts, without line breaks."""
    texts = ["".join(text for text, _ in one["segments"]) for one in shown["texts"]]
    return " ".join((shown["question"] or " · ".join(texts)).split())
