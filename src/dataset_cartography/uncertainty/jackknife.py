"""What the epochs of one run say of the uncertainty of its map: a jackknife that leaves out one epoch at a time."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.metrics import variability
from dataset_cartography.metrics.reductions import variance_and_count
from dataset_cartography.regions import rule_of
from dataset_cartography.regions.columns import numbers_of
from dataset_cartography.regions.rules import Array
from dataset_cartography.regions.stability import leave_one_epoch_out
from dataset_cartography.uncertainty.probability import pooled
from dataset_cartography.uncertainty.stable import STABLE, with_probabilities

TO_ANOTHER_RUN = 0.6
"""What the jackknife's standard errors are multiplied by to say how far another run may lie.

In recorded runs of six datasets they were about twice the standard deviation between runs (median), which two runs,
this one and the other, both have: √2 / 2. By the log-loss of the other run's regions 0.6 was as good a factor as any
(docs/uncertainty.md).
"""

FEWEST = 3
"""Epochs, below which leaving one out leaves variability nothing to be the spread of."""


def jackknife_epochs(df: pd.DataFrame, dynamics: Dynamics, *, stable_from: float = STABLE) -> pd.DataFrame:
    """Add to one run's map what its own epochs say of its uncertainty.

    They do not say what another run would give: a run's epochs follow one another, each further trained than the last,
    so that leaving one out moves an example by how it was learnt and not by chance; and all of them go back
    to the same first weights. In recorded runs these standard errors were 1.2 to 4.3 times the
    standard deviation between runs, and hardly told which examples differ between them (docs/uncertainty.md). They are
    a guess of how far the map can be trusted, until there is a second seed.

    Args:
        df: The run's map with the column "category".
        dynamics: What it was made from, as `compute_map` gives both.
        stable_from: As for `merge_runs`.

    Returns:
        A copy with, per example, `confidence_se`, `variability_se`, `correctness_se` and `variability_bias` of
        `jackknife` (confidence and correctness are means, of which the jackknife knows no bias); and as for
        `merge_runs`, `easy_probability`, `ambiguous_probability`, `hard_probability` and `stable`, where the standard
        errors, pooled over the examples and multiplied by `TO_ANOTHER_RUN`, stand for what runs differ by.

    Raises:
        MissingColumnError: The map has no category.
    """
    probability, correct = (dynamics.signals[name] for name in ("gold_probability", "correct"))
    found = df.copy()
    errors = jackknife(probability, correct)
    for name, values in errors.items():
        found[name] = values
    guess = [TO_ANOTHER_RUN * pooled(errors[f"{name}_se"]) for name in ("confidence", "variability")]
    spread = guess[0], guess[1]
    places = [numbers_of(df, name)[None, :] for name in ("confidence", "variability")]
    if not np.isfinite(spread).all():  # too few epochs to tell
        places = [np.full_like(places[0], np.nan)] * 2
    return with_probabilities(found, places[0], places[1], rule_of(df), spread, stable_from=stable_from)


def jackknife(gold_probability: Array, correct: Array) -> dict[str, Array]:
    """Standard errors and bias by leaving out one of an example's n seen epochs at a time.

    With t the measure over all epochs, t_i without epoch i and t. the mean of these,

        se = sqrt((n - 1) / n · sum_i (t_i - t.)²),  bias = (n - 1) (t. - t).

    Of a mean that is s / √n, with s the standard deviation with n - 1, and no bias. Source: Efron and Tibshirani 1993,
    An Introduction to the Bootstrap, chapter 11 (11.4 and 11.5); they presume independent draws, which epochs are not.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.
        correct: (examples, epochs), 1 right, 0 wrong, NaN where unseen.

    Returns:
        `confidence_se`, `variability_se`, `variability_bias` and `correctness_se`, (examples,) each: NaN where fewer
        than three epochs were seen (two for those of means).
    """
    return {
        "confidence_se": _standard_error(gold_probability),
        **_of_variability(gold_probability),
        "correctness_se": _standard_error(correct),
    }


def pooled_errors(dynamics: Iterable[Dynamics]) -> dict[str, float]:
    """The jackknife's standard errors of several runs in one number each, beside what the runs really differ by.

    Args:
        dynamics: The runs'.

    Returns:
        Of confidence, variability and correctness the root mean square over examples and runs; NaN if never known.
    """
    names = ("confidence", "variability", "correctness")
    runs = []
    for run in dynamics:
        errors = jackknife(run.signals["gold_probability"], run.signals["correct"])
        runs.append([pooled(errors[f"{name}_se"]) for name in names])
    return {
        name: pooled(np.array(column)) for name, column in zip(names, zip(*runs, strict=True), strict=True)
    }


def _standard_error(values: Array) -> Array:
    """Of the mean over the seen epochs: the population standard deviation over √(n - 1)."""
    variance, count = variance_and_count(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count >= 2, np.sqrt(variance / (count - 1)), np.nan)


def _of_variability(gold_probability: Array) -> dict[str, Array]:
    spread = variability(gold_probability)
    count = np.sum(~np.isnan(gold_probability), axis=1)
    total, squares = np.zeros(len(spread)), np.zeros(len(spread))
    for seen, _, left in leave_one_epoch_out(gold_probability):
        change = np.where(seen, left - spread, 0.0)
        total += change
        squares += change * change
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        error = np.sqrt(np.maximum(squares - count * mean**2, 0.0) * (count - 1) / count)
    known = count >= FEWEST
    return {
        "variability_se": np.where(known, error, np.nan),
        "variability_bias": np.where(known, (count - 1) * mean, np.nan),
    }
