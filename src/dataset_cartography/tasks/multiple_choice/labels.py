"""Which choice a label means: datasets write its letter, its number from 0 or 1, its name, or its text."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

NAME = "the name of the choice"
LETTER = "a letter"
FROM_ZERO = "a number from 0"
FROM_ONE = "a number from 1"
TEXT = "the text of the choice"
READINGS = (NAME, LETTER, FROM_ZERO, FROM_ONE, TEXT)  # of two that fit as well, the first counts
NONE = -1


def read_label(value: Any, reading: str, texts: Sequence[str], names: Sequence[str] | None) -> int:
    """The position of the choice that a label means, or `NONE` if it means none by that reading.

    Args:
        value: The label as the dataset has it.
        reading: One of `READINGS`.
        texts: The choices.
        names: What the dataset calls each of them, if it does, such as "A" or "1".
    """
    word = str(value).strip()
    if reading in (NAME, TEXT):
        known = list(names or ()) if reading == NAME else [text.strip() for text in texts]
        return known.index(word) if known.count(word) == 1 else NONE
    if reading == LETTER:
        letter = word.strip("().").upper()
        position = ord(letter) - ord("A") if len(letter) == 1 else NONE
    else:
        position = _integer(value) - (reading == FROM_ONE)
    return position if 0 <= position < len(texts) else NONE


def write_label(
    position: int, reading: str, texts: Sequence[str], names: Sequence[str] | None, like: Any
) -> int | str:
    """What means a choice by a reading: `read_label` gives its position back, unless two choices have one text.

    Args:
        position: The choice, from 0.
        reading: One of `READINGS`.
        texts: The choices.
        names: What the dataset calls each of them, where `reading` is `NAME`.
        like: The label that stood there before: a letter keeps its case and brackets.
    """
    if reading == NAME:
        return (names or [])[position]
    if reading == TEXT:
        return texts[position]
    if reading == FROM_ZERO:
        return position
    if reading == FROM_ONE:
        return position + 1
    letter = chr(ord("A") + position)
    before = str(like).strip() if isinstance(like, str) else ""
    bare = before.strip("().")
    if len(bare) != 1 or not bare.isascii() or not bare.isalpha():
        return letter
    return before.replace(bare, letter if bare.isupper() else letter.lower())


def choose_reading(
    rows: Sequence[tuple[Any, Sequence[str], Sequence[str] | None]], *, numbered_from_one: bool = False
) -> str:
    """The reading by which most labels mean a choice: one for all rows, since each alone can be ambiguous.

    Args:
        rows: Label, choices and names of each row.
        numbered_from_one: Whether the choices' columns count from 1, as in choice1, choice2. That tells
            nothing of labels that are numbers (COPA's are from 0), but of numbers written as text it does.
    """
    fits = Counter(
        reading
        for value, texts, names in rows
        for reading in READINGS
        if read_label(value, reading, texts, names) != NONE
    )
    order = list(READINGS)
    if numbered_from_one and rows and all(isinstance(value, str) for value, _, _ in rows):
        order.sort(key=lambda reading: reading != FROM_ONE)
    return max(order, key=lambda reading: fits[reading])


def _integer(value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return NONE
    return int(number) if number.is_integer() and abs(number) < 2**31 else NONE
