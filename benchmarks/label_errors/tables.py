"""The comparison in numbers: a row for every cell and method, and what they come to."""

# ruff: noqa: PD010 - levels are turned into columns; nothing is aggregated by that

import statistics
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from calibrating import NEAR
from methods import SINGLE, Array, Trained, average_precision, precision_at_count
from suggestions import share_restored

OURS = "ours"
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


def print_differences(scores: pd.DataFrame) -> None:
    """Ours against the best single method of each dataset: what is ranked by the run's own log alone."""
    print(
        "\nours against the best single method, average precision in 100 (bar: its standard error below, at most)"
    )
    for name, figures in by_dataset(scores, "average precision").groupby(level="dataset", sort=False):
        means, errors = (figures[column].droplevel("dataset") for column in ("mean", "sem"))
        best = means[[each for each in means.index if each in SINGLE]].idxmax()
        print(f"  {name}: {100 * (means[OURS] - means[best]):+.1f} to {best} ± {100 * errors[best]:.1f}")


def print_held(held: pd.DataFrame) -> None:
    """How well probabilities and estimates hold for datasets that they were not fitted to."""
    near = (held["review"] - 1).abs() <= NEAR
    means = held.groupby("dataset", sort=False).mean(numeric_only=True)
    means["review_near"] = near.groupby(held["dataset"], sort=False).mean()
    means.loc["mean"] = means.mean()
    print(
        "\nprobabilities, fitted without the dataset: expected calibration error (bar: 0.1); wrong labels "
        "expected, and labels to be reviewed to catch 80%, as multiples of the truth (bar: 0.75 to 1.25), by the "
        "probabilities and by one half of the planted labels for the other half; share of cells, and of halves, "
        "within the bar"
    )
    columns = ["error", "expected", "review", "review_near", "planted", "planted_near"]
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
