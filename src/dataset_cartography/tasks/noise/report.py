"""How well a ranking finds the wrong labels that were planted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError

_LOOKED_AT = (10, 100, 1000)


@dataclass(frozen=True)
class AtK:
    """What the first k of a ranking hold.

    Attributes:
        k: How many are looked at.
        found: Planted wrong labels among them.
        precision: found / k.
        recall: found / all planted.
        by_chance: What a random order would find on average.
    """

    k: int
    found: int
    precision: float
    recall: float
    by_chance: float


@dataclass(frozen=True)
class PlantedReport:
    """How well a ranking finds planted wrong labels.

    Attributes:
        planted: Wrong labels planted.
        ranked: Examples in the ranking.
        missing: Planted ones that the ranking lacks; they count as not found.
        at: For each k that was looked at, in order.
        average_precision: 0 to 1; the mean, over the planted, of the precision where each is found (0 for missing).
        to_catch_80: How many of the first must be reviewed to find 80% of the planted; None if the ranking ends before.
    """

    planted: int
    ranked: int
    missing: int
    at: tuple[AtK, ...]
    average_precision: float
    to_catch_80: int | None

    @property
    def own_to_catch_80(self) -> int | None:
        """How many of the others stand before that place; None as `to_catch_80`.

        Where wrong labels of the data's own are like the planted ones, reviewing so many finds 80% of them.
        """
        return None if self.to_catch_80 is None else self.to_catch_80 - -(-4 * self.planted // 5)

    @property
    def at_planted(self) -> AtK:
        """At k = the number of planted ones, where precision and recall are one (or at the ranking's end)."""
        k = min(self.planted, self.ranked)
        return next(each for each in self.at if each.k == k)

    def to_frame(self) -> pd.DataFrame:
        """A row for each k."""
        return pd.DataFrame([vars(each) for each in self.at]).set_index("k")


def planted_report(
    ranking: Iterable[Any], planted: pd.DataFrame | Iterable[Any], *, at: Sequence[int] | None = None
) -> PlantedReport:
    """Say how well a ranking finds planted wrong labels.

    Args:
        ranking: Example ids, most suspicious first, as a rule of all examples.
        planted: What `plant_label_noise` or `read_planted` gives, or the ids of the planted alone.
        at: What k to look at, 1 to the length of the ranking; by default 10, 100, 1000, and once and twice as many as
            were planted, as far as the ranking goes. The number planted is always among them.

    Raises:
        InputError: There is nothing planted, nothing ranked, an id twice in the ranking, a k out of reach, or ids of
            another type than the planted have.
    """
    order = list(ranking)
    wrong = set(planted["id"] if isinstance(planted, pd.DataFrame) else planted)
    _check(order, wrong)
    hit = np.array([example in wrong for example in order])
    found = np.cumsum(hit)
    count, total = len(wrong), len(order)
    places = np.flatnonzero(hit) + 1
    wanted = -(-4 * count // 5)
    looked = at if at is not None else [k for k in (*_LOOKED_AT, 2 * count) if k <= total]
    for k in looked:
        if not 1 <= k <= total:
            raise InputError(
                f"Cannot look at the {k} most suspicious of {total} examples; give a k from 1 to {total}."
            )
    return PlantedReport(
        planted=count,
        ranked=total,
        missing=count - int(found[-1]),
        at=tuple(
            AtK(k, int(hits), float(hits / k), float(hits / count), float(k * found[-1] / total))
            for k in sorted({*looked, min(count, total)})
            for hits in [found[k - 1]]
        ),
        average_precision=float((np.arange(1, len(places) + 1) / places).sum() / count),
        to_catch_80=int(places[wanted - 1]) if len(places) >= wanted else None,
    )


def unit_keys(ids: Iterable[Any], units: Iterable[Any]) -> list[str]:
    """What stands for each unit in a ranking of units: its number and its example's id."""
    return [f"{int(unit)} {example_id}" for example_id, unit in zip(ids, units, strict=True)]


def planted_units(planted: pd.DataFrame, labels: Sequence[str] | None) -> list[str]:
    """Which tags, or which labels of a set, were planted, as `unit_keys` has them.

    Args:
        planted: Of a task whose labels are lists: what `plant_label_noise` or `read_planted` gives.
        labels: The names of a set's labels, in the model's order.
    """
    keys: list[str] = []
    for example_id, original, wrong in planted[["id", "original", "planted"]].itertuples(index=False):
        if len(original) == len(wrong):  # tags: a set has one more or one less
            units = [
                place for place, (one, other) in enumerate(zip(original, wrong, strict=True)) if one != other
            ]
        else:
            numbers = {name: number for number, name in enumerate(labels or ())}
            units = sorted(numbers[name] for name in set(original) ^ set(wrong))
        keys += unit_keys([example_id] * len(units), units)
    return keys


def _check(order: list[Any], wrong: set[Any]) -> None:
    if not wrong:
        raise InputError("There are no planted labels to be found.")
    if not order:
        raise InputError("The ranking is empty: there is nothing to look at.")
    if len(set(order)) < len(order):
        repeated = next(example for position, example in enumerate(order) if example in order[:position])
        raise InputError(f"The ranking has the id {repeated!r} twice: rank each example once.")
    if isinstance(order[0], str) != isinstance(next(iter(wrong)), str):
        raise InputError(
            f"The ids differ in type: the ranking has {order[0]!r}, the planted have {next(iter(wrong))!r}. Give both "
            "as the dataset has them."
        )
