"""What a label looks like: wrong, ambiguous, merely hard, or sound.

One rule, in this order. *Wrong*: it is more likely wrong than not, and the model kept to another one. *Hard*: it was
never learned, and what was predicted instead was another label every time. *Ambiguous*: another label was at least half
as likely as this one. *Hard*, too: the label was clearly less likely than is usual in the dataset. *Sound*: the rest.
How likely labels were is asked of the settled epochs only, those in which at least half of the examples were predicted
right: before, a model's doubts are its own. docs/label_errors.md says how well it tells them apart.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from dataset_cartography.label_errors.alternatives import SAME_SPAN
from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.metrics.base import Array
from dataset_cartography.metrics.reductions import mean

LOOKS = WRONG, AMBIGUOUS, HARD, SOUND = ("wrong", "ambiguous", "hard", "sound")
_SETTLED = 0.5  # of the examples are predicted right
_RIVAL = 0.5  # of the label's probability
_UNUSUAL = 0.85  # of the dataset's median probability
_BOUNDARIES = "the model's answer overlaps a gold answer (F1 {f1:.2f}): a quarrel over boundaries"
_ELSEWHERE = "the model's answer reads like a gold answer, but stands elsewhere"
_DISAGREEMENT = "its gold answers differ among themselves (mean F1 {f1:.2f})"


def looks_like(evidence: Evidence, probability: Array) -> Array:
    """Say what labels look like.

    Args:
        evidence: Of the run.
        probability: (examples,) estimated, that the label is wrong; NaN where unknown.

    Returns:
        (examples,) strings, one of `LOOKS`.
    """
    signals = evidence.dynamics.signals
    settled = _settled_epochs(signals["correct"])
    label = mean(signals["gold_probability"][:, settled])
    rival = mean(evidence.other_probability[:, settled]) if evidence.has_rivals else np.zeros(len(label))
    known = label[~np.isnan(label)]
    usual = np.median(known) if len(known) else 0.0
    other = (signals["correct"] == 0).sum(axis=1)
    keeps_to_one = (evidence.alternatives.times >= 2) | (other < 2)
    looks: Array = np.select(
        [
            (probability >= 0.5) & keeps_to_one,
            (evidence.metric("never_learned") == 1) & ~keeps_to_one,
            rival >= _RIVAL * label,
            label < _UNUSUAL * usual,
        ],
        [WRONG, HARD, AMBIGUOUS, HARD],
        SOUND,
    ).astype(object)
    return looks


def gold_answer_notes(
    answers: Sequence[object], texts: Sequence[object], starts: Array, ends: Array
) -> list[str]:
    """Say where gold answers speak for an ambiguous question, not a wrong label; empty where they do not.

    They do where the model's answer overlaps one of them, but for its boundaries, or reads like one, and where they
    hardly overlap each other.

    Args:
        answers: (rows,) of the dataset: mappings with `text` and `answer_start`, a place of each per annotator;
            anything else is taken for unknown.
        texts: (rows,) what the rival of the label reads; anything but a string is taken for unknown.
        starts: (rows,) where the rival begins, in characters; -1 = "no answer"; NaN where there is none.
        ends: (rows,) where it ends.
    """
    rivals = zip(starts.tolist(), ends.tolist(), map(_folded, texts), strict=True)
    return [_note(_spans(each), Span(*rival)) for each, rival in zip(answers, rivals, strict=True)]


def _settled_epochs(correct: Array) -> Array:
    """(epochs,) which epochs are settled: the most right one where none is by itself."""
    seen = ~np.isnan(correct)
    accuracy = np.nansum(correct, axis=0) / np.maximum(seen.sum(axis=0), 1)
    settled: Array = accuracy >= min(_SETTLED, accuracy.max())
    return settled


class Span(NamedTuple):
    """An answer: where it stands, and what it reads."""

    start: float
    end: float
    text: str


def _folded(text: object) -> str:
    return " ".join(text.casefold().split()) if isinstance(text, str) else ""


def _spans(answers: object) -> list[Span]:
    if not isinstance(answers, Mapping):
        return []
    texts, starts = answers.get("text"), answers.get("answer_start")
    if texts is None or starts is None:
        return []
    return [Span(start, start + len(text), _folded(text)) for start, text in zip(starts, texts, strict=False)]


def _note(gold: list[Span], rival: Span) -> str:
    closest = max((_f1(rival, each) for each in gold), default=0.0)
    if closest == 1:  # A gold answer by now, and none when the run learned: the dataset is not as it was.
        return ""
    if closest >= SAME_SPAN:
        return _BOUNDARIES.format(f1=closest)
    if rival.start >= 0 and any(rival.text == each.text for each in gold):
        return _ELSEWHERE
    pairs = [1.0 if one.text == two.text else _f1(one, two) for one, two in combinations(gold, 2)]
    agreement = sum(pairs) / max(len(pairs), 1)
    return _DISAGREEMENT.format(f1=agreement) if pairs and agreement < SAME_SPAN else ""


def _f1(one: Span, two: Span) -> float:
    """Of the characters of two spans; 0 where one is none."""
    shared = min(one.end, two.end) - max(one.start, two.start)
    length = (one.end - one.start) + (two.end - two.start)
    return 2 * shared / length if shared > 0 else 0.0


def look_again(looks: Array, notes: Sequence[str]) -> Array:
    """What labels look like in view of their gold answers: where those speak for it, wrong and hard is ambiguous."""
    spoken_for = (looks != SOUND) & (np.array(notes, dtype=object) != "")
    again: Array = np.where(spoken_for, AMBIGUOUS, looks)
    return again
