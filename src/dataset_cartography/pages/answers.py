"""What answers, labels and choices are called where they are shown: what is right, was predicted, or is suggested."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from dataset_cartography.pages.excerpt import WIDTH, Span, shortened
from dataset_cartography.pages.wrong_labels import suggested_number
from dataset_cartography.slices import Kind, kind_of

NO_ANSWER = "(no answer)"
_LONGEST_ANSWER = 300  # characters, less where little width is asked for
_LARGE, _HUGE = 1e4, 1e15  # numbers that are written without a power of ten

_FORMS = {
    "tags": "The tags that are wrong, by the numbers of their tokens from 0, as “3: B-location, 4: I-location”.",
    "labels": "All labels that it should have, with commas between them, or “(no label)”.",
    "label": "The number that it should be.",
    "target": "The whole target as it should be.",
    "completion": "The whole completion as it should be.",
    "chosen": "“rejected”, if that answer is the better one.",
}


def correction_form(kind: Kind) -> str:
    """How a person writes what is right, where that is not a label to choose; empty where it is, or an answer."""
    choosable = "choices" in kind.gold or (kind.gold == ("label",) and not kind.measured)
    return "" if choosable else _FORMS.get(kind.gold[0], "")


def model_labels(facts: Mapping[str, Any]) -> list[str]:
    """The names of a map's labels in the model's own order; empty where the map does not tell them."""
    return [str(name) for name in facts.get("labels") or ()]


def label_names(labels: "pd.Series[Any]", of_model: Sequence[str]) -> list[str]:
    """The names of labels by the numbers that a map's predictions have; empty where labels have no names.

    A model may number the labels of the dataset in an order of its own.

    Args:
        labels: The examples' labels.
        of_model: The names in the model's own order, where that is known.
    """
    if not isinstance(labels.dtype, pd.CategoricalDtype):
        return []
    own = [str(name) for name in labels.cat.categories]
    # One name in common tells that both call labels alike; the dataset may have got new ones since the run.
    return list(of_model) if set(of_model) & set(own) else own


def label_name(names: Sequence[str], number: int) -> str:
    """The name of a label by its number, or the number where it has no name."""
    return names[number] if 0 <= number < len(names) else str(number)


def item(options: Sequence[str], place: int) -> str:
    """A choice, or its number where there is no such choice."""
    return options[place] if 0 <= place < len(options) else f"(choice {place})"


def longest_answer(width: int) -> int:
    """Characters of an answer: as far as it may be marked in a text."""
    return min(_LONGEST_ANSWER, 2 * width)


def predicted_span(start: int | None, end: int | None, context: str) -> tuple[str | None, Span | None]:
    """The text of a span of the context, and where it is; neither where it cannot be there."""
    if start is None or end is None:
        return None, None
    if start == -1 and end == -1:
        return NO_ANSWER, None
    if not 0 <= start <= end <= len(context):
        return None, None
    return context[start:end], (start, end)


def whole_numbers(rows: pd.DataFrame, name: str) -> list[int | None]:
    """A column of whole numbers, None where there is none."""
    if name not in rows.columns:
        return [None] * len(rows)
    return [None if pd.isna(value) else int(value) for value in rows[name].tolist()]


def suggestions(
    rows: pd.DataFrame, examples: pd.DataFrame, *, labels: Sequence[str] = ()
) -> list[str | None]:
    """What a ranking of labels would put in the place of some, fit to be shown; None where it suggests nothing.

    Args:
        rows: Their rows of the map, with the ranking's columns if there is one.
        examples: As for `show`.
        labels: As for `show`.
    """
    kind = kind_of(examples)
    longest = longest_answer(WIDTH)
    found: Iterator[str | None]
    if "answers" in kind.gold:
        starts, ends = (whole_numbers(rows, f"suggested_{end}") for end in ("start", "end"))
        contexts = map(plain_text, examples["context"])
        found = (
            predicted_span(start, end, text)[0]
            for start, end, text in zip(starts, ends, contexts, strict=True)
        )
    elif "suggested" not in rows.columns:
        return [None] * len(rows)
    elif "choices" in kind.gold:
        numbers = (suggested_number(value, labels) for value in rows["suggested"].tolist())
        found = (
            None if number is None else item([plain_text(choice) for choice in choices], number)
            for number, choices in zip(numbers, examples["choices"], strict=True)
        )
    elif kind.gold == ("label",) and not kind.measured:
        names = label_names(examples["label"], labels)
        found = (_label_suggested(value, names) for value in rows["suggested"].tolist())
    else:  # in words, or a number
        found = (_in_words(value) for value in rows["suggested"].tolist())
    return [None if text is None else shortened(text, longest) for text in found]


def _label_suggested(value: Any, names: Sequence[str]) -> str | None:
    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, str) else label_name(names, int(value))


def _in_words(value: Any) -> str | None:
    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, str) else number_words(value)


def number_words(value: Any) -> str:
    """A number in four digits that say something, or all digits before the point."""
    number = float(value)
    return f"{number:.0f}" if _LARGE <= abs(number) < _HUGE else f"{number:.4g}"


def plain_text(value: object) -> str:
    """A text as it is, anything else as none."""
    return value if isinstance(value, str) else ""
