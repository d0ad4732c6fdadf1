"""One value of several runs' values: means of measures, middle values of counts and flags, votes of predictions."""

from collections.abc import Sequence

import numpy as np

from dataset_cartography.metrics import Metric
from dataset_cartography.regions.rules import Array


def together(metric: Metric, values: Array, seen: Array) -> Array:
    """One value per example of the runs that saw it, of the metric's own kind.

    A measure (float64) becomes its mean. A mean of counts or flags would be neither a count nor a flag, so of these
    the middle run's value is taken, of two middle ones the easier: a `first_learned_epoch` of 3 says that half of the
    runs or more had learned the example by epoch 3, `never_learned` that more than half never did. Where a run that
    saw the example has no value, it counts as harder than any value.

    Args:
        metric: What the values are.
        values: (runs, examples), NaN where missing.
        seen: (runs, examples), whether the run saw the example.

    Returns:
        (examples,) float64; where no run saw an example, of what they say all the same (0 presentations).
    """
    counted = seen | ~seen.any(axis=0)
    if metric.dtype == "float64":
        return mean_of(np.where(counted, values, np.nan))
    sign = -1.0 if metric.hard_end == "low" else 1.0  # sorted from easy to hard
    missing = np.isnan(values)
    ordered = np.where(missing & seen, np.inf, np.where(counted, sign * values, np.nan))
    ordered.sort(axis=0)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=0)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[None, :] // 2, axis=0)[0]
    return np.asarray(np.where(np.isposinf(middle) | np.isnan(middle), np.nan, sign * middle))


def mean_of(values: Array) -> Array:
    """Mean over the runs that have a value, (examples,); NaN where none has.

    Args:
        values: (runs, examples), NaN where missing.
    """
    known = ~np.isnan(values)
    mean = np.full(values.shape[1], np.nan)
    with np.errstate(invalid="ignore"):  # +inf with -inf
        total = np.where(known, values, 0.0).sum(axis=0)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    return mean


def most_voted(answers: Sequence[Array]) -> Array:
    """The run whose answer most runs give; of equal votes the first run's.

    Args:
        answers: The columns that make an answer together, (runs, examples) each, NaN where a run gives none.

    Returns:
        (examples,) positions of runs.
    """
    given = ~np.isnan(answers[0])
    votes = np.zeros(answers[0].shape, dtype=np.int32)
    for run in range(len(given)):
        alike = np.logical_and.reduce([column == column[run] for column in answers])
        votes[run] = (alike & given).sum(axis=0)
    return np.asarray(np.argmax(votes, axis=0))
