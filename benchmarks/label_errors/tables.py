"""The comparison in numbers: a row for every cell and method, and what they come to."""

# ruff: noqa: PD010 - levels are turned into columns; nothing is aggregated by that

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from methods import Array, Trained, average_precision, precision_at_count

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


def by_dataset(scores: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Mean over a dataset's kinds and shares, then mean and standard error over seeds."""
    seeds = scores.groupby(["dataset", "method", "seed"], sort=False)[measure].mean()
    return seeds.groupby(["dataset", "method"], sort=False).agg(["mean", "sem"])


def _in_words(figures: pd.DataFrame) -> pd.Series:
    def words(row: pd.Series) -> str:
        error = "" if pd.isna(row["sem"]) else f" ± {100 * row['sem']:.1f}"
        return f"{100 * row['mean']:.1f}{error}"

    return figures.apply(words, axis=1)
