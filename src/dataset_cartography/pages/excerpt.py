"""Text of the dataset made fit to show: an excerpt with its answers marked, long and hostile text tamed."""

import re
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]
"""Start and end in characters, the end excluded."""

WIDTH = 240  # characters of an excerpt, about
_WORD_REACH = 20  # characters a border moves to keep a word whole

# Characters that act instead of being seen: controls, lone surrogates, separators of lines, and what turns the
# direction of text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True)
class Segment:
    """A run of text that is in the gold answer or not, in the prediction or not."""

    text: str
    gold: bool
    predicted: bool


@dataclass(frozen=True)
class Excerpt:
    """A part of a context.

    Attributes:
        segments: the text, to be joined without anything between.
        before: whether the context begins earlier.
        after: whether it goes on.
        marks_prediction: whether all of the prediction lies inside.
    """

    segments: tuple[Segment, ...]
    before: bool
    after: bool
    marks_prediction: bool

    @property
    def text(self) -> str:
        """The excerpt without marks, with dots where the context goes on."""
        inside = "".join(segment.text for segment in self.segments)
        return ("… " if self.before else "") + inside + (" …" if self.after else "")


def visible(text: str) -> str:
    """The text with characters that act instead of being seen written out, such as ⟨U+202E⟩."""
    return _UNSEEN.sub(lambda found: f"\u27e8U+{ord(found.group()):04X}\u27e9", text)


def shortened(text: str, limit: int) -> str:
    """The visible text, cut after `limit` characters with a note of how many are missing."""
    if len(text) <= limit:
        return visible(text)
    return f"{visible(text[:limit])}… ({len(text) - limit:,} more characters)"


def make_excerpt(context: str, gold: Span | None, prediction: Span | None, width: int = WIDTH) -> Excerpt:
    """Cut the part of a context around the gold answer; around the prediction, or the beginning, without one.

    Args:
        context: the whole text.
        gold: where the gold answer stands, if anywhere.
        prediction: where the predicted answer stands, if anywhere.
        width: characters to show; an answer longer than twice that is cut.
    """
    start, end = gold or prediction or (0, 0)
    end = min(end, start + 2 * width)
    spare = max(0, width - (end - start))
    left = max(0, start - spare // 2)
    right = min(len(context), end + spare - (start - left))
    left = max(0, min(left, start - spare + (right - end)))
    left, right = word_start(context, left), word_end(context, right)
    borders = {left, right}
    for span in (gold, prediction):
        borders.update(min(max(place, left), right) for place in span or ())
    cuts = sorted(borders)
    segments = tuple(
        Segment(visible(context[a:b]), _covers(gold, a, b), _covers(prediction, a, b))
        for a, b in pairwise(cuts)
    )
    inside = prediction is not None and left <= prediction[0] and prediction[1] <= right
    return Excerpt(segments, left > 0, right < len(context), inside)


def _covers(span: Span | None, start: int, end: int) -> bool:
    return span is not None and span[0] <= start and end <= span[1]


def word_start(context: str, place: int) -> int:
    """The start of the word that `place` is in, if it is near."""
    for near in range(place, max(place - _WORD_REACH, 0) - 1, -1):
        if near == 0 or context[near - 1].isspace():
            return near
    return place


def word_end(context: str, place: int) -> int:
    """The end of the word that `place` is in, if it is near."""
    for near in range(place, min(place + _WORD_REACH, len(context)) + 1):
        if near == len(context) or context[near].isspace():
            return near
    return place
