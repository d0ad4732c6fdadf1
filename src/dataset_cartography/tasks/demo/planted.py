"""How well a ranking finds the wrong labels that were planted: the one reader of the hidden truth."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dataset_cartography.errors import InputError


class PlantedReport(NamedTuple):
    """How many planted wrong labels are among the k most suspicious examples.

    Attributes:
        found: Wrong labels among the first k.
        k: How many of the most suspicious were looked at.
        expected_by_chance: What a random order would find on average, k · wrong / n.
    """

    found: int
    k: int
    expected_by_chance: float


def planted_wrong_found(
    suspicion_order: Sequence[str], truth: Mapping[str, str], k: int | None = None
) -> PlantedReport:
    """Count the planted wrong labels among the k most suspicious examples.

    Args:
        suspicion_order: Example ids, most suspicious first; n of them. Examples that a map lacks (left out of
            training) are not in it and do not count.
        truth: The planted truth by example id; "wrong_label" is what is looked for.
        k: How many to look at, 1 to n; by default as many as there are wrong labels in the order.

    Returns:
        The count found, k, and what chance would find.

    Raises:
        InputError: If an id has no planted truth, or k is not within 1 to n.
    """
    n = len(suspicion_order)
    unknown = [example for example in suspicion_order if example not in truth]
    if unknown:
        raise InputError(
            f"{len(unknown)} of {n} examples have no planted truth, '{unknown[0]}' for one; only the demo "
            "dataset and datasets made by planting noise have it."
        )
    wrong = [truth[example] == "wrong_label" for example in suspicion_order]
    if k is None:
        k = sum(wrong)
    elif not 1 <= k <= n:
        raise InputError(f"Cannot look at the {k} most suspicious of {n} examples; give a k from 1 to {n}.")
    return PlantedReport(sum(wrong[:k]), k, k * sum(wrong) / n if n else 0.0)
