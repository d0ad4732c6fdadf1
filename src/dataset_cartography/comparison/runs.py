"""Several runs of two settings: how far apart the settings lie, beside how far apart runs of one setting do."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.comparison.compare import Comparison, compare_maps, with_regions
from dataset_cartography.comparison.facts import check_comparable, differing_facts
from dataset_cartography.comparison.pairs import Floats, furthest_first, pair, place_of, shift
from dataset_cartography.comparison.relabelled import Relabelled, compare_labels
from dataset_cartography.errors import InputError

BETWEEN = "between"
"""What pairs of runs of two settings are called."""

_COMPARED = (
    "spearman_confidence",
    "spearman_variability",
    "spearman_correctness",
    "kappa",
    "moved_share",
    "median_shift",
    "suspects_shared_share",
)
_LESS_IS_ALIKE = ("moved_share", "median_shift")


@dataclass(frozen=True)
class RunsComparison:
    """How runs of two settings relate.

    Attributes:
        names: What the settings are called.
        runs: (first setting's, second setting's) names of runs.
        examples: On all maps with a place; all numbers are of these.
        left_out: On the largest map, and not on all with a place.
        differences: What the runs were recorded from, where that differs: index fact, a column per run.
        notes: Sentences that qualify the comparison.
        pairs: A row per two runs: first, second, kind ("within …" a setting, or "between"), and the figures of their
            comparison that say how alike they are.
        movers: Index id, the further beyond the spread the earlier: shift (mean over pairs of runs of two settings),
            spread (mean over pairs of runs of one), beyond (shift less spread), and the mean confidence and
            variability of both settings. A shift is as in `Comparison.movers`.
        relabelled: Which examples have another label in the second setting, and how far beyond the spread these moved;
            None where no labels were given.
    """

    names: tuple[str, str]
    runs: tuple[tuple[str, ...], tuple[str, ...]]
    examples: int
    left_out: int
    differences: pd.DataFrame
    notes: tuple[str, ...]
    pairs: pd.DataFrame
    movers: pd.DataFrame
    relabelled: Relabelled | None = None

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row per figure and kind of pair (index of two levels): pairs, lowest, mean, highest."""
        figures = [name for name in _COMPARED if name in self.pairs.columns]
        long = self.pairs.melt(["kind"], figures, "figure", "value")
        grouped = long.groupby(["figure", "kind"], sort=False)["value"]
        table = pd.DataFrame(
            {
                "pairs": grouped.count(),
                "lowest": grouped.min(),
                "mean": grouped.mean(),
                "highest": grouped.max(),
            }
        )
        kinds = list(dict.fromkeys(self.pairs["kind"]))
        return table.reindex(pd.MultiIndex.from_product([figures, kinds], names=["figure", "kind"]))

    def stands_out(self, figure: str) -> bool | None:
        """Whether every two runs of two settings are less alike in a figure than every two runs of one.

        None where that is not known: a setting has one run, or the figure of a pair is not known.
        """
        if min(map(len, self.runs)) < 2 or self.pairs[figure].isna().any():
            return None
        between = self.pairs["kind"] == BETWEEN
        sign = -1 if figure in _LESS_IS_ALIKE else 1
        values = sign * self.pairs[figure]
        return bool(values[between].max() < values[~between].min())

    @property
    def splits(self) -> int:
        """In how many ways these runs could be divided into two settings of these sizes.

        If the settings do not matter, each is as likely, and a figure can stand out in one of them at most (any other
        calls pairs of runs of one setting "between"): it does so by accident in at most one case of so many.
        """
        sizes = [len(runs) for runs in self.runs]
        return math.comb(sum(sizes), sizes[0]) // (2 if sizes[0] == sizes[1] else 1)

    @cached_property
    def figures(self) -> dict[str, float]:
        """Every number by a name of its own, as `--fail-if` and `--json` have them: means over pairs of runs."""
        named: dict[str, float] = {"examples": self.examples}
        within = self.pairs["kind"] != BETWEEN
        for figure in _COMPARED:
            if figure in self.pairs.columns:
                named[f"between_{figure}"] = float(self.pairs.loc[~within, figure].mean())
                named[f"within_{figure}"] = float(self.pairs.loc[within, figure].mean())
        if self.relabelled:
            named["labels"] = self.relabelled.known
            named["relabelled"] = len(self.relabelled.ids)
            named["relabelled_median_beyond"] = self.relabelled.median
            named["same_label_median_beyond"] = self.relabelled.median_others
        return named


def compare_runs(
    first: Mapping[str, pd.DataFrame],
    second: Mapping[str, pd.DataFrame],
    *,
    names: tuple[str, str] = ("first", "second"),
    suspects: Mapping[str, pd.DataFrame] | None = None,
    most_suspects: int | None = None,
    labels: "tuple[pd.Series[Any], pd.Series[Any]] | None" = None,
    level: float = 0.95,
) -> RunsComparison:
    """Compare runs of two settings, such as seeds of two models, two by two.

    Args:
        first: Name of a run to its map, of the first setting.
        second: Those of the second; together three or more.
        names: What the settings are called.
        suspects: Name of a run to its frame of `find_label_errors`, for all runs or none.
        most_suspects: As for `compare_maps`.
        labels: As for `compare_maps`, of the two settings.
        level: As for `compare_maps`.

    Raises:
        InputError: As `compare_maps`; or a run has two names, a setting none, or no setting has two runs.
        MissingColumnError: A map lacks confidence or variability.
        MissingExtraError: SciPy is not installed.
    """
    if names[0] == names[1]:
        raise InputError(f"Both settings are called '{names[0]}': give them two names.")
    runs = tuple(first), tuple(second)
    if not first or not second or len(first) + len(second) < 3:
        raise InputError(
            f"There are {len(first)} and {len(second)} runs: give one or more of each, together three."
        )
    if twice := set(first) & set(second):
        raise InputError(f"The run '{min(twice)}' is named in both settings; a run belongs to one.")
    given = {**first, **second}
    maps = _common(given)
    examples = len(next(iter(maps.values())))
    rows = []
    for kind, one, other in _kinds(runs, names):
        frames = (suspects[one], suspects[other]) if suspects else None
        found = compare_maps(
            maps[one],
            maps[other],
            names=(one, other),
            suspects=frames,
            most_suspects=most_suspects,
            level=level,
        )
        rows.append({"first": one, "second": other, "kind": kind, **_alike(found)})
    movers = _movers(maps, runs)
    return RunsComparison(
        names=names,
        runs=runs,
        examples=examples,
        left_out=max(map(len, given.values())) - examples,
        differences=differing_facts(maps),
        notes=tuple(check_comparable(maps)),
        pairs=pd.DataFrame(rows),
        movers=movers,
        relabelled=compare_labels(labels, movers["beyond"]) if labels else None,
    )


def _common(maps: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The examples that all maps have a place for, in one order."""
    (name, first), *others = maps.items()
    known = first.index
    for other, df in others:
        pairs = pair(first, df, (name, other))
        known = known[pairs.first.index.get_indexer(known) >= 0]  # isin goes through texts one by one
    if known.empty:
        raise InputError("No example has a place on all of the maps, so there is nothing to compare.")
    return {each: with_regions(df).loc[known] for each, df in maps.items()}


def _movers(maps: Mapping[str, pd.DataFrame], runs: tuple[tuple[str, ...], tuple[str, ...]]) -> pd.DataFrame:
    places = {name: place_of(df) for name, df in maps.items()}
    between = _mean_shift(places, list(product(*runs)))
    within = _mean_shift(places, [two for members in runs for two in combinations(members, 2)])
    ids = next(iter(maps.values())).index
    columns = {"beyond": between - within, "shift": between, "spread": within}
    for axis, name in ((1, "confidence"), (0, "variability")):
        for side, members in zip(("first", "second"), runs, strict=True):
            columns[f"{name}_{side}"] = np.mean([places[member][axis] for member in members], axis=0)
    df = pd.DataFrame(columns, index=ids)
    return df.iloc[furthest_first(columns["beyond"], ids)]


def _mean_shift(places: Mapping[str, tuple[Floats, Floats]], pairs: list[tuple[str, str]]) -> Floats:
    total: Floats = sum(shift(places[one], places[other]) for one, other in pairs)  # type: ignore[assignment]
    return total / len(pairs)


def _kinds(
    runs: tuple[tuple[str, ...], tuple[str, ...]], names: tuple[str, str]
) -> Iterator[tuple[str, str, str]]:
    """All two runs, with what the pair is: within the first setting, within the second, between."""
    for name, members in zip(names, runs, strict=True):
        for one, other in combinations(members, 2):
            yield f"within {name}", one, other
    for one, other in product(*runs):
        yield BETWEEN, one, other


def _alike(found: Comparison) -> dict[str, float]:
    return {name: found.figures[name] for name in _COMPARED if name in found.figures}
