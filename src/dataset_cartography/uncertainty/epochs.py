"""Whether a run was trained for enough epochs: when its map came to rest."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.metrics import confidence, variability
from dataset_cartography.regions import RegionRule
from dataset_cartography.regions.rules import UNKNOWN, Array
from dataset_cartography.slices import correlations

TOLERANCE = 0.05
"""A map has come to rest when one more epoch changes the region of at most this share of the examples."""


@dataclass(frozen=True)
class EpochsNeeded:
    """How the map of a run changed as epochs were added.

    Attributes:
        table: A row per epoch (index "epoch", its number), of the map of all epochs up to it: `moved`, the share of
            the examples whose region this epoch changed (NaN for the first); `same_region`, the share that is in the
            same region as with all epochs; `confidence` and `variability`, Spearman's rank correlations with those of
            all epochs (NaN where one is the same for all examples, as the variability of one epoch).
        settled: The number of the epoch after which no other moved more than the tolerance; None where the last did.
        tolerance: That share.
    """

    table: pd.DataFrame
    settled: int | None
    tolerance: float


def enough_epochs(dynamics: Dynamics, rule: RegionRule, tolerance: float = TOLERANCE) -> EpochsNeeded:
    """Make the map of the first epochs, of one more, and so on to all, and say what each epoch changed.

    A map of the first epochs is part of that of all, so agreement with it grows by itself and is 1 at the end: what
    tells whether the map came to rest is how much each epoch still `moved`. It cannot tell what epochs would do that
    were not trained, nor what another seed would.

    Args:
        dynamics: The run's.
        rule: What divides a map into regions.
        tolerance: The share of the examples that may change region without the map counting as moving, 0 to 1.
    """
    probability = dynamics.signals["gold_probability"]
    places = [
        (confidence(probability[:, :stop]), variability(probability[:, :stop]))
        for stop in range(1, len(dynamics.epochs) + 1)
    ]
    regions = [rule.codes(*place) for place in places]
    moved = [np.nan] + [1 - _alike(one, two) for one, two in pairwise(regions)]
    table = pd.DataFrame(
        {
            "moved": moved,
            "same_region": [_alike(codes, regions[-1]) for codes in regions],
            "confidence": [_spearman(place[0], places[-1][0]) for place in places],
            "variability": [_spearman(place[1], places[-1][1]) for place in places],
        },
        index=pd.Index(dynamics.epochs, name="epoch"),
    )
    # The first epoch, NaN, counts as moving.
    last = [number for number, share in zip(dynamics.epochs, moved, strict=True) if not share <= tolerance][
        -1
    ]
    return EpochsNeeded(table, None if last == dynamics.epochs[-1] else last, tolerance)


def _alike(one: Array, two: Array) -> float:
    """Share of the examples that are in the same region, of those that are in one in both."""
    known = (one != UNKNOWN) & (two != UNKNOWN)
    return float(np.mean(one[known] == two[known])) if known.any() else np.nan


def _spearman(one: Array, two: Array) -> float:
    return float(correlations(pd.DataFrame({"one": one, "two": two}), ["one", "two"]).to_numpy()[0, 1])
