"""What a map says of wrong labels that were planted in its run: how many and how, never which."""

from collections.abc import Mapping
from typing import Any

PLANTED = "planted_labels"
"""Key of a run's provenance, and so of its maps' facts; a mapping with `share`, `kind`, `seed`, `count`."""


def planted_sentence(facts: Mapping[str, Any]) -> str | None:
    """Say that a run learnt labels that were made wrong on purpose, or None where it did not.

    Args:
        facts: A map's, or a manifest's provenance.
    """
    said = facts.get(PLANTED)
    if not said:
        return None
    return (
        f"{said['count']:,} of the labels that this run learnt ({100 * said['share']:g}%) were made wrong on purpose "
        f"({said['kind']}, seed {said['seed']}), to measure how well they are found; labels shown beside the map "
        "are the dataset's own"
    )
