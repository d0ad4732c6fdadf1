"""What was done to a training, as its manifest tells it."""

from collections.abc import Mapping
from typing import Any

from dataset_cartography.errors import InputError

PROVENANCE = "interventions"
"""Key of a manifest's provenance under which they are told."""


def refuse_others(before: Mapping[str, Any], now: Mapping[str, Any], where: str) -> None:
    """Refuse to go on with a run that was trained otherwise.

    Args:
        before: The provenance of the run.
        now: That of the one that would go on.
        where: The run's directory.

    Raises:
        InputError: That is so; the sentence says how it was trained.
    """
    told = [_told(facts.get(PROVENANCE, {})) for facts in (before, now)]
    if told[0] != told[1]:
        was, now_is = (", ".join(each) or "no intervention" for each in told)
        raise InputError(
            f"'{where}' was recorded in a training with {was}, and this run has {now_is}: resume with the same, or "
            "record into a new directory."
        )


def _told(noted: Mapping[str, Any]) -> list[str]:
    """In words, all that decides; where a map lies does not."""
    return [
        f"{name} ({', '.join(f'{key} {value}' for key, value in sorted(facts.items()) if key != 'map')})"
        for name, facts in sorted(noted.items())
    ]
