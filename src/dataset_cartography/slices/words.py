"""Words of a text, and how many two texts share."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_WORD = re.compile(r"\w+")
_APART = {sign: " " for sign in range(128) if not _WORD.match(chr(sign))}
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a an the this that these those it its he his him she her they their them we our you your i my me "
        "of in on at to for from by with as about into during after before between under over than "
        "and or but not no if so s t there here "
        "is are was were be been being am do does did has have had can could will would should may might "
        "what who whom whose when where why how which many much long often old"
    )
)


@dataclass(frozen=True)
class Texts:
    """A column of texts, one of each example."""

    each: list[str]

    @classmethod
    def of(cls, values: Iterable[object]) -> "Texts":
        """Of these values, what is text; none for others."""
        return cls([as_text(value) for value in values])

    def measured(self, measure: Callable[[str], T]) -> list[T]:
        """Measure every text, equal ones once: contexts belong to several questions, and questions repeat."""
        known = {text: measure(text) for text in dict.fromkeys(self.each)}
        return [known[text] for text in self.each]

    @cached_property
    def folded(self) -> list[str]:
        """`fold` of every text."""
        return self.measured(fold)


def as_text(value: object) -> str:
    """The value if it is text, the words of a list with a space between them, else none."""
    if isinstance(value, str):
        return value
    return " ".join(names_of(value))


def names_of(value: object) -> tuple[str, ...]:
    """The texts of a list or array, such as an example's words, tags or labels; none of anything else."""
    if not isinstance(value, list | tuple | np.ndarray):
        return ()
    return tuple(str(one) for one in value)


def length(text: str) -> int:
    """How many words stand between spaces."""
    return len(text.split())


def fold(text: str) -> str:
    """The words of a text in order, a space between them, letters folded and composed."""
    folded = text.casefold()
    if folded.isascii():
        return " ".join(folded.translate(_APART).split())  # many times quicker than the expression
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", folded)))


def overlap(folded: str, other: str) -> float:
    """Share of the content words of a folded text that occur in another, 0 to 1; NaN without content words."""
    content = frozenset(folded.split()) - _STOP_WORDS
    return len(content.intersection(other.split())) / len(content) if content else np.nan
