"""Rules that divide a map into easy, ambiguous and hard.

A rule is a small frozen object; calling it with confidence and variability gives every example one
region. High variability is ambiguous; else confidence decides between easy and hard.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dataset_cartography.errors import InputError

Array = NDArray[Any]

CATEGORIES = ("easy", "ambiguous", "hard")
"""The regions in the order of their difficulty."""

CONFIDENCE_THRESHOLD = 0.5
"""At or above it the gold label got, on average, at least as much probability as all others together."""

VARIABILITY_THRESHOLD = 0.2
"""Two fifths of the greatest population standard deviation of a probability, 0.5.

Five epochs reach it when one of them lies 0.5 away from the other four; a steady drift reaches it when it
spans about 0.57 of the scale. It is close to 0.19, above which the top third of the map lies that the
paper's authors published for WinoGrande.
"""

Method = Literal["threshold", "quantile"]
METHODS: tuple[Method, ...] = ("threshold", "quantile")
"""What `categorize_examples` can divide by."""

QUANTILE_LEVELS = (1 / 2, 2 / 3)
"""Default levels of confidence and variability: thirds. Of the rest, below the median is hard."""

UNKNOWN = len(CATEGORIES)
"""The code of an example that no region can be given."""

_EASY, _AMBIGUOUS, _HARD = range(UNKNOWN)
_NAMES = np.array([*CATEGORIES, None], dtype=object)


class RegionRule(ABC):
    """A partition of the map: every example with a confidence gets exactly one region."""

    def __call__(self, confidence: Array, variability: Array) -> Array:
        """Name each example's region.

        Args:
            confidence: (examples,), 0 to 1, NaN where unknown.
            variability: (examples,), 0 to 0.5, NaN where unknown.

        Returns:
            (examples,) objects: "easy", "ambiguous", "hard", or None where either is NaN.
        """
        return _NAMES[self.codes(np.asarray(confidence, float), np.asarray(variability, float))]

    def codes(self, confidence: Array, variability: Array) -> Array:
        """Number each example's region by its place in `CATEGORIES`, 3 where either value is NaN."""
        codes = np.full(len(confidence), UNKNOWN, dtype=np.intp)
        known = ~(np.isnan(confidence) | np.isnan(variability))
        codes[known] = self._partition(confidence[known], variability[known])
        return codes

    @abstractmethod
    def _partition(self, confidence: Array, variability: Array) -> Array:
        """Number the regions of examples that all have both values."""


@dataclass(frozen=True)
class ThresholdRule(RegionRule):
    """Ambiguous at or above a variability; of the rest, easy at or above a confidence; else hard.

    Args:
        confidence: Between 0 and 1.
        variability: Between 0 and 0.5, the range of a population standard deviation of probabilities.

    Raises:
        InputError: A threshold is out of its range.

    Example:
        >>> ThresholdRule()(np.array([0.9, 0.1, 0.5]), np.array([0.1, 0.1, 0.3])).tolist()
        ['easy', 'hard', 'ambiguous']
    """

    confidence: float = CONFIDENCE_THRESHOLD
    variability: float = VARIABILITY_THRESHOLD

    def __post_init__(self) -> None:
        _check_range("The confidence threshold", self.confidence, 1)
        _check_range("The variability threshold", self.variability, 0.5)

    def _partition(self, confidence: Array, variability: Array) -> Array:
        steady = np.where(confidence >= self.confidence, _EASY, _HARD)
        return np.where(variability >= self.variability, _AMBIGUOUS, steady)


@dataclass(frozen=True)
class QuantileRule(RegionRule):
    """The paper's top thirds made into a partition of exact counts.

    Of n examples, the round(n * ambiguous) of highest variability are ambiguous; of the rest, the
    round(n * hard) of lowest confidence are hard; what remains is easy. Ties in variability go to the
    lower confidence, ties in confidence to the higher variability, and full ties to the earlier row.

    Args:
        ambiguous: Share of all examples, 0 to 1.
        hard: Share of all examples, 0 to 1.

    Raises:
        InputError: A share is out of its range, or the two are more than 1 together.

    Example:
        >>> QuantileRule()(np.array([0.9, 0.1, 0.5]), np.array([0.1, 0.1, 0.3])).tolist()
        ['easy', 'hard', 'ambiguous']
    """

    ambiguous: float = 1 / 3
    hard: float = 1 / 3

    def __post_init__(self) -> None:
        _check_range("The ambiguous share", self.ambiguous, 1)
        _check_range("The hard share", self.hard, 1)
        if self.ambiguous + self.hard > 1 + 1e-9:
            raise InputError(
                f"The ambiguous and the hard share must be at most 1 together; "
                f"got {self.ambiguous} and {self.hard}."
            )

    def _partition(self, confidence: Array, variability: Array) -> Array:
        total = len(confidence)
        ambiguous = _lowest(round(total * self.ambiguous), -variability, confidence)
        codes = np.where(ambiguous, _AMBIGUOUS, _EASY)
        rest = np.flatnonzero(~ambiguous)
        hard = _lowest(min(round(total * self.hard), len(rest)), confidence[rest], -variability[rest])
        codes[rest[hard]] = _HARD
        return codes


def region_rule(
    method: str = "threshold",
    confidence_threshold: float | None = None,
    variability_threshold: float | None = None,
) -> RegionRule:
    """Make the rule that `categorize_examples` applies; its arguments and errors are the same."""
    if method == "threshold":
        return ThresholdRule(
            CONFIDENCE_THRESHOLD if confidence_threshold is None else confidence_threshold,
            VARIABILITY_THRESHOLD if variability_threshold is None else variability_threshold,
        )
    if method == "quantile":
        low = QUANTILE_LEVELS[0] if confidence_threshold is None else confidence_threshold
        top = QUANTILE_LEVELS[1] if variability_threshold is None else variability_threshold
        _check_range("The quantile level of confidence", low, 1)
        _check_range("The quantile level of variability", top, 1)
        return QuantileRule(ambiguous=1 - top, hard=low * top)
    raise InputError(f"Unknown method '{method}'; choose one of: {', '.join(METHODS)}.")


def _lowest(count: int, key: Array, tie_key: Array) -> Array:
    """Mask of exactly `count` places with the lowest key; a partition, not a sort of everything."""
    chosen = np.zeros(len(key), dtype=bool)
    if count > 0:
        last = np.partition(key, count - 1)[count - 1]
        chosen[key < last] = True
        ties = np.flatnonzero(key == last)
        order = np.argsort(tie_key[ties], kind="stable")
        chosen[ties[order[: count - np.count_nonzero(chosen)]]] = True
    return chosen


def _check_range(what: str, value: float, high: float) -> None:
    if not isinstance(value, Real) or not 0 <= float(value) <= high:
        raise InputError(f"{what} must be between 0 and {high}; got {value}.")
