"""The comparison in numbers: a row for every cell and method, and what they come to."""

# ruff: noqa: PD010 - levels are turned into columns; nothing is aggregated by that

import statistics
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from calibrating import NEAR
from methods import CROSS_FITTED, SINGLE, Array, Trained, average_precision, precision_at_count
from suggestions import share_restored

OURS, OURS_NEAR = "ours", "ours + neighbours"
MEASURES = {"average precision": average_precision, "precision at the true count": precision_at_count}


def score_cells(
    cells: Sequence[Trained], methods: Mapping[str, Callable[[Trained], Array | None]]
) -> pd.DataFrame:
    """Every method's measures on every cell: columns dataset, kind, share, seed, method, and the measures."""
    rows = []
    for cell in cells:
        cause = {name: cell.facts[name] for name in ("dataset", "kind", "share", "seed")}
        for name, method in methods.items():
            score = method(cell)
            if score is not None:
                measured = {measure: function(score, cell.wrong) for measure, function in MEASURES.items()}
                rows.append({**cause, "method": name, **measured})
    return pd.DataFrame(rows)


def print_tables(scores: pd.DataFrame) -> None:
    """Mean ± standard error over seeds of each method, by noise and by dataset, and over all datasets."""
    scores = scores[~scores["method"].isin(CROSS_FITTED)]
    for measure in MEASURES:
        print(f"\n{measure}, mean ± standard error over seeds (in 100)")
        noise = scores.groupby(["dataset", "kind", "share", "method"], sort=False)[measure].agg(
            ["mean", "sem"]
        )
        print(_in_words(noise).unstack("method").fillna("").to_string())
        print(f"\n{measure} over kinds and shares")
        whole = by_dataset(scores, measure)
        print(_in_words(whole).unstack("dataset").fillna("").to_string())
        means = whole["mean"].unstack("dataset")
        complete = means.dropna(axis=0)
        print(f"\n{measure}, mean over the {means.shape[1]} datasets, of methods that all have")
        print((100 * complete.mean(axis=1)).round(1).to_string())


def print_cross_fitted(scores: pd.DataFrame) -> None:
    """All methods on the cells that were cross-fitted, where there are any."""
    cell = ["dataset", "kind", "share", "seed"]
    crossed = scores[scores["method"] == CROSS_FITTED[0]][cell]
    if len(crossed):
        print(f"\naverage precision on the {len(crossed)} cells that were cross-fitted")
        table = by_dataset(scores.merge(crossed, on=cell), "average precision")
        print(_in_words(table).unstack("dataset").fillna("").to_string())


def print_differences(scores: pd.DataFrame) -> None:
    """Ours against the best single method of each dataset that sees the run's log and nothing else."""
    print(
        "\nours and ours with neighbours against the best single method of the log, average precision in 100 (bar: not "
        "below it by more than its standard error)"
    )
    table = by_dataset(scores, "average precision")
    means, errors = 100 * table["mean"].unstack("method"), 100 * table["sem"].unstack("method")
    for dataset in dict.fromkeys(table.index.get_level_values("dataset")):
        best = str(means.loc[dataset, [name for name in SINGLE if name in means]].astype(float).idxmax())
        differences = (
            f"{means.loc[dataset, each] - means.loc[dataset, best]:+.1f}" for each in (OURS, OURS_NEAR)
        )
        print(f"  {dataset}: {', '.join(differences)} to {best} (± {errors.loc[dataset, best]:.1f})")
    whole = means.dropna(axis=1).mean()
    best = str(whole[[name for name in SINGLE if name in whole]].idxmax())
    differences = (f"{whole[each] - whole[best]:+.1f}" for each in (OURS, OURS_NEAR))
    print(f"  mean of the datasets: {', '.join(differences)} to {best}")


def print_held(held: pd.DataFrame) -> None:
    """How well probabilities and estimates hold for datasets that they were not fitted to."""
    near = (held["review"] - 1).abs() <= NEAR
    means = held.groupby("dataset", sort=False).mean(numeric_only=True)
    means["review_near"] = near.groupby(held["dataset"], sort=False).mean()
    off = np.log(held["review"]).abs()
    means["review_factor"] = np.exp(off.groupby(held["dataset"], sort=False).mean())
    means.loc["mean"] = means.mean()
    print(
        "\nprobabilities, fitted without the dataset: expected calibration error (bar: 0.1); wrong labels "
        "expected, and labels to be reviewed to catch 80%, as multiples of the truth (bar: 0.75 to 1.25), by the "
        "probabilities and by one half of the planted labels for the other half; share of cells, and of halves, "
        "within the bar; the factor by which an estimate is off"
    )
    columns = ["error", "expected", "review", "review_near", "review_factor", "planted", "planted_near"]
    print(means[columns].round(2).to_string())


def print_suggestions(
    cells: Sequence[Trained], methods: Mapping[str, Callable[[Trained], Array | None]], name: str
) -> None:
    """Whether what stands beside the wrong labels that are found is the original."""
    print(
        f"\nof the wrong labels found by {name}, suggestions that are the original label (bar: 60%, of spans 50%)"
    )
    for dataset, kind in dict.fromkeys((cell.facts["dataset"], cell.facts["kind"]) for cell in cells):
        those = [cell for cell in cells if (cell.facts["dataset"], cell.facts["kind"]) == (dataset, kind)]
        scored = [(cell, methods[name](cell)) for cell in those]
        restored = [share_restored(cell, score) for cell, score in scored if score is not None]
        print(
            f"  {dataset}, {kind}: {statistics.mean(restored):.0%} ({min(restored):.0%} to {max(restored):.0%})"
        )


def by_dataset(scores: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Mean over a dataset's kinds and shares, then mean and standard error over seeds."""
    seeds = scores.groupby(["dataset", "method", "seed"], sort=False)[measure].mean()
    return seeds.groupby(["dataset", "method"], sort=False).agg(["mean", "sem"])


def _in_words(figures: pd.DataFrame) -> pd.Series:
    def words(row: pd.Series) -> str:
        error = "" if pd.isna(row["sem"]) else f" ± {100 * row['sem']:.1f}"
        return f"{100 * row['mean']:.1f}{error}"

    return figures.apply(words, axis=1)
