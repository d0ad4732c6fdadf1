"""What is right of an example and what the model said, whole, as people who look at it are to see it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dataset_cartography.pages import NO_ANSWER, Shown
from dataset_cartography.pages.answers import label_name, number_words
from dataset_cartography.pages.told_texts import CHOSEN
from dataset_cartography.pages.told_units import in_words
from dataset_cartography.slices import Kind, answer_spans, as_text, names_of
from dataset_cartography.slices.tags import entities, mark_entities

Judged = tuple[list[str], Any, str | None, Any]
"""What is right, where that is, what the model predicted last, and where; as `review.ReviewItem` has them."""


def judge_answers(row: dict[Any, Any], example: dict[Any, Any]) -> Judged:
    """A question by its answers: spans of the context."""
    context = as_text(example["context"])
    spans = answer_spans(example["answers"])
    start, end = _number(row.get("prediction_start")), _number(row.get("prediction_end"))
    predicted, place = None, None
    if start == -1 and end == -1:
        predicted = NO_ANSWER
    elif start is not None and end is not None and 0 <= start < end <= len(context):
        predicted, place = context[start:end], (start, end)
    gold_places = [(begin, begin + len(text)) for text, begin in spans]
    return [text for text, _ in spans], gold_places, predicted, place


def judge_choice(row: dict[Any, Any], choices: list[str], place: int) -> Judged:
    """One of several choices, by its place."""
    number = _number(row.get("prediction"))
    known = number is not None and 0 <= number < len(choices)
    gold = [choices[place]] if 0 <= place < len(choices) else []
    return gold, [place] if gold else [], choices[number] if known else None, number if known else None  # type: ignore[index]


def judge_label(row: dict[Any, Any], example: dict[Any, Any], names: list[str]) -> Judged:
    """A text by its label."""
    number = _number(row.get("prediction"))
    gold = [] if pd.isna(example["label"]) else [str(example["label"])]
    predicted = None if number is None else label_name(names, number)
    return gold, [], predicted, None


def judge_written(kind: Kind, example: Mapping[Any, Any], shown: Shown) -> Judged:
    """An example whose target is written, or more than one label: tags, labels, a value, a text, the better answer."""
    return _gold(kind, example), [], shown["prediction"], None


def _gold(kind: Kind, example: Mapping[Any, Any]) -> list[str]:
    given = example[kind.gold[0]]
    if "labels" in kind.gold:
        return list(names_of(given))
    if "tags" in kind.gold:
        tags, words = names_of(given), names_of(example["tokens"])
        return [in_words(one, words) for one in entities(tags)] if mark_entities(tags) else [" ".join(tags)]
    if kind.measured:
        return [] if pd.isna(given) else [number_words(given)]
    return [CHOSEN] if kind.target is None else [as_text(given)]


def _number(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
