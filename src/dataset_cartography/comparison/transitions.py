"""Which region the examples of each region went to, and how well two maps agree on regions."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.regions import CATEGORIES

Floats = NDArray[np.float64]


class Kappa(NamedTuple):
    """Cohen's kappa and its interval; NaN where all examples are in one region on both maps."""

    value: float
    low: float
    high: float


_NONE = 1e-12  # a variance below it is none


def transitions_of(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Count the examples by their region on the first map (rows) and on the second (columns).

    Args:
        first: (examples,) with the column "category".
        second: The same examples in the same order.
        names: What the maps are called.

    Returns:
        (3, 3) whole numbers, both axes in the order of `CATEGORIES`.
    """
    n = len(CATEGORIES)
    before, after = (
        pd.Categorical(df["category"], categories=list(CATEGORIES)).codes.astype(np.int64)
        for df in (first, second)
    )
    known = (before >= 0) & (after >= 0)
    counts = np.bincount(before[known] * n + after[known], minlength=n * n).reshape(n, n)
    axes = [pd.Index(CATEGORIES, name=name) for name in names]
    return pd.DataFrame(counts, index=axes[0], columns=axes[1])


def cohen_kappa(transitions: pd.DataFrame, level: float = 0.95) -> Kappa:
    """Agreement on regions beyond chance (Cohen 1960), with the standard error of Fleiss, Cohen and Everitt (1969).

    Args:
        transitions: (k, k) counts.
        level: The chance, within 0 to 1, that the interval holds the kappa of all such examples.

    Returns:
        At most 1; 0 is what chance gives.
    """
    counts = transitions.to_numpy(dtype=np.float64)
    total = counts.sum()
    if not total:
        return Kappa(np.nan, np.nan, np.nan)
    shares = counts / total
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreed, chance = np.trace(shares), rows @ columns
    if 1 - chance < 1e-12:
        return Kappa(np.nan, np.nan, np.nan)
    kappa = (agreed - chance) / (1 - chance)
    # An example of the cell (i, j) adds to kappa its agreement, less what it adds to the agreement by chance: more
    # in row i meets the column of i, more in column j the row of j.
    own = np.eye(len(shares)) - (columns[:, None] + rows[None, :]) * (1 - kappa)
    variance = (shares * own**2).sum() - (kappa - chance * (1 - kappa)) ** 2
    if variance < _NONE:
        return _without_scatter(counts, float(kappa), level)
    half = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(variance / total) / (1 - chance)
    return Kappa(float(kappa), float(max(kappa - half, -1.0)), float(min(kappa + half, 1.0)))


def _without_scatter(counts: Floats, kappa: float, level: float) -> Kappa:
    """Kappa where its standard error is 0, as where all agree: the interval reaches as far as that of one more example.

    That example disagrees where the others agree, and the other way round, in each such cell by the same share.
    """
    agree = np.eye(len(counts))
    cells = 1 - agree if kappa > 0 else agree
    more = cohen_kappa(pd.DataFrame(counts + cells / cells.sum()), level)
    return Kappa(kappa, min(kappa, more.low), max(kappa, more.high))
