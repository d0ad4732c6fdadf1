"""Which examples' regions another run would repeat."""

import numpy as np
import pandas as pd

from dataset_cartography.regions import CATEGORIES, RegionRule
from dataset_cartography.regions.columns import category_of, numbers_of
from dataset_cartography.regions.rules import Array
from dataset_cartography.uncertainty.probability import Spread, region_probabilities

STABLE = 0.8
"""A region's label is called stable if another run repeats it with this probability or more."""

PROBABILITIES = {name: f"{name}_probability" for name in CATEGORIES}
"""The columns of the regions' probabilities."""


def with_probabilities(
    df: pd.DataFrame,
    confidence: Array,
    variability: Array,
    rule: RegionRule,
    spread: Spread | None = None,
    *,
    stable_from: float = STABLE,
) -> pd.DataFrame:
    """Add the probabilities of the regions to a categorized map, and whether its own region is stable.

    Args:
        df: The map; its columns are added to.
        confidence: (runs, examples) as for `region_probabilities`.
        variability: (runs, examples).
        rule: What divides each run's map.
        spread: As for `region_probabilities`.
        stable_from: As for `merge_runs`.
    """
    probabilities = region_probabilities(confidence, variability, rule, spread)
    category = category_of(df)
    stable = np.zeros(len(df), dtype=bool)
    for (name, title), column in zip(PROBABILITIES.items(), probabilities.T, strict=True):
        df[title] = column
        stable |= (category == name) & (column >= stable_from)
    df["stable"] = stable
    return df


def stability_table(df: pd.DataFrame) -> pd.DataFrame:
    """Count the examples whose region is not stable.

    Args:
        df: A map of `merge_runs` or `jackknife_epochs`.

    Returns:
        A row per region and one of "all" (index "category"): `examples` in it; `not_stable`, how many of them; and
        `repeated`, the share of them that another run is expected to put into the same region again, the mean of
        their probabilities; NaN where there is none.
    """
    category, stable = category_of(df), df["stable"].to_numpy(dtype=bool)
    own = np.full(len(df), np.nan)
    for name, column in PROBABILITIES.items():
        own = np.where(category == name, numbers_of(df, column), own)
    rows = []
    for members in [*(category == name for name in CATEGORIES), np.isin(category, CATEGORIES)]:
        known = own[members & ~np.isnan(own)]
        repeated = float(known.mean()) if len(known) else np.nan
        rows.append([int(members.sum()), int((members & ~stable).sum()), repeated])
    index = pd.Index([*CATEGORIES, "all"], name="category")
    return pd.DataFrame(rows, index=index, columns=["examples", "not_stable", "repeated"])
