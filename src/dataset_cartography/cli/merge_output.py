"""What `datamap merge` prints: tables and plain sentences for people, or JSON."""

import json
from typing import Any

import pandas as pd

from dataset_cartography.cli.console import print_summary, print_table
from dataset_cartography.datamap import MapSummary, ModeWords
from dataset_cartography.pages import shortened
from dataset_cartography.uncertainty import MERGED, EpochsNeeded, pooled, spearman_brown

_TOLD = ("confidence", "variability", "correctness")
_PLACE = ["confidence", "variability"]
_RUNS = (1, 2, 3, 5, 10)
_NAME, _NOTE = 40, 1000  # characters shown at most


def print_merged(df: pd.DataFrame, summary: MapSummary) -> None:
    """Print what was merged, what each run lacks, and the map's summary."""
    merged = df.attrs[MERGED]
    names = ", ".join(shortened(name, _NAME) for name in merged["runs"])
    print(f"\nOne map of {len(merged['runs'])} runs: {names}")
    for note in merged["notes"]:
        print(f"Note: {shortened(note, _NOTE)}")
    short = {name: count for name, count in merged["missing"].items() if count}
    if short:
        rows = [[shortened(name, _NAME), f"{count:,}"] for name, count in short.items()]
        print_table(["run", "examples that it has no place for"], rows)
    else:
        print("Every run has a place for every example.")
    print_summary(summary)


def print_stability(table: pd.DataFrame, stable_from: float) -> None:
    """Print how many regions are not stable.

    Args:
        table: From `stability_table`.
        stable_from: As for `merge_runs`.
    """
    total = table.loc["all"]
    if not total["examples"]:
        return
    if pd.isna(total["repeated"]):
        print("\nWhich regions are stable is not known: that takes three epochs or a second run.")
        return
    print(
        f"\nThe region of {total['not_stable']:,.0f} of {total['examples']:,.0f} examples "
        f"({total['not_stable'] / total['examples']:.1%}) is not stable: another run would repeat it with a "
        f"probability below {stable_from:g}. In all, another run is expected to repeat {total['repeated']:.0%} "
        "of the regions."
    )
    print_table(
        ["region", "examples", "not stable", "expected to be repeated"],
        [
            [str(name), f"{row['examples']:,.0f}", f"{row['not_stable']:,.0f}", _share(row["repeated"])]
            for name, row in table.drop(index="all").iterrows()
        ],
    )


def print_reliability(table: pd.DataFrame, runs: int, target: float) -> None:
    """Print how far the runs lie apart and how many are enough.

    Args:
        table: From `reliability_table`, with the column `by_epochs`: what the runs' own epochs say of the spread.
        runs: How many were merged.
        target: The reliability aimed at.
    """
    told = table.loc[[name for name in _TOLD if name in table.index]]
    epochs = bool(told["by_epochs"].notna().any())
    print("\nHow far runs lie apart, and the reliability of the mean over so many runs:")
    counts = sorted({*_RUNS, runs})
    header = ["measure", "SD between runs", *(["SE by epochs"] if epochs else [])]
    header += [f"{count} run{'s' * (count > 1)}" for count in counts]
    print_table(
        [*header, f"enough for {target:g}"],
        [
            [
                str(name),
                _number(row["between"]),
                *([_number(row["by_epochs"])] if epochs else []),
                *(_number(spearman_brown(row["one_run"], count), 2) for count in counts),
                _runs(row["runs_needed"]),
            ]
            for name, row in told.iterrows()
        ],
    )
    print(_enough_runs(told, runs, target))
    if epochs:
        print(
            "SE by epochs: the standard error that leaving out one epoch of one run at a time gives (jackknife). Where "
            "it differs much from the SD between runs, one run cannot tell how far to trust its map."
        )


def _enough_runs(table: pd.DataFrame, runs: int, target: float) -> str:
    known = table[table.index.isin(_PLACE) & table["one_run"].notna()]
    if known.empty:
        return "How many runs are enough is not known: no measure differs between the examples."
    has = " and ".join(f"{row['these_runs']:.2f} in {name}" for name, row in known.iterrows())
    if known["runs_needed"].isna().any():
        enough = "the runs agree too little to say how many would be enough"
    else:
        enough = f"for {target:g} in both, {_runs(known['runs_needed'].max())} would be enough"
    return f"The mean of these {runs} runs has a reliability of {has}; {enough}."


def _runs(count: Any) -> str:
    return "-" if pd.isna(count) else f"{count:,.0f} run{'s' * int(count > 1)}"


def print_jackknife(df: pd.DataFrame, summary: MapSummary) -> None:
    """Print one run's summary, and the standard errors that its own epochs give."""
    print_summary(summary)
    if not df["confidence_se"].notna().any():
        return
    print(f"\nBy leaving out one {summary.words.epoch} at a time (jackknife):")
    rows = [
        [
            name,
            _number(pooled(df[f"{name}_se"].to_numpy("float64"))),
            _number(df["variability_bias"].mean()) if name == "variability" else "0",
        ]
        for name in _TOLD
    ]
    print_table(["measure", "standard error", "bias"], rows)
    print(
        f"These {summary.words.epochs} are of one training: they follow one another, and know nothing of other seeds. "
        "Give several runs to see how far those lie apart."
    )


def print_epochs(needed: EpochsNeeded, words: ModeWords) -> None:
    """Print how the map changed as epochs were added, and whether it came to rest."""
    print(f"\nThe map of the first {words.epochs}, as one more was added:")
    header = [
        words.epoch,
        "changed region",
        "region as at the end",
        "Spearman, confidence",
        "Spearman, variability",
    ]
    rows = [
        [
            str(number),
            _share(row["moved"]),
            _share(row["same_region"]),
            *(_number(row[name]) for name in _PLACE),
        ]
        for number, row in needed.table.iterrows()
    ]
    print_table(header, rows)
    print(words.say(_came_to_rest(needed)))


def _came_to_rest(needed: EpochsNeeded) -> str:
    if len(needed.table) < 2:
        return "One epoch cannot tell whether more are needed."
    last = needed.table.index[-1]
    if needed.settled is None:
        return (
            f"The map has not come to rest: epoch {last} changed the region of {needed.table['moved'].iloc[-1]:.1%} of "
            f"the examples, more than {needed.tolerance:.0%}."
        )
    return (
        f"{needed.settled} epochs would have been enough: none after epoch {needed.settled} changed the region of more "
        f"than {needed.tolerance:.0%} of the examples."
    )


def as_json(df: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What was merged, and the tables by name: index to columns, null where a number is not known."""
    # pandas knows how its own missing values are written.
    told = {
        name: json.loads(table.to_json(orient="index", double_precision=15)) for name, table in tables.items()
    }
    return {**df.attrs.get(MERGED, {}), **told}


def _number(value: float, digits: int = 3) -> str:
    return "-" if pd.isna(value) else f"{value:z.{digits}f}"


def _share(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.1%}"
