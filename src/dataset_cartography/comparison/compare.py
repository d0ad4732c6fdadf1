"""Two maps of the same examples: how alike, which examples moved, and between which regions."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.comparison.facts import check_comparable, differing_facts
from dataset_cartography.comparison.pairs import Floats, Pairs, pair
from dataset_cartography.comparison.rank_correlation import correlate
from dataset_cartography.comparison.relabelled import Relabelled, compare_labels
from dataset_cartography.comparison.suspects import Suspects, compare_suspects
from dataset_cartography.comparison.transitions import Kappa, cohen_kappa, transitions_of
from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS
from dataset_cartography.regions import CATEGORIES, assign_categories
from dataset_cartography.regions.columns import numbers_of

_TOLD = ("category", "confidence", "variability", "correctness")  # of each mover, on both maps


@dataclass(frozen=True)
class Comparison:
    """How two maps of the same examples relate.

    Attributes:
        names: What the maps are called.
        examples: On both maps with a place; all numbers below are of these.
        only_first: Examples that the second map lacks.
        only_second: Examples that the first map lacks.
        unplaced: Examples in both of which one map knows no place.
        differences: What the maps were recorded from, where that differs: index fact, a column per map.
        notes: Sentences that qualify the comparison.
        correlations: A row per metric that both maps have: examples, spearman, low, high (its interval), pearson,
            mean_first, mean_second; NaN where a metric is constant on one map.
        transitions: (3, 3) the examples by region on the first map (rows) and on the second.
        kappa: Cohen's kappa of the regions, with its interval.
        movers: Index id, the furthest moved first (ties by id): shift, and category, confidence, variability and
            correctness on both maps (`_first`, `_second`). A shift is a distance in the picture, both axes counted by
            their whole range.
        suspects: Whether both suspect the same labels; None where no rankings were given.
        relabelled: Which examples have another label on the second; None where no labels were given.
        level: Of all intervals.
    """

    names: tuple[str, str]
    examples: int
    only_first: int
    only_second: int
    unplaced: int
    differences: pd.DataFrame
    notes: tuple[str, ...]
    correlations: pd.DataFrame
    transitions: pd.DataFrame
    kappa: Kappa
    movers: pd.DataFrame
    suspects: Suspects | None
    relabelled: Relabelled | None
    level: float

    @property
    def row_shares(self) -> pd.DataFrame:
        """(3, 3) the transitions as shares of each region on the first map; NaN where it is empty."""
        totals = self.transitions.sum(axis=1)
        return self.transitions.div(totals.where(totals > 0), axis=0)

    @property
    def moved(self) -> int:
        """How many examples changed region."""
        counts = self.transitions.to_numpy()
        return int(counts.sum() - np.trace(counts))

    @cached_property
    def figures(self) -> dict[str, float]:
        """Every number by a name of its own, as `--fail-if` and `--json` have them."""
        shift = self.movers["shift"]
        named = {
            "examples": self.examples,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "unplaced": self.unplaced,
            "moved": self.moved,
            "moved_share": self.moved / self.examples,
            "kappa": self.kappa.value,
            "kappa_low": self.kappa.low,
            "kappa_high": self.kappa.high,
            "mean_shift": float(shift.mean()),
            "median_shift": float(shift.median()),
            "largest_shift": float(shift.max()),
        }
        counts = self.transitions.to_numpy()
        for row, column in np.ndindex(counts.shape):
            if row != column:
                named[f"{CATEGORIES[row]}_to_{CATEGORIES[column]}"] = int(counts[row, column])
        for metric, values in self.correlations.to_dict("index").items():
            named[f"spearman_{metric}"] = values["spearman"]
            named[f"spearman_{metric}_low"] = values["low"]
            named[f"spearman_{metric}_high"] = values["high"]
            named[f"pearson_{metric}"] = values["pearson"]
            named[f"change_{metric}"] = values["mean_second"] - values["mean_first"]
        if self.suspects:
            named["suspects"] = self.suspects.first
            named["suspects_shared"] = len(self.suspects.shared)
            named["suspects_shared_share"] = len(self.suspects.shared) / self.suspects.first
            named["spearman_suspicion"] = self.suspects.correlation.spearman
        if self.relabelled:
            named["labels"] = self.relabelled.known
            named["relabelled"] = len(self.relabelled.ids)
            named["relabelled_median_shift"] = self.relabelled.median
            named["same_label_median_shift"] = self.relabelled.median_others
        return named


def compare_maps(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    names: tuple[str, str] = ("first", "second"),
    suspects: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    most_suspects: int | None = None,
    labels: "tuple[pd.Series[Any], pd.Series[Any]] | None" = None,
    level: float = 0.95,
) -> Comparison:
    """Compare two maps of the same dataset: of two models, seeds, numbers of epochs, or versions of the labels.

    Examples are matched by id; those that one map lacks are counted. The intervals speak of other examples of the
    same kind. How far two seeds of one setting lie apart they do not know: `compare_runs` shows that.

    Args:
        first: A map; without the column "category" it is divided into regions as `categorize_examples` does.
        second: Another of the same examples, or of some of them.
        names: What the two are called, in sentences and as columns.
        suspects: The frames that `find_label_errors` made of the two runs.
        most_suspects: How many of the first of each are compared; default a tenth of the examples, 100 at most.
        labels: What each map's examples are labelled with, by id, where these are two versions of a dataset; see
            `compare_labels`.
        level: Of the intervals, within 0 to 1.

    Raises:
        InputError: The maps are of different tasks, share no example, repeat an id, or have one name; or as
            `compare_labels`.
        MissingColumnError: A map lacks confidence or variability.
        MissingExtraError: SciPy is not installed.
    """
    if names[0] == names[1]:
        raise InputError(f"Both maps are called '{names[0]}': give them two names.")
    if not 0 < level < 1:
        raise InputError(
            f"level is {level}; give the share of intervals that hold the truth, between 0 and 1."
        )
    maps = {name: with_regions(df) for name, df in zip(names, (first, second), strict=True)}
    notes = check_comparable(maps)
    pairs = pair(maps[names[0]], maps[names[1]], names)
    transitions = transitions_of(pairs.first, pairs.second, names)
    movers = _movers(pairs)
    return Comparison(
        names=names,
        examples=len(pairs.first),
        only_first=pairs.only_first,
        only_second=pairs.only_second,
        unplaced=pairs.unplaced,
        differences=differing_facts(maps),
        notes=tuple(notes),
        correlations=_correlations(pairs, level),
        transitions=transitions,
        kappa=cohen_kappa(transitions, level),
        movers=movers,
        suspects=compare_suspects(*suspects, most_suspects, level) if suspects else None,
        relabelled=compare_labels(labels, movers["shift"]) if labels else None,
        level=level,
    )


def with_regions(df: pd.DataFrame) -> pd.DataFrame:
    """A map divided into regions, by the default rule if it is not yet."""
    return df if "category" in df.columns else assign_categories(df)


def _correlations(pairs: Pairs, level: float) -> pd.DataFrame:
    shared = [name for name in METRICS if name in pairs.first.columns and name in pairs.second.columns]
    rows = []
    for name in shared:
        values = numbers_of(pairs.first, name), numbers_of(pairs.second, name)
        rows.append([*correlate(*values, level), *_means(*values)])
    columns = ["examples", "spearman", "low", "high", "pearson", "mean_first", "mean_second"]
    return pd.DataFrame(rows, index=pd.Index(shared, name="metric"), columns=columns)


def _means(x: Floats, y: Floats) -> tuple[float, float]:
    """Of the examples that have both values; NaN where none has, or where values are infinite either way."""
    known = ~(np.isnan(x) | np.isnan(y))
    if not known.any():
        return np.nan, np.nan
    with np.errstate(invalid="ignore"):
        return float(x[known].mean()), float(y[known].mean())


def _movers(pairs: Pairs) -> pd.DataFrame:
    columns: dict[str, Any] = {"shift": pairs.shifts}
    for name in _TOLD:
        if name in pairs.first.columns and name in pairs.second.columns:
            columns |= {f"{name}_first": pairs.first[name].array, f"{name}_second": pairs.second[name].array}
    return pd.DataFrame(columns, index=pairs.first.index)
