"""Why a label is suspected, in words: what sets the example apart from the others of its dataset, with its numbers.

No signal is a reason by itself. An example's signals count by how few examples of the dataset have as much of them,
and of those that are extreme the two or three most extreme are told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dataset_cartography.label_errors.neighbours import Neighbours
from dataset_cartography.label_errors.signals import SIGNALS, Evidence
from dataset_cartography.metrics.base import Array

EXTREME = 0.8
"""What sets an example apart is what this share of the examples has less of."""
MOST = 3
ORDINARY = "nothing sets it apart from the other examples"


@dataclass(frozen=True)
class Speech:
    """How a dataset's labels are spoken of.

    Attributes:
        noun: What a label is called: "label", "answer", "choice".
        labels: The labels' names by number, where they have names.
        are_names: Whether those are names, to be put in quotes, or words of ours.
        chosen: What a model does to a label.
    """

    noun: str = "label"
    labels: Sequence[str] | None = None
    are_names: bool = True
    chosen: str = "predicted"

    def name(self, number: int) -> str:
        """A label within a sentence."""
        if not self.labels or number >= len(self.labels):
            return f"{self.noun} {number}"
        return f"'{self.labels[number]}'" if self.are_names else self.labels[number]


@dataclass(frozen=True)
class Reason:
    """One way to say why.

    Attributes:
        about: Of several reasons about one thing only the most extreme is told.
        extreme: (examples,) what is compared with the other examples; higher is more suspicious.
        numbers: (examples,) whole numbers that the words are made of. Words are made once for all examples whose
            numbers are the same, so there should be few different ones.
        words: The clause for an example's numbers; empty where they give no reason.
    """

    about: str
    extreme: Callable[[Evidence], Array]
    numbers: Callable[[Evidence], Sequence[Array]]
    words: Callable[..., str]


def give_reasons(
    evidence: Evidence, rows: Array, speech: Speech, reasons: "Sequence[Reason] | None" = None
) -> Array:
    """Say why labels are suspected.

    Args:
        evidence: Of the run.
        rows: (rows,) positions of the examples asked for.
        speech: How the labels are spoken of.
        reasons: Which can be given; default `REASONS`.

    Returns:
        (rows,) strings: one to three clauses; `ORDINARY` where nothing sets the example apart. They hold labels'
        names as the dataset has them, and none of its texts.
    """
    topics: dict[str, tuple[Array, Array]] = {}
    agree = evidence.neighbours is not None and evidence.neighbours.weight > 0
    known = REASONS if reasons is None else reasons
    for reason in (*known, NEARBY) if agree else known:
        clauses = _clauses(reason, evidence, rows, speech)
        # By whole percents: of reasons that are about as extreme, all examples are told the same one.
        strength = np.where(
            clauses == "", 0.0, np.floor(100 * _standing(reason.extreme(evidence), rows)) / 100
        )
        so_far, strongest = topics.get(reason.about, (clauses, strength))
        topics[reason.about] = (
            np.where(strength > strongest, clauses, so_far),
            np.maximum(strength, strongest),
        )
    strengths = np.stack([strength for _, strength in topics.values()])
    least = np.maximum(EXTREME, np.sort(strengths, axis=0)[-MOST:][0])
    told = np.full(len(rows), ORDINARY, dtype=object)
    for clauses, strength in topics.values():
        told = join_clauses(told, np.where(strength >= least, clauses, ""))
    return told


def join_clauses(told: Array, further: Sequence[str] | Array) -> Array:
    """Add a further clause to what was told, where there is one; it takes the place of `ORDINARY`."""
    clauses = np.asarray(further, dtype=object)
    alone = np.where(told == ORDINARY, clauses, told + np.where(clauses == "", "", "; ") + clauses)
    joined: Array = np.where(clauses == "", told, alone)
    return joined


def _clauses(reason: Reason, evidence: Evidence, rows: Array, speech: Speech) -> Array:
    """A reason's words for every row: made once for each combination of numbers."""
    numbers = np.stack([np.asarray(each)[rows].astype(np.int64) for each in reason.numbers(evidence)], axis=1)
    key = np.zeros(len(rows), np.int64)
    for column in numbers.T:
        lowest = column.min(initial=0)
        key = pd.factorize(key * (column.max(initial=0) - lowest + 1) + column - lowest)[0]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    words = np.array([reason.words(speech, *each) for each in numbers[first].tolist()], dtype=object)
    clauses: Array = words[place] if len(words) else np.empty(0, dtype=object)
    return clauses


def _standing(values: Array, rows: Array) -> Array:
    """(rows,) share of the examples that have less, half of those that have as much counted among them."""
    known = np.sort(values[~np.isnan(values)])
    asked = values[rows]
    below, up_to = (np.searchsorted(known, asked, side=side) for side in ("left", "right"))
    standing: Array = np.where(np.isnan(asked), 0.0, (below + up_to) / (2 * max(len(known), 1)))
    return standing


def _hundredths(values: Array) -> Array:
    rounded: Array = np.rint(100 * np.nan_to_num(values))
    return rounded


def _probability(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}" if hundredths else "less than 0.01"


def _seen(evidence: Evidence) -> Array:
    seen: Array = (~np.isnan(evidence.dynamics.signals["correct"])).sum(axis=1)
    return seen


def _learning_numbers(evidence: Evidence) -> list[Array]:
    """Epochs seen, and which of them was the first to be right, from 1; 0 if none was."""
    correct = evidence.dynamics.signals["correct"]
    right = correct == 1
    at = np.cumsum(~np.isnan(correct), axis=1)
    first = np.take_along_axis(at, right.argmax(axis=1)[:, None], axis=1)[:, 0]
    return [_seen(evidence), np.where(right.any(axis=1), first, 0)]


def _learning(_: Speech, seen: int, first: int) -> str:
    if first == 0:
        return f"never learned in {seen} epochs" if seen > 1 else "not learned in the one epoch"
    if first == 1:
        return ""
    if first < seen:
        return f"learned only from epoch {first} of {seen}"
    return f"learned only in the last epoch, after {first - 1} of disbelief (memorised late)"


def _forgetting(_: Speech, times: int) -> str:
    return f"learned and forgotten {'once' if times == 1 else f'{times} times'}" if times else ""


def _rival_numbers(evidence: Evidence) -> list[Array]:
    """The rival's number (-1: a span; -2: "no answer"), and in how many epochs; further ones; epochs seen; sureness."""
    rivals = evidence.alternatives
    columns = list(evidence.dynamics.predictions.values())
    rival = np.nan_to_num(rivals.take(columns[0]))
    number = rival if len(columns) == 1 else np.where(rival < 0, -2, -1)
    others = (evidence.dynamics.signals["correct"] == 0).sum(axis=1) - rivals.times
    return [number, rivals.times, others, _seen(evidence), _hundredths(rivals.sureness)]


def _rival(speech: Speech, number: int, times: int, others: int, seen: int, sureness: int) -> str:
    if not times:
        return ""
    if number >= 0:
        who = speech.name(number)
    elif number == -2:
        who = "'no answer'"
    else:
        who = f"the same other {speech.noun}" if times > 1 else f"another {speech.noun}"
    often = (
        f"{times} of {seen} epochs" if times < seen else f"all {seen} epochs" if seen > 1 else "the one epoch"
    )
    further = f", and yet others in {others}" if others else ""
    return f"{who} was {speech.chosen} in {often}, at {_probability(sureness)} on average{further}"


def _neighbours(evidence: Evidence) -> Neighbours:
    if evidence.neighbours is None:
        raise ValueError("There are no neighbours.")
    return evidence.neighbours


def _neighbour_numbers(evidence: Evidence) -> list[Array]:
    near = _neighbours(evidence)
    return [np.full(len(near.same), near.number), near.same, near.rival, near.rivals]


def _nearby(speech: Speech, count: int, same: int, rival: int, rivals: int) -> str:
    if same == count:
        return ""
    whole = f"{same or 'none'} of its {count} nearest neighbours share{'s' if same == 1 else ''} its {speech.noun}"
    return f"{whole}, {rivals} {'has' if rivals == 1 else 'have'} {speech.name(rival)}" if rivals else whole


NEARBY = Reason("neighbours", lambda e: _neighbours(e).against, _neighbour_numbers, _nearby)
REASONS: tuple[Reason, ...] = (
    Reason("learning", SIGNALS["first_learned"], _learning_numbers, _learning),
    Reason(
        "learning",
        lambda e: e.metric("forgetting_events"),
        lambda e: [np.nan_to_num(e.metric("forgetting_events"))],
        _forgetting,
    ),
    Reason("rival", SIGNALS["alternative_share"], _rival_numbers, _rival),
    Reason(
        "likelihood",
        SIGNALS["unlikely"],
        lambda e: [_hundredths(e.metric("confidence"))],
        lambda speech, p: f"the {speech.noun}'s probability was {_probability(p)} on average",
    ),
    Reason(
        "likelihood",
        SIGNALS["last_loss"],
        lambda e: [_hundredths(e.metric("last_gold_probability"))],
        lambda speech, p: f"the {speech.noun}'s probability was still {_probability(p)} in the last epoch",
    ),
    Reason(
        "likelihood",
        SIGNALS["low_aum"],
        lambda e: [np.rint(10 * np.clip(np.nan_to_num(e.metric("aum")), -1e6, 0))],
        lambda speech, aum: (
            f"the {speech.noun} scored {-aum / 10:.1f} below the best other one on average" if aum else ""
        ),
    ),
)
"""What a log gives, in the order in which it is told; of equally extreme ones about one thing the first."""

WITHOUT_MARGIN = tuple(reason for reason in REASONS if reason.extreme is not SIGNALS["low_aum"])
"""Those that can be given where a margin is in no unit that says something."""

LIKELIHOOD = tuple(reason for reason in WITHOUT_MARGIN if reason.about == "likelihood")
"""Those that can be given of a text."""
