"""How well one run's numbers repeat in another, and how many runs are enough."""

import math

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.metrics import METRICS
from dataset_cartography.regions.columns import numbers_of
from dataset_cartography.regions.rules import Array
from dataset_cartography.uncertainty.merge import BETWEEN
from dataset_cartography.uncertainty.probability import pooled

TARGET = 0.9
"""The reliability from which on means over runs are usually called good enough to rank single examples by."""


def reliability_table(df: pd.DataFrame, target: float = TARGET) -> pd.DataFrame:
    """Say of a merged map how reliable its measures are, and how many runs would make them as reliable as asked.

    Args:
        df: A map of `merge_runs`.
        target: Of the mean over runs, within 0 to 1.

    Returns:
        A row per measure (index "metric"): `between`, the standard deviation between runs pooled over the examples;
        `one_run`, the `intraclass_correlation`; `these_runs`, the reliability of the mean of as many runs as were
        merged; and `runs_needed` for the target, missing where no number of runs is enough. NaN where a measure is the
        same for all examples in all runs.

    Raises:
        InputError: The target is out of its range.
        MissingColumnError: The map was not made of several runs.
    """
    if not 0 < target < 1:
        raise InputError(f"The reliability aimed at is {target:g}; give a number between 0 and 1.")
    if "runs" not in df.columns:
        raise MissingColumnError.of(
            "runs", [str(name) for name in df.columns], "the map", "Merge several runs with merge_runs first."
        )
    count = numbers_of(df, "runs")
    rows = {}
    for name, metric in METRICS.items():
        if metric.dtype == "float64" and f"{name}{BETWEEN}" in df.columns:
            mean, deviation = numbers_of(df, name), numbers_of(df, f"{name}{BETWEEN}")
            one = intraclass_correlation(mean, deviation, count)
            rows[name] = {
                "between": pooled(deviation),
                "one_run": one,
                "these_runs": spearman_brown(one, float(count.max())),
                "runs_needed": runs_needed(one, target),
            }
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["between", "one_run", "these_runs", "runs_needed"]
    )
    return table.astype({"runs_needed": "Int64"}).rename_axis("metric")


def intraclass_correlation(mean: Array, deviation: Array, count: Array) -> float:
    """How much of a measure's variance lies between the examples, and not between runs of one example.

    One-way random effects, ICC(1,1) of Shrout and Fleiss (1979, Psychological Bulletin 86, 420-428), for unequal
    numbers of runs: of N examples with n_i runs, of mean m_i and standard deviation s_i (n_i - 1),

        B = Σ n_i (m_i - m)² / (N - 1),  W = Σ (n_i - 1) s_i² / Σ (n_i - 1),
        n0 = (Σ n_i - Σ n_i² / Σ n_i) / (N - 1),  ICC = (B - W) / (B + (n0 - 1) W).

    A run that puts all examples higher than another does counts as disagreement. It is 1 where all runs agree, and 0
    or a little below where a run says nothing of the next.

    Args:
        mean: (examples,).
        deviation: (examples,), NaN where fewer than two runs are known; such examples are left out.
        count: (examples,), runs.

    Returns:
        At most 1; NaN where fewer than two examples are known, or all values are the same.
    """
    known = np.isfinite(mean) & np.isfinite(deviation) & (count >= 2)
    m, s, n = mean[known], deviation[known], count[known]
    if len(m) < 2:
        return math.nan
    total = n.sum()
    between = float((n * (m - (n * m).sum() / total) ** 2).sum() / (len(m) - 1))
    within = float(((n - 1) * s**2).sum() / (n - 1).sum())
    size = float((total - (n**2).sum() / total) / (len(m) - 1))
    whole = between + (size - 1) * within
    rounding = (1e-9 * float(np.abs(m).max())) ** 2
    return (between - within) / whole if whole > rounding else math.nan


def spearman_brown(reliability: float, runs: float) -> float:
    """Reliability of the mean of several runs: k r / (1 + (k - 1) r) (Spearman 1910, Brown 1910).

    Args:
        reliability: r, of one run, at most 1.
        runs: k.
    """
    return runs * reliability / (1 + (runs - 1) * reliability) if reliability > 0 else reliability


def runs_needed(reliability: float, target: float = TARGET) -> int | None:
    """The fewest runs whose mean is as reliable as asked: k = t (1 - r) / (r (1 - t)), rounded up.

    Args:
        reliability: r, of one run.
        target: t, within 0 to 1.

    Returns:
        None where one run is not reliable at all, or that is not known.
    """
    if not reliability > 0:
        return None
    needed = target * (1 - reliability) / (reliability * (1 - target))
    return max(1, math.ceil(needed - 1e-9))
