"""The search for slices that hold more of a region than the rest: all tested once, then chosen one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from dataset_cartography.slices.candidates import Candidates, Slice, find_candidates
from dataset_cartography.slices.intervals import chance_of
from dataset_cartography.slices.testing import Effect, Family, Tally, Tests, singles_and_pairs, telling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_ALIKE = 0.8  # slices that share so much of what either holds are one cause


class Finding(NamedTuple):
    """What a rule says.

    Attributes:
        region: where there is more.
        conditions: the slice that holds its examples, or the two.
        effect: how much more.
        adjusted: the chance that any slice holds so much more where all are alike; of a later finding also with
            those before it held fixed, whichever is greater.
        alike: slices with nearly the same examples, the most alike first.
    """

    region: str
    conditions: tuple[Slice, ...]
    effect: Effect
    adjusted: float
    alike: tuple[Slice, ...]


class _Found(NamedTuple):
    """A test that makes a rule: whether of a pair, in which region, of which slice or pair, and how sure."""

    pair: bool
    region: int
    place: int
    z: float
    adjusted: float


@dataclass(frozen=True)
class Search:
    """Everything tested once among all examples: single slices first, pairs second."""

    candidates: Candidates
    regions: "Mapping[str, Mask]"
    alpha: float
    tally: Tally
    families: tuple[Family, Family]
    tests: tuple[Tests, Tests]

    @classmethod
    def over(
        cls, frame: pd.DataFrame, regions: "Mapping[str, Mask]", titles: Mapping[str, str], alpha: float
    ) -> "Search":
        """Test all slices of a frame's columns in every region, each a mask of the frame's rows."""
        candidates = find_candidates(frame, titles)
        tally = Tally.of(candidates, regions, np.ones(len(frame), dtype=bool))
        singles, pairs = singles_and_pairs(candidates, tally)
        tests = singles.run(tally, alpha), pairs.run(tally, alpha)
        return cls(candidates, regions, alpha, tally, (singles, pairs), tests)

    def findings(self, most: int) -> Iterator[Finding]:
        """At most so many rules, the most telling first, each with those before it held fixed."""
        singles, pairs = (tests.telling & (tests.adjusted <= self.alpha) for tests in self.tests)
        eligible = singles, self._says_more(pairs)
        strata = [(np.ones(self.candidates.codes.shape[1], dtype=bool), self.tally)]
        for number in range(most):
            found = self._best(eligible, [tally for _, tally in strata])
            if found is None:
                return
            yield self._finding(found)
            if number + 1 < most:
                strata = self._split(strata, self.candidates.holds(self._slices(found.pair, found.place)))

    @property
    def tested(self) -> int:
        """Comparisons made, of slices and pairs in every region."""
        return sum(family.size for family in self.families)

    def effects(self) -> pd.DataFrame:
        """A row per region and single slice, those that hold more of the region first."""
        tests, slices = self.tests[0], self.candidates.slices
        tables = [
            pd.DataFrame(
                {
                    "region": name,
                    "feature": [one.feature for one in slices],
                    "title": [one.title for one in slices],
                    "slice": [one.label for one in slices],
                    **tests.effect.at(region)._asdict(),
                    "p": tests.p[region],
                    "adjusted_p": tests.adjusted[region],
                }
            )
            for region, name in enumerate(self.regions)
        ]
        order = np.argsort(-tests.z.ravel(), kind="stable")
        return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)

    def _says_more(self, fit: "Mask") -> "Mask":
        """Of these pairs, those that hold more of the region than what else each of their slices holds."""
        family, tests = self.families[1], self.tests[1]
        region, place = np.nonzero(fit)
        inside, count = tests.inside[region, place], tests.effect.count[region, place]
        more = np.ones(len(place), dtype=bool)
        for parent in (family.first[place], family.second[place]):
            members, total = self.tally.inside[region, parent, parent], self.tally.every[parent, parent]
            p = chance_of(inside, count, members, total) / family.weight[place]
            more &= (p <= self.alpha) & telling(inside / count, (members - inside) / (total - count))
        fit[region, place] = more
        return fit

    def _best(self, eligible: "tuple[Mask, Mask]", strata: list[Tally]) -> _Found | None:
        """The eligible test that is least likely by chance, with the strata held fixed.

        By p adjusted for being many, so that a pair, one of very many, goes before a single slice only if it
        tells clearly more; standard errors decide where p is too small to be told from 0.
        """
        found: list[_Found] = []
        for pair in (False, True):
            z, adjusted = self.tests[pair].z, self.tests[pair].adjusted
            fit = eligible[pair]
            if len(strata) > 1:
                z, adjusted_within, more = self.families[pair].within(strata)
                adjusted = np.maximum(adjusted, adjusted_within)
                fit = fit & more & (adjusted <= self.alpha)
            if not fit.any():
                continue
            least = fit & (adjusted == adjusted[fit].min())
            region, place = np.unravel_index(np.argmax(np.where(least, z, -np.inf)), fit.shape)
            at = int(region), self._own(pair, int(place), fit[region])
            found.append(_Found(pair, *at, float(z[at]), float(adjusted[at])))
        return min(found, key=lambda one: (one.adjusted, -one.z), default=None)

    def _own(self, pair: bool, place: int, fit: "Mask") -> int:
        """The same with columns of the dataset's own for features, where they hold nearly the same examples."""
        options = [
            [*(other for other in self._alike(one) if not self._derived(other)), one]
            if self._derived(one)
            else [one]
            for one in self._slices(pair, place)
        ]
        family = self.families[pair]
        for first, *second in product(*options):
            low, high = sorted((first, *(second or [first])))
            found = np.flatnonzero((family.first == low) & (family.second == high) & fit)
            if len(found):
                return int(found[0])
        return place

    def _derived(self, number: int) -> bool:
        return self.candidates.slices[number].derived

    def _split(self, strata: "list[tuple[Mask, Tally]]", held: "Mask") -> "list[tuple[Mask, Tally]]":
        """Each stratum's part that the rule holds, and the rest."""
        parts: list[tuple[Mask, Tally]] = []
        for rows, tally in strata:
            inside = rows & held
            counted = Tally.of(self.candidates, self.regions, inside)
            parts += [(inside, counted), (rows & ~held, tally - counted)]
        return [(rows, tally) for rows, tally in parts if tally.total]

    def _finding(self, found: _Found) -> Finding:
        effect = self.tests[found.pair].effect.at((found.region, found.place))
        numbers = self._slices(found.pair, found.place)
        numbers.sort(key=lambda number: -self.tests[0].z[found.region, number])
        alike = [] if found.pair else self._alike(numbers[0])
        return Finding(
            list(self.regions)[found.region],
            tuple(self.candidates.slices[number] for number in numbers),
            Effect(int(effect.count), *(float(value) for value in effect[1:])),
            found.adjusted,
            tuple(self.candidates.slices[number] for number in alike),
        )

    def _slices(self, pair: bool, place: int) -> list[int]:
        family = self.families[pair]
        both = [int(family.first[place]), int(family.second[place])]
        return both if pair else both[:1]

    def _alike(self, place: int) -> list[int]:
        """The other slices with nearly the same examples, the most alike first."""
        own, shared = np.diagonal(self.tally.every), self.tally.every[place]
        likeness = shared / (own + own[place] - shared)
        order = np.argsort(-likeness, kind="stable")
        return [int(other) for other in order if other != place and likeness[other] >= _ALIKE]
