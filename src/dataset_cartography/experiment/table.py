"""The table of an experiment: a row per evaluation, fraction and arm, and how it differs from control and full."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.arms import FULL
from dataset_cartography.experiment.paired import Difference, Floats, paired_difference
from dataset_cartography.experiment.results import Scores

COLUMNS = [
    "evaluation",
    "arm",
    "fraction",
    "examples",
    "seeds",
    "planned",
    "evaluated",
    "mean",
    "sd",
    "control",
    *(f"control_{name}" for name in ("difference", "low", "high", "seeds", "verdict")),
    *(f"full_{name}" for name in ("difference", "low", "high", "seeds", "verdict")),
    "steps",
    "seconds",
    "steps_share",
    "seconds_share",
]


def experiment_table(
    plan: Mapping[str, Any],
    results: pd.DataFrame,
    scores: Scores,
    clusters: Mapping[str, "pd.Series[Any]"] | None = None,
) -> pd.DataFrame:
    """Put the finished cells of an experiment into a table, each arm beside its control and beside full.

    Args:
        plan: What was asked for: "evaluations", "fractions", "seeds", and "arms", each with its "name", whether it has
            "fractions", and the name of its "control" or None.
        results: A row per finished cell: cell, arm, fraction (NaN for arms without), seed, examples, steps, seconds,
            and a column per evaluation with the score in percent.
        scores: Cell to evaluation to the score of each example, 0 to 1, by its id.
        clusters: Evaluation to the group of each example, by its id: see `paired_difference`.

    Returns:
        A row per evaluation, fraction and arm with finished cells, in the plan's order, arms without fraction first:
        examples trained on (mean over seeds), seeds finished and planned, examples evaluated, mean and standard
        deviation over the seeds in percent; for the control and for full the paired difference by the seeds that both
        have, its interval in percentage points, and a verdict: "better" or "worse" where the interval excludes zero,
        "undecided" where it does not, "open" where fewer than two seeds, or not all that were planned, are there, or
        all examples are of one group (then there is no interval), and missing where there is nothing to compare with;
        steps and seconds (means), also as shares of full's.

    Raises:
        InputError: A finished cell has no score of some example, or scored other examples than the rest.
        MissingExtraError: SciPy is not installed.
    """
    finished = _Finished(plan, results, scores, clusters or {})
    rows = [
        finished.row(evaluation, arm, fraction)
        for evaluation in plan["evaluations"]
        for arm, fraction in planned(plan)
        if len(finished.cells(evaluation, arm["name"], fraction))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def planned(plan: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], float]]:
    """Each arm with each of its fractions (NaN for arms without, which come first), as the table has its rows."""
    yield from ((arm, np.nan) for arm in plan["arms"] if not arm["fractions"])
    for fraction in plan["fractions"]:
        yield from ((arm, float(fraction)) for arm in plan["arms"] if arm["fractions"])


def rows_of(df: pd.DataFrame, arm: str, fraction: float) -> pd.DataFrame:
    """The rows of an arm at a fraction, NaN for an arm without."""
    same = df["fraction"].isna() if np.isnan(fraction) else np.isclose(df["fraction"], fraction)
    return df[(df["arm"] == arm) & same]


class _Finished:
    """The finished cells of an experiment, with the scores of each."""

    def __init__(
        self,
        plan: Mapping[str, Any],
        results: pd.DataFrame,
        scores: Scores,
        clusters: Mapping[str, "pd.Series[Any]"],
    ) -> None:
        self.plan, self.scores, self.clusters = plan, scores, clusters
        self.results = results
        # All cells are read in the order of the first one's examples.
        self.ids: dict[str, pd.Index[Any]] = {}
        self.aligned: dict[tuple[str, str], Floats] = {}
        self.fractions = {arm["name"]: arm["fractions"] for arm in plan["arms"]}

    def cells(self, evaluation: str, arm: str, fraction: float) -> pd.DataFrame:
        """The rows of `results` of an arm, a row per seed."""
        if evaluation not in self.results.columns:
            return self.results.iloc[:0]
        fraction = fraction if self.fractions.get(arm) else np.nan
        rows = rows_of(self.results[self.results[evaluation].notna()], arm, fraction)
        return rows[rows["seed"].isin(self.plan["seeds"])].sort_values("seed")

    def row(self, evaluation: str, arm: Mapping[str, Any], fraction: float) -> dict[str, Any]:
        """A row of the table; the arm has finished cells."""
        name, control = arm["name"], arm["control"]
        cells = self.cells(evaluation, name, fraction)
        full = self.cells(evaluation, FULL, fraction)
        row = {
            "evaluation": evaluation,
            "arm": name,
            "fraction": fraction,
            "examples": round(cells["examples"].mean()),
            "seeds": len(cells),
            "planned": len(self.plan["seeds"]),
            "evaluated": len(self._of_cell(evaluation, cells["cell"].iloc[0])),
            "mean": cells[evaluation].mean(),
            "sd": cells[evaluation].std(ddof=1),
            "control": control,
            "steps": cells["steps"].mean(),
            "seconds": cells["seconds"].mean(),
        }
        for figure in ("steps", "seconds"):
            of_full = full[figure].mean() if len(full) else np.nan
            # A training of a few steps can take no measurable time.
            row[f"{figure}_share"] = row[figure] / of_full if of_full > 0 else np.nan
        for kind, other in (("control", control), (FULL, None if name == FULL else FULL)):
            found = self._beside(evaluation, name, other, fraction)
            row |= {f"{kind}_{figure}": value for figure, value in found.items()}
        return row

    def _beside(self, evaluation: str, name: str, other: str | None, fraction: float) -> dict[str, Any]:
        """The difference from another arm at the same fraction, or from one without."""
        nothing: dict[str, Any] = dict.fromkeys(("difference", "low", "high"), np.nan)
        if other is None:
            return nothing | {"seeds": 0, "verdict": None}
        both = self.cells(evaluation, name, fraction).merge(
            self.cells(evaluation, other, fraction), on="seed", suffixes=("", "_other")
        )
        if both.empty:
            return nothing | {"seeds": 0, "verdict": "open"}
        arm = self._stacked(evaluation, both["cell"])
        beside = self._stacked(evaluation, both["cell_other"])
        groups = self._groups(evaluation)
        if len(pd.unique(groups)) < 2:
            mean = 100 * float((arm - beside).mean())
            return nothing | {"difference": mean, "seeds": len(both), "verdict": "open"}
        found = paired_difference(arm, beside, clusters=groups)
        return {
            "difference": 100 * found.mean,
            "low": 100 * found.low,
            "high": 100 * found.high,
            "seeds": found.seeds,
            "verdict": self._verdict(found),
        }

    def _verdict(self, found: Difference) -> str:
        # Looking before all seeds are in, and stopping when it pleases, would find differences by chance alone.
        if found.seeds < max(2, len(self.plan["seeds"])):
            return "open"
        if not found.excludes_zero:
            return "undecided"
        return "better" if found.mean > 0 else "worse"

    def _stacked(self, evaluation: str, cells: "pd.Series[Any]") -> Floats:
        return np.stack([self._of_cell(evaluation, cell) for cell in cells])

    def _of_cell(self, evaluation: str, cell: str) -> Floats:
        if (evaluation, cell) not in self.aligned:
            self.aligned[evaluation, cell] = self._align(evaluation, cell)
        return self.aligned[evaluation, cell]

    def _align(self, evaluation: str, cell: str) -> Floats:
        """The scores of a cell in the order of the first cell's examples."""
        series = self.scores.get(cell, {}).get(evaluation)
        if series is None:
            raise InputError(
                f"The cell '{cell}' is finished, but has no scores of its evaluation '{evaluation}'."
            )
        ids = self.ids.setdefault(evaluation, series.index)
        if not series.index.equals(ids):
            if len(series) != len(ids) or not series.index.is_unique or series.index.difference(ids).size:
                raise InputError(
                    f"The cell '{cell}' scored other examples of its evaluation '{evaluation}' than the cells before "
                    "it: run all of them with the same evaluation data."
                )
            series = series.reindex(ids)
        values = np.asarray(series, dtype=np.float64)
        if np.isnan(values).any():
            raise InputError(
                f"The cell '{cell}' has no score for {np.isnan(values).sum():,} of the {len(ids):,} examples of its "
                f"evaluation '{evaluation}'."
            )
        return values

    def _groups(self, evaluation: str) -> npt.NDArray[Any]:
        """(examples,) the group of each, by default its own."""
        ids, given = self.ids[evaluation], self.clusters.get(evaluation)
        return np.arange(len(ids)) if given is None else given.reindex(ids).to_numpy(dtype=object)
