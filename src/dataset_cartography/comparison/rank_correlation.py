"""Edge (extra: report): how alike two columns order the examples, and how sure that is."""

import math
import warnings
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset_cartography.errors import MissingExtraError

Floats = NDArray[np.float64]

_FEWEST = 5  # pairs, below which there is no interval: of 4, one order in 24 is the same by chance
_SAME = 1e-12  # nearer to 1 than that is 1


class Correlation(NamedTuple):
    """How alike two columns are over the examples that have both values.

    Attributes:
        examples: How many have.
        spearman: Spearman's rank correlation, -1 to 1; NaN where a column is constant.
        low: Low end of its interval.
        high: High end.
        pearson: Pearson's correlation, -1 to 1; NaN where a column is constant or not finite.
    """

    examples: int
    spearman: float
    low: float
    high: float
    pearson: float


def correlate(x: Floats, y: Floats, level: float = 0.95) -> Correlation:
    """Correlate two columns as `scipy.stats.spearmanr` and `pearsonr` do, over the examples that have both.

    The interval of Spearman's lies on Fisher's scale, atanh. Its half width is the wider of two standard errors, each
    of which fails where the other holds: √((1 + ρ²/2) / (n - 3)) of Bonett and Wright (2000, Psychometrika 65,
    23-28), which presumes that the scatter is as in a normal distribution, and the infinitesimal jackknife (Efron
    1982), which presumes nothing but enough examples, also of a rare value: what each example's weight changes in ρ,
    ties included. Where the order is the same throughout, both would be 0: see `_interval_of_one_order`. The interval
    speaks of other examples of the same kind, not of another training run.

    Args:
        x: (examples,), NaN where unknown.
        y: (examples,), NaN where unknown.
        level: The chance, within 0 to 1, that the interval holds the ρ of all such examples.

    Raises:
        MissingExtraError: SciPy is not installed.
    """
    stats = _stats()
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    n = len(x)
    if n < 2 or np.all(x == x[0]) or np.all(y == y[0]):
        return Correlation(n, np.nan, np.nan, np.nan, np.nan)
    finite = bool(np.isfinite(x).all() and np.isfinite(y).all())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of values that differ in the last digits alone
        pearson = float(stats.pearsonr(x, y).statistic) if finite else np.nan
    ranks = stats.rankdata(x), stats.rankdata(y)
    spearman = float(np.clip(np.corrcoef(*ranks)[0, 1], -1.0, 1.0))
    if 1 - abs(spearman) < _SAME:
        spearman = math.copysign(1.0, spearman)
    low, high = _interval(*ranks, spearman, level)
    return Correlation(n, spearman, low, high, pearson)


def _interval(x: Floats, y: Floats, spearman: float, level: float) -> tuple[float, float]:
    n = len(x)
    if n < _FEWEST:
        return -1.0, 1.0
    if abs(spearman) == 1:
        return _interval_of_one_order(x, spearman, level)
    normal = np.sqrt((1 + spearman**2 / 2) / (n - 3))
    free = _jackknife(x, y) / (1 - spearman**2)
    middle = np.arctanh(spearman)
    half = NormalDist().inv_cdf((1 + level) / 2) * max(normal, free)
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _interval_of_one_order(ranks: Floats, spearman: float, level: float) -> tuple[float, float]:
    """The interval where both columns have the same order, or the opposite: there the formulas know no scatter.

    Had more than ln(2 / (1 - level)) neighbours, 3.7 at 95%, been expected to change places, that none did would be
    rarer than (1 - level) / 2 (Poisson). Each would have cost ρ the square of the distance of their ranks.
    """
    distinct = np.unique(ranks)
    cost = float(np.diff(distinct).min() ** 2 / ((ranks - ranks.mean()) ** 2).sum())
    least = max(1 - math.log(2 / (1 - level)) * cost, -1.0)
    return (least, 1.0) if spearman > 0 else (-1.0, -least)


def _jackknife(x: Floats, y: Floats) -> float:
    """Standard error of Spearman's ρ from what each example's weight changes in it (Efron 1982), given the ranks.

    With u and v the ranks as fractions about 0, ρ is S(uv) / √(S(uu) S(vv)), S a mean over the examples. An example
    that is added changes S(uv) by its own u·v, and because all above it rank higher then.
    """
    n = len(x)
    u, v = (x - 0.5) / n - 0.5, (y - 0.5) / n - 0.5
    u, v = u - u.mean(), v - v.mean()
    uu, vv, uv = (u * u).mean(), (v * v).mean(), (u * v).mean()
    changes_uv = _centred(u * v + _above(x, v) + _above(y, u))
    changes_uu = _centred(u * u + 2 * _above(x, u))
    changes_vv = _centred(v * v + 2 * _above(y, v))
    changes = changes_uv / np.sqrt(uu * vv) - uv / np.sqrt(uu * vv) / 2 * (changes_uu / uu + changes_vv / vv)
    return float(np.sqrt((changes**2).mean() / (n - 3)))


def _above(ranks: Floats, weights: Floats) -> Floats:
    """For each example the mean over all of the weights of those that rank above it, ties counting by half."""
    place = (2 * ranks).astype(np.int64)  # ties share a rank, which is whole or a half
    total = np.bincount(place, weights=weights)
    higher = np.cumsum(total[::-1])[::-1] - total
    return np.asarray((higher + total / 2)[place] / len(ranks))


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean())


def _stats() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        raise MissingExtraError.of("Comparing maps", "report") from error
    return stats
