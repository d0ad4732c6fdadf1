"""Words of a text, and how many two texts share."""

import re
import unicodedata
from functools import lru_cache

import numpy as np

_WORD = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a an the this that these those it its he his him she her they their them we our you your i my me "
        "of in on at to for from by with as about into during after before between under over than "
        "and or but not no if so s t there here "
        "is are was were be been being am do does did has have had can could will would should may might "
        "what who whom whose when where why how which many much long often old"
    )
)


def as_text(value: object) -> str:
    """The value if it is text, else none."""
    return value if isinstance(value, str) else ""


def length(text: str) -> int:
    """How many words stand between spaces."""
    return len(text.split())


def overlap(text: str, other: str) -> float:
    """Share of the content words of a text that occur in another, 0 to 1; NaN without content words."""
    content = content_words(text)
    return len(content & vocabulary(other)) / len(content) if content else np.nan


def content_words(text: str) -> frozenset[str]:
    """The distinct words of a text, without those of grammar."""
    return frozenset(words(text)) - _STOP_WORDS


@lru_cache(maxsize=256)  # questions on one context mostly follow each other
def vocabulary(text: str) -> frozenset[str]:
    """The distinct words of a text."""
    return frozenset(words(text))


def words(text: str) -> list[str]:
    """The words of a text in order, letters folded and composed."""
    folded = text.casefold()
    return _WORD.findall(folded if folded.isascii() else unicodedata.normalize("NFC", folded))
