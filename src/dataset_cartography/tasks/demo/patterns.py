"""What the notes are written with: patterns whose slots are filled from a patient's facts.

A pattern is text with slots such as `{dose_a}`: a type, then which one. Letters a, b and c are exchangeable
roles (`_a2` is a second value for the same role); digits are dates in time order. A capital first letter
(`{Dose_a}`) capitalises the value.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_SLOT: Final = re.compile(r"\{(\w+)\}")


class Ask(NamedTuple):
    """One thing that may be asked of a passage, written about role a.

    Attributes:
        truth: "clean", "ambiguous" (every slot of `answers` is a defensible answer) or "hard".
        answers: The slots that answer the question; one, or several where it is ambiguous.
        questions: Wordings to choose from.
    """

    truth: str
    answers: tuple[str, ...]
    questions: tuple[str, ...]


class Passage(NamedTuple):
    """The part of a note that holds the answer and its rivals.

    Attributes:
        sentences: Patterns, put in any order; sentences that must stay together are one string.
        asks: What may be asked.
        roles: The exchangeable roles an ask may be about.
    """

    sentences: tuple[str, ...]
    asks: tuple[Ask, ...]
    roles: str = "a"


class Template(NamedTuple):
    """A kind of question: its passages, and the sections of a note they may stand in."""

    sections: tuple[str, ...]
    passages: tuple[Passage, ...]


class Span(NamedTuple):
    """A slot's value in a written text: its type, such as "dose", its slot, its start and what it says."""

    kind: str
    slot: str
    start: int
    text: str


def write(pattern: str, facts: Mapping[str, str], offset: int = 0) -> tuple[str, list[Span]]:
    """Fill a pattern's slots.

    Args:
        pattern: Text with slots such as `{dose_a}`; a capital first letter capitalises the value.
        facts: The value of every slot, by its lower-case name.
        offset: Added to every start, for a text that will stand behind another.

    Returns:
        The text, and the span of each slot in it.
    """
    text, spans, end = "", list[Span](), 0
    for match in _SLOT.finditer(pattern):
        slot = match[1][0].lower() + match[1][1:]
        value = facts[slot]
        if match[1] != slot:
            value = value[0].upper() + value[1:]
        text += pattern[end : match.start()]
        spans.append(Span(slot.partition("_")[0], slot, offset + len(text), value))
        text += value
        end = match.end()
        if value.endswith(".") and pattern.startswith(".", end):
            end += 1  # "q.d." ends its sentence by itself
    return text + pattern[end:], spans


def about(role: str, pattern: str) -> str:
    """A question pattern or slot name written about role a, turned to another role."""
    return pattern.replace("_a", f"_{role}")
