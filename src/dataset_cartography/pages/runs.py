"""A text as runs with marks: what is gold, what was predicted, how likely its tokens were; and cutting it."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from dataset_cartography.pages.excerpt import Excerpt, visible, word_end, word_start

Run = tuple[str, int] | tuple[str, int, str]
"""A run of text, its marks, and a note that belongs to it, if any.

Marks add up: `GOLD` where it is in the gold answer, `PREDICTED` where it is in the prediction, and `SHADE` times the
number of its `shade`.
"""

GOLD, PREDICTED, SHADE = 1, 2, 4
SHADES = (0.5, 0.2, 0.05, 0.01)
"""Mean gold probabilities below which a token is shaded one step more."""


class ShownText(TypedDict):
    """A text as far as it is shown: its column's name, its runs, and whether it begins earlier and goes on."""

    name: str
    segments: list[Run]
    before: bool
    after: bool


def shade(probability: float) -> int:
    """How strongly a token of this probability is shaded: 0 (at least a half, or not known) to 4."""
    return sum(probability < bound for bound in SHADES)


def of_excerpt(name: str, excerpt: Excerpt) -> ShownText:
    """An excerpt as a shown text."""
    segments: list[Run] = [
        (part.text, GOLD * part.gold + PREDICTED * part.predicted) for part in excerpt.segments
    ]
    return {"name": name, "segments": segments, "before": excerpt.before, "after": excerpt.after}


def of_runs(name: str, runs: Sequence[Run], width: int, around: int | None = None) -> ShownText:
    """A shown text of runs as the dataset has them, neighbours of the same marks made one.

    Args:
        name: Of its column.
        runs: To be joined without anything between.
        width: Characters to show, about.
        around: The run to be in the middle of what is shown; None for the beginning.
    """
    text = "".join(run[0] for run in runs)
    left, right = 0, len(text)
    if len(text) > width:
        middle = 0 if around is None else sum(len(run[0]) for run in runs[:around])
        left = max(0, min(middle - width // 2, len(text) - width))
        left, right = word_start(text, left), word_end(text, left + width)
    kept = []
    place = 0
    for run in runs:
        inside = run[0][max(0, left - place) : max(0, right - place)]
        if inside:
            kept.append((visible(inside), *run[1:]))
        place += len(run[0])
    return {"name": name, "segments": _merged(kept), "before": left > 0, "after": right < len(text)}


def _merged(runs: Iterable[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in runs:
        if merged and len(run) == 2 and len(merged[-1]) == 2 and run[1] == merged[-1][1]:
            merged[-1] = (merged[-1][0] + run[0], run[1])
        else:
            merged.append(run)
    return merged
