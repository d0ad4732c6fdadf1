"""Slices and pairs of slices tested against the rest of the examples, and what being many costs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dataset_cartography.slices.candidates import Candidates, smallest
from dataset_cartography.slices.intervals import chance_of, chance_of_z, holm, newcombe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

# Among many examples a trifle is significant; what is worth words is more than that.
_TELLING_RATIO, _TELLING_DIFFERENCE = 1.25, 0.10
_SINGLES, _PAIRS = 0.9, 0.1  # their parts of alpha
_UNLIKELY = 3.0  # a pair less than so many standard errors off cannot be named; its p is not looked up


@dataclass(frozen=True)
class Tally:
    """Examples counted by slice and by pair.

    Attributes:
        total: the examples there are.
        members: (regions, 1) those in each region.
        every: (M, M) those in both of two slices; in one, on the diagonal.
        inside: (regions, M, M) of these, those in each region.
    """

    total: int
    members: "Counts"
    every: "Counts"
    inside: "Counts"

    @classmethod
    def of(cls, candidates: Candidates, regions: "Mapping[str, Mask]", rows: "Mask") -> "Tally":
        """Count some of the rows; no example is in two regions."""
        group = np.zeros(len(rows), dtype=np.int8)
        for number, member in enumerate(regions.values(), start=1):
            group[member] = number
        counts = candidates.count(rows, group, len(regions) + 1)
        members = np.bincount(group[rows], minlength=len(regions) + 1)[1:, None]
        return cls(int(rows.sum()), members, counts.sum(axis=0), counts[1:])

    def __sub__(self, part: "Tally") -> "Tally":
        return Tally(
            self.total - part.total,
            self.members - part.members,
            self.every - part.every,
            self.inside - part.inside,
        )


class Effect(NamedTuple):
    """How much more of a region slices hold than the rest of the examples; one number of each, or (regions, T).

    Attributes:
        count: examples of the slice.
        share_inside: the region's share among them, 0 to 1.
        share_outside: its share among the rest.
        difference: of the two shares.
        low: the least that it may be; of all the family at once, none is less but with alpha.
        high: the most that it may be; of all the family at once, none is more but with alpha.
    """

    count: Any
    share_inside: Any
    share_outside: Any
    difference: Any
    low: Any
    high: Any

    def at(self, place: Any) -> "Effect":
        """Those of one slice, or of one region, as numbers or arrays."""
        return Effect(*(values[place] for values in self))


@dataclass(frozen=True)
class Tests:
    """The outcome of a family's tests, each (regions, T).

    Attributes:
        inside: examples of the slice that are in the region.
        effect: how much more that is than in the rest.
        z: standard errors above what members dealt at random would give.
        p: Fisher's exact test, two-sided; 1 for pairs that are far from holding more.
        adjusted: p for all of the family at once, and for the family's part of alpha.
        telling: whether the region's share is higher than the rest's by enough to be worth words.
    """

    inside: "Counts"
    effect: Effect
    z: "Numbers"
    p: "Numbers"
    adjusted: "Numbers"
    telling: "Mask"


@dataclass(frozen=True)
class Family:
    """What is tested together, in every region: single slices, or pairs of them.

    Attributes:
        first: (T,) a slice.
        second: (T,) another one; the same for single slices.
        regions: how many regions each is tested in.
        weight: (T,) the part of alpha that each test of it may use, in every region.
    """

    first: "Counts"
    second: "Counts"
    regions: int
    weight: "Numbers"

    @property
    def size(self) -> int:
        """How many tests that makes."""
        return self.regions * len(self.first)

    def run(self, tally: Tally, alpha: float) -> Tests:
        """Test all of it among all examples, with alpha for the intervals."""
        count, inside, members = self._counts(tally)
        z = standard_errors(*_expected(inside, count, members, tally.total))
        sought = np.full(z.shape, True) if np.array_equal(self.first, self.second) else z >= _UNLIKELY
        p = np.ones(z.shape)
        p[sought] = chance_of(inside[sought], count[sought], members[sought], tally.total)
        share, rest = inside / count, (members - inside) / (tally.total - count)
        ends = newcombe(inside, count, members, tally.total, level=1 - alpha * self.weight)
        effect = Effect(count, share, rest, share - rest, *ends)
        adjusted = holm(p, np.broadcast_to(self.weight, p.shape))
        return Tests(inside, effect, z, p, adjusted, telling(share, rest))

    def within(self, strata: list[Tally]) -> "tuple[Numbers, Numbers, Mask]":
        """Test all of it again, comparing examples of one stratum only (Cochran, Mantel, Haenszel).

        Returns:
            Each (regions, T): standard errors above chance; p, adjusted by Bonferroni; whether it is telling.
        """
        excess, variance, weights, shares, rests = (
            np.zeros((self.regions, len(self.first))) for _ in range(5)
        )
        for stratum in strata:
            count, inside, members = self._counts(stratum)
            more, spread = _expected(inside, count, members, stratum.total)
            excess, variance = excess + more, variance + spread
            rest = stratum.total - count
            weight = count * rest / max(stratum.total, 1)
            weights = weights + weight
            shares = shares + weight * inside / np.maximum(count, 1)
            rests = rests + weight * (members - inside) / np.maximum(rest, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            more = telling(shares / weights, rests / weights)
        corrected = np.maximum(np.abs(excess) - 0.5, 0)  # for continuity, as is customary
        p = chance_of_z(standard_errors(corrected, variance))
        return standard_errors(excess, variance), np.minimum(p / self.weight, 1.0), more

    def _counts(self, tally: Tally) -> "tuple[Counts, Counts, Counts]":
        """(regions, T) examples of each slice, those of them in the region, and all in the region."""
        inside = tally.inside[:, self.first, self.second]
        count = np.broadcast_to(tally.every[self.first, self.second], inside.shape)
        return count, inside, np.broadcast_to(tally.members, inside.shape)


def singles_and_pairs(candidates: Candidates, tally: Tally) -> tuple[Family, Family]:
    """All single slices, and their pairs.

    Nine tenths of alpha are for single slices: half of them for columns of the dataset's own, which somebody took
    the trouble to record, half for features. A tenth is for the pairs, which are many and seldom needed; one that
    is nearly one of its slices, or nearly empty, says nothing of its own and is not tested.
    """
    every, regions = np.arange(len(candidates.slices)), len(tally.members)
    derived = np.array([one.derived for one in candidates.slices], dtype=bool)
    kinds = np.array([np.sum(~derived), np.sum(derived)])
    weight = _SINGLES / np.sum(kinds > 0) / kinds[derived.astype(int)] if len(every) else np.empty(0)

    first, second = np.triu_indices(len(every), 1)
    column = np.array([one.column for one in candidates.slices], dtype=np.int64)
    shared, own = tally.every[first, second], np.diagonal(tally.every)
    smaller = np.minimum(own[first], own[second])
    least = smallest(tally.total)
    kept = (column[first] != column[second]) & (shared >= least) & (smaller - shared >= least)
    pairs = int(kept.sum())
    return (
        Family(every, every, regions, weight / regions),
        Family(first[kept], second[kept], regions, np.full(pairs, _PAIRS / max(pairs, 1) / regions)),
    )


def telling(share: Any, rest: Any) -> Any:
    """Whether a share is 1.25 times that of the rest, or 10 points more."""
    return (share > rest) & ((share >= _TELLING_RATIO * rest) | (share - rest >= _TELLING_DIFFERENCE))


def standard_errors(excess: Any, variance: Any) -> Any:
    """An excess in standard errors; 0 where nothing can vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, excess / np.sqrt(variance), 0.0)


def _expected(inside: Any, count: Any, members: Any, total: int) -> tuple[Any, Any]:
    """How many more members than the expected ones a slice holds, and the variance of their number."""
    share = members / max(total, 1)
    return inside - count * share, count * share * (1 - share) * (total - count) / max(total - 1, 1)
