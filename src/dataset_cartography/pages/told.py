"""What is told of an example by itself: its texts, what is right, and what the last epoch predicted."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypedDict

import pandas as pd

from dataset_cartography.pages.answers import (
    NO_ANSWER,
    item,
    label_name,
    label_names,
    longest_answer,
    plain_text,
    predicted_span,
    whole_numbers,
)
from dataset_cartography.pages.excerpt import Span, make_excerpt, shortened
from dataset_cartography.pages.runs import GOLD, PREDICTED, Run, ShownText, of_excerpt
from dataset_cartography.slices import Kind, answer_spans, label_positions

MOST_ANSWERS = 3
_MISPLACED = "The gold answer does not stand where the dataset says, so it is not marked."
_ELSEWHERE = "The prediction stands in a part of the context that is not shown."


class Told(TypedDict):
    """The part of an example's record that depends on its kind; see `shown.Shown`."""

    texts: list[ShownText]
    choices: list[Run]
    gold: list[str]
    more_gold: int
    prediction: str | None
    agrees: bool | None
    correction: str | None
    notes: list[str]


def tell_spans(rows: pd.DataFrame, examples: list[dict[Any, Any]], width: int) -> Iterator[Told]:
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
        yield Told(
            texts=[of_excerpt("context", excerpt)],
            choices=[],
            gold=[shortened(text, longest) for text in texts[:MOST_ANSWERS]] or [NO_ANSWER],
            more_gold=max(0, len(texts) - MOST_ANSWERS),
            prediction=None if predicted_text is None else shortened(predicted_text, longest),
            agrees=agrees,
            correction=None,
            notes=[note for note, applies in notes.items() if applies],
        )


def tell_labels(
    kind: Kind,
    rows: pd.DataFrame,
    examples: pd.DataFrame,
    records: list[dict[Any, Any]],
    labels: Sequence[str],
    width: int,
) -> Iterator[Told]:
    """Texts and choices, with a gold and a predicted label or choice."""
    name_of = functools.partial(label_name, label_names(examples["label"], labels))
    tell = _tell_choice if "choices" in kind.gold else _tell_label
    longest = longest_answer(width)
    places = label_positions(examples["label"]).tolist()
    for example, place, number in zip(records, places, whole_numbers(rows, "prediction"), strict=True):
        choices, gold, prediction, agrees = tell(example, place, number, name_of)
        yield Told(
            texts=plain_texts(kind.texts, example, width),
            choices=[(shortened(choice, longest), marks) for choice, marks in choices],
            gold=[shortened(gold, longest)],
            more_gold=0,
            prediction=None if prediction is None else shortened(prediction, longest),
            agrees=agrees,
            correction=None,
            notes=[],
        )


def plain_texts(names: Sequence[str], example: dict[Any, Any], width: int) -> list[ShownText]:
    """Those of an example's texts that it has, without any marks; but for its question, which stands apart."""
    return [
        of_excerpt(name, make_excerpt(text, None, None, 2 * width))
        for name in names
        if name != "question" and (text := plain_text(example.get(name)))
    ]


_Label = tuple[list[tuple[str, int]], str, str | None, bool | None]
"""The choices, what is right, what was predicted, and whether they agree."""


def _tell_choice(example: dict[Any, Any], place: int, number: int | None, _: Any) -> _Label:
    options = [plain_text(choice) for choice in example["choices"]]
    runs = [(option, GOLD * (at == place) + PREDICTED * (at == number)) for at, option in enumerate(options)]
    prediction = None if number is None else item(options, number)
    return runs, item(options, place), prediction, None if number is None else number == place


def _tell_label(example: dict[Any, Any], _: int, number: int | None, name_of: Callable[[int], str]) -> _Label:
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
