"""How much of the data each epoch of a map rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataset_cartography.datamap.modes import ModeWords
from dataset_cartography.dynamics import Dynamics
from dataset_cartography.log import Epoch

_LISTED = 10
"""At most so many epochs are named in a sentence."""


@dataclass(frozen=True)
class EpochCoverage:
    """What one epoch saw.

    Attributes:
        epoch: Its number.
        seen: Examples that it presented, with all of their windows.
        missing: The other examples of the dataset.
        in_part: Those of the missing of which some windows were presented, and others not.
        repeated: Those of the seen that were presented twice or more; the first presentation counts.
        complete: Whether it ran to its end and all of it could be written.
        note: Why it is not complete, if that is known.
    """

    epoch: int
    seen: int
    missing: int
    in_part: int = 0
    repeated: int = 0
    complete: bool = True
    note: str = ""


def cover(dynamics: Dynamics, closed: Sequence[Epoch]) -> tuple[EpochCoverage, ...]:
    """Count what each epoch saw.

    Args:
        dynamics: The map's.
        closed: The manifest's epochs that the map asks for; one without a row saw nothing, and has no dynamics.

    Returns:
        One of each closed epoch, in order.
    """
    presentations = dynamics.signals["presentations"]
    place = {number: column for column, number in enumerate(dynamics.epochs)}
    covered = []
    for epoch in closed:
        column = place.get(epoch.number)
        counts = presentations[:, column] if column is not None else np.zeros(len(presentations), np.int32)
        seen = int(np.count_nonzero(counts))
        covered.append(
            EpochCoverage(
                epoch=epoch.number,
                seen=seen,
                missing=len(counts) - seen,
                in_part=dynamics.seen_in_part[column] if column is not None else 0,
                repeated=int(np.count_nonzero(counts > 1)),
                complete=epoch.complete,
                note=epoch.note,
            )
        )
    return tuple(covered)


def coverage_of(facts: dict[str, Any]) -> tuple[EpochCoverage, ...]:
    """The coverage among a map's facts; empty where the map has none, as when it was read from CSV."""
    return tuple(EpochCoverage(**epoch) for epoch in facts.get("coverage", ()))


def coverage_sentences(coverage: Sequence[EpochCoverage], words: ModeWords) -> list[str]:
    """Say what the epochs saw; nothing where that is not known.

    Args:
        coverage: One of each epoch.
        words: What an epoch is called.
    """
    if not coverage:
        return []
    short = [epoch.epoch for epoch in coverage if epoch.missing]
    repeated = [epoch.repeated for epoch in coverage if epoch.repeated]
    once = "" if repeated else " once"
    each = f"in each of {len(coverage)} {words.epochs}" if len(coverage) > 1 else f"in the one {words.epoch}"
    if not short:
        sentences = [f"Every example was seen{once} {each}."]
    elif len(short) > _LISTED:
        sentences = [f"In {len(short)} of {len(coverage)} {words.epochs} not every example was seen."]
    else:
        sentences = [words.say("Note that not every example was seen in epoch ") + _listed(short) + "."]
    if repeated:
        low, high = min(repeated), max(repeated)
        most = "1 example was" if high == 1 else f"{high:,} examples were"
        where = f"one {words.epoch}" if len(repeated) == 1 else f"each of {len(repeated)} {words.epochs}"
        sentences.append(
            f"In {where}, {most if low == high else f'{low:,} to {most}'} presented twice or more, as samplers do to "
            "fill the last batch of several processes, or a curriculum by competence; the first presentation counts."
        )
    return sentences


def incomplete_sentences(coverage: Sequence[EpochCoverage], words: ModeWords) -> list[str]:
    """Say which epochs are not complete, and why; epochs of one reason together."""
    reasons: dict[str, list[int]] = {}
    for epoch in coverage:
        if not epoch.complete:
            reason = epoch.note or "cut short, or not all of it could be written"
            reasons.setdefault(reason, []).append(epoch.epoch)
    return [
        f"{words.epoch} {_listed(numbers)} is incomplete: {reason}" for reason, numbers in reasons.items()
    ]


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
