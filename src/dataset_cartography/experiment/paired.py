"""Edge (extra: report): how far apart two arms score, and how sure that is given both chances that made it so."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError, MissingExtraError

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
"""The chance that an interval of an experiment holds the true difference."""


class Difference(NamedTuple):
    """How much higher one arm scores than another, by the same seeds and evaluation examples.

    Attributes:
        mean: Over seeds and examples, in the unit of the scores.
        low: Low end of its interval.
        high: High end.
        standard_error: Half the interval is this times Student's t.
        degrees_of_freedom: Those of that t.
        seeds: With one seed the interval knows of the evaluation examples only, and nothing of another training:
            it supports no claim.
        examples: Evaluation examples.
    """

    mean: float
    low: float
    high: float
    standard_error: float
    degrees_of_freedom: float
    seeds: int
    examples: int

    @property
    def excludes_zero(self) -> bool:
        """Whether two trainings or more say that the difference is not zero."""
        return self.seeds > 1 and (self.low > 0 or self.high < 0)


def paired_difference(
    a: npt.ArrayLike, b: npt.ArrayLike, level: float = LEVEL, *, clusters: npt.ArrayLike | None = None
) -> Difference:
    """The mean of a - b, with an interval for other trainings and other evaluation examples of the same kind.

    The difference d of seed i (of k) on example j (of n) has an effect of the seed, one of the example and a rest.
    Then, of the variances of the k means per seed and of the n means per example,

        SE² = s²(d̄ of each seed) / k + s²(d̄ of each example) / n,

    with degrees of freedom after Welch and Satterthwaite (1946, Biometrics Bulletin 2, 110-114). The rest is in both
    terms, so that SE² is on average too large by its variance / (k n), and not too small (crossed random effects:
    Searle, Casella and McCulloch 1992, Variance Components; Owen 2007, Annals of Applied Statistics 1, 386-411).

    With few seeds Satterthwaite's degrees are too many where the seeds decide. The interval is therefore the wider of
    that and Student's t of the k means per seed alone, k - 1 degrees. With one seed only the second term is known.

    Args:
        a: (seeds, examples) scores.
        b: The same seeds and examples in the same order.
        level: The chance, within 0 to 1, that the interval holds the difference of all such trainings and examples.
        clusters: (examples,) group of each example, where examples of one group tend to fare alike, such as questions
            on one paragraph. The second term is then c / (c - 1) · Σ (Σ (d̄ of each example - mean) of each group)² / n²
            over the c groups, the same where each example is its own group; its degrees of freedom are c - 1.

    Raises:
        InputError: The shapes differ, there is no seed or fewer than two examples or groups, or a score or group is
            missing.
        MissingExtraError: SciPy is not installed.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 2 or first.shape != second.shape:
        raise InputError(
            f"Scores of shapes {first.shape} and {second.shape} cannot be compared; both must be (seeds, examples)."
        )
    seeds, examples = first.shape
    if seeds < 1 or examples < 2:
        raise InputError(f"{seeds} seeds and {examples} examples were scored; compare 1 and 2 or more.")
    differences = first - second
    if not np.isfinite(differences).all():
        raise InputError("A score is missing or not finite, so no difference can be told.")
    by_seed, by_example = differences.mean(axis=1), differences.mean(axis=0)
    mean = float(by_seed.mean())
    # What repeats itself exactly has no spread, but for what rounding leaves of it.
    noise = (1e-12 * np.abs(differences).max()) ** 2
    of_examples, groups = _variance_of_mean(by_example - mean, clusters)
    students_t = scipy_special().stdtrit

    def interval(variance: float, degrees: float) -> tuple[float, float, float]:
        error = float(np.sqrt(variance)) if variance > noise else 0.0
        return float(students_t(degrees, (1 + level) / 2)) * error, error, float(degrees)

    candidates = [interval(of_examples, groups - 1)]
    if seeds > 1:
        of_seeds = float(by_seed.var(ddof=1)) / seeds
        both = of_seeds + of_examples
        squares = of_seeds**2 / (seeds - 1) + of_examples**2 / (groups - 1)
        degrees = both**2 / squares if squares > 0 else groups - 1
        candidates = [interval(both, degrees), interval(of_seeds, seeds - 1)]
    half, error, degrees = max(candidates, key=lambda each: each[0])
    return Difference(mean, mean - half, mean + half, error, degrees, seeds, examples)


def _variance_of_mean(residuals: Floats, clusters: npt.ArrayLike | None) -> tuple[float, int]:
    """The variance of the mean over examples, and of how many independent groups it is."""
    n = len(residuals)
    codes = np.arange(n)
    if clusters is not None:
        codes = pd.factorize(np.asarray(clusters))[0]
        if codes.shape != (n,) or codes.min() < 0:
            raise InputError(f"Give each of the {n:,} evaluation examples a group.")
    sums = np.bincount(codes, weights=residuals)
    groups = len(sums)
    if groups < 2:
        raise InputError("All evaluation examples are of one group; a difference needs two groups or more.")
    return float((sums**2).sum() / n**2 * groups / (groups - 1)), groups


def scipy_special() -> Any:
    """SciPy's functions; an experiment asks for them before its hours of training.

    Raises:
        MissingExtraError: SciPy is not installed.
    """
    try:
        from scipy import special
    except ImportError as error:
        raise MissingExtraError.of("An experiment", "report") from error
    return special
