"""How probably another run would put an example into each region."""

import math

import numpy as np

from dataset_cartography.regions import CATEGORIES, RegionRule, ThresholdRule
from dataset_cartography.regions.rules import UNKNOWN, Array

PRIOR_RUNS = 0.25
"""So much of a run's weight has what the map says of all examples.

It keeps a few runs that agree from claiming certainty. Chosen together with the kernel on sixty recorded runs, by the
log-loss of a run that was held out (docs/uncertainty.md).
"""

Spread = tuple[float, float]
"""Standard deviations of (confidence, variability) between runs."""


def region_probabilities(
    confidence: Array, variability: Array, rule: RegionRule, spread: Spread | None = None
) -> Array:
    """Estimate the probability of each region for every example, in another run of the same kind.

    A run's place of an example is a guess of where another run would put it, as wrong as runs differ: a logistic
    distribution around that place, whose standard deviation s is the one between runs, pooled over the examples. With
    the distances to the borders of that run's regions, v = variability - border and c = confidence - border, and
    F(x) = 1 / (1 + exp(-π x / (√3 s))):

        P(ambiguous) = F(v),  P(easy) = (1 - F(v)) F(c),  P(hard) = (1 - F(v)) (1 - F(c)).

    An example's probability is the mean p over its n runs, drawn towards the mean m over all examples by a quarter of
    a run: (n p + m / 4) / (n + 1 / 4).

    The kernel estimate is that of Parzen (1962), Annals of Mathematical Statistics 33, with tails that are heavier than
    a normal distribution's.

    Args:
        confidence: (runs, examples), NaN where a run knows no place.
        variability: (runs, examples), likewise.
        rule: What divides each run's map.
        spread: (confidence's, variability's) standard deviation between runs; by default from these runs, two or more.

    Returns:
        (examples, 3) in the order of `CATEGORIES`, rows that sum to 1; NaN where no run knows a place.
    """
    steady = np.full(confidence.shape, np.nan)
    calm = np.full(confidence.shape, np.nan)
    for run, places in enumerate(zip(confidence, variability, strict=True)):
        across, along = borders(rule, *places)
        steady[run], calm[run] = places[0] - along, places[1] - across
    by_confidence, by_variability = spread or (between_runs(steady), between_runs(calm))
    ambiguous, easy = _beyond(calm, by_variability), _beyond(steady, by_confidence)
    regions = np.stack([(1 - ambiguous) * easy, ambiguous, (1 - ambiguous) * (1 - easy)], axis=-1)
    known = ~np.isnan(regions[..., 0])
    runs = known.sum(axis=0)[:, None]
    total = np.where(known[..., None], regions, 0.0).sum(axis=0)
    if not runs.any():
        return np.full((confidence.shape[1], len(CATEGORIES)), np.nan)
    usual = total.sum(axis=0) / runs.sum()
    return np.where(runs > 0, (total + PRIOR_RUNS * usual) / (runs + PRIOR_RUNS), np.nan)


def borders(rule: RegionRule, confidence: Array, variability: Array) -> Spread:
    """Where a rule divides a map: the variability from which on examples are ambiguous, the confidence of the easy.

    Of a rule that ranks, halfway between the two examples that the border parts; infinite where nothing lies beyond it.

    Args:
        rule: The rule.
        confidence: (examples,), NaN where unknown.
        variability: (examples,), likewise.
    """
    if isinstance(rule, ThresholdRule):
        return rule.variability, rule.confidence
    easy, ambiguous, hard = (rule.codes(confidence, variability) == code for code in range(UNKNOWN))
    return (
        _between(variability[easy | hard], variability[ambiguous]),
        _between(confidence[hard], confidence[easy]),
    )


def between_runs(values: Array) -> float:
    """Standard deviation between runs, pooled: the root of the examples' mean variance (n - 1); NaN if none has two.

    Args:
        values: (runs, examples), NaN where unknown.
    """
    return pooled(standard_deviation(values))


def pooled(deviations: Array) -> float:
    """The root of the mean square of standard deviations or errors that are known; NaN where none is."""
    known = deviations[np.isfinite(deviations)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else math.nan


def standard_deviation(values: Array) -> Array:
    """Of each example between its runs, with n - 1: (examples,); NaN where fewer than two runs have a finite value.

    Args:
        values: (runs, examples), NaN where unknown.
    """
    known = np.isfinite(values)
    count = known.sum(axis=0)
    # From the lowest on, so that equal values have none, and not that of a rounded mean.
    lowest = np.where(known, values, np.inf).min(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 is the NaN of an example with too few runs
        above = np.where(known, values - lowest, 0.0)
        deviations = np.where(known, above - above.sum(axis=0) / count, 0.0)
        return np.asarray(np.sqrt(np.where(count >= 2, (deviations**2).sum(axis=0), np.nan) / (count - 1)))


def _beyond(distance: Array, spread: float) -> Array:
    """Probability of lying at or above a border that is `distance` below; NaN stays."""
    if not spread > 0:  # runs that agree exactly
        return np.where(np.isnan(distance), np.nan, distance >= 0)
    # The logistic distribution function by tanh, which does not overflow.
    return 0.5 * (1 + np.tanh(distance * (math.pi / math.sqrt(12) / spread)))


def _between(below: Array, above: Array) -> float:
    if not len(above):
        return math.inf
    return (float(below.max()) + float(above.min())) / 2 if len(below) else -math.inf
