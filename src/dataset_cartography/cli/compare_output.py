"""What `datamap compare` prints for people."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from dataset_cartography.cli.compare_examples import Examples
from dataset_cartography.cli.compare_movers import on_one_line, print_movers
from dataset_cartography.cli.console import print_table
from dataset_cartography.comparison import Comparison, RunsComparison

_FACT, _NAME = 40, 24  # characters shown at most
_UNSEEN_SPREAD = (
    "The intervals speak of other examples of this kind. How much another seed would move, they do not say: give "
    "several runs of each setting, with commas between them."
)
_WORDS = {
    "spearman_confidence": "Spearman, confidence",
    "spearman_variability": "Spearman, variability",
    "spearman_correctness": "Spearman, correctness",
    "kappa": "Cohen's kappa, regions",
    "moved_share": "changed region",
    "median_shift": "median shift",
    "suspects_shared_share": "suspects in common",
}
_SHARES = ("moved_share", "suspects_shared_share")


def print_comparison(found: Comparison, most: int, examples: Examples, notes: Sequence[str]) -> None:
    """Print two maps' comparison, what they were recorded from first.

    Args:
        found: The comparison.
        most: How many movers to list.
        examples: Those whose texts and labels are known.
        notes: Sentences about what is missing.
    """
    first, second = (on_one_line(name, _NAME) for name in found.names)
    print(f"\n{first} → {second}")
    _print_facts(found.differences, {name: [name] for name in found.names}, found.notes)
    _print_examples(found, first, second)
    print(f"\nSpearman's rank correlation of each metric, its {found.level:.0%} interval, and Pearson's:")
    known = found.correlations[found.correlations["spearman"].notna()]
    print_table(
        ["metric", "examples", "Spearman", "interval", "Pearson", f"mean, {first}", f"mean, {second}"],
        [
            [
                str(metric),
                f"{int(row['examples']):,}",
                f"{row['spearman']:z.3f}",
                f"{row['low']:z.3f} to {row['high']:z.3f}",
                _number(row["pearson"]),
                _number(row["mean_first"]),
                _number(row["mean_second"]),
            ]
            for metric, row in known.iterrows()
        ],
    )
    if constant := [str(name) for name in found.correlations.index.difference(known.index, sort=False)]:
        print(f"Nothing to rank, the same for all examples on one of the maps: {', '.join(constant)}.")
    _print_regions(found, first, second)
    if found.suspects:
        told = found.suspects
        print(
            f"\nOf the {told.first:,} labels that each run suspects most, {len(told.shared):,} are the same; chance "
            f"would give {told.by_chance:.1f}. Suspicion ranks the labels alike by "
            f"{_interval(told.correlation.spearman, told.correlation.low, told.correlation.high)}."
        )
    print_movers(found, most, examples)
    print()
    for note in (*notes, _UNSEEN_SPREAD):
        print(f"Note: {on_one_line(note, 1000)}")


def print_runs(found: RunsComparison, most: int, examples: Examples, notes: Sequence[str]) -> None:
    """Print the comparison of two settings; the arguments are as for `print_comparison`."""
    first, second = (on_one_line(name, _NAME) for name in found.names)
    counts = [
        f"{name} ({len(runs)} run{'s' * (len(runs) > 1)})"
        for name, runs in zip((first, second), found.runs, strict=True)
    ]
    print("\n" + " → ".join(counts))
    _print_facts(found.differences, dict(zip(found.names, found.runs, strict=True)), found.notes)
    print(
        f"\n{found.examples:,} examples have a place on all maps"
        + (f"; {found.left_out:,} left out." if found.left_out else ".")
    )
    kinds = list(dict.fromkeys(found.pairs["kind"]))
    print("\nHow alike two runs are, mean (lowest to highest) over the pairs of runs:")
    print_table(
        ["", *(f"{on_one_line(kind, _NAME)}, {_pairs(found, kind)}" for kind in kinds)],
        [
            [_WORDS[figure], *(_spread(found.summary.loc[(figure, kind)], figure) for kind in kinds)]
            for figure in found.summary.index.unique("figure")
        ],
    )
    _print_verdict(found)
    print_movers(found, most, examples)
    print()
    for note in notes:
        print(f"Note: {on_one_line(note, 1000)}")


def _print_facts(differences: pd.DataFrame, sides: dict[str, Sequence[str]], notes: Sequence[str]) -> None:
    """Facts that differ, a column per side with the distinct values of its runs; then what they mean."""
    if len(differences):
        print("\nRecorded differently:")
        rows = [
            [
                on_one_line(fact, _FACT),
                *(_values(differences.loc[fact, list(runs)]) for runs in sides.values()),
            ]
            for fact in differences.index
        ]
        print_table(["fact", *(on_one_line(name, _NAME) for name in sides)], rows)
    elif not notes:
        print("Nothing that the maps tell of how they were recorded differs.")
    for note in notes:
        print(f"Note: {on_one_line(note, 1000)}")


def _values(values: "pd.Series[Any]") -> str:
    distinct = dict.fromkeys("-" if value is None else str(value) for value in values)
    return on_one_line(" | ".join(distinct), _FACT)


def _print_examples(found: Comparison, first: str, second: str) -> None:
    parts = [f"{found.examples:,} examples have a place on both maps"]
    parts += [f"{found.only_first:,} only in {first}"] if found.only_first else []
    parts += [f"{found.only_second:,} only in {second}"] if found.only_second else []
    parts += [f"{found.unplaced:,} without a place on one of them"] if found.unplaced else []
    print("\n" + "; ".join(parts) + ".")


def _print_regions(found: Comparison, first: str, second: str) -> None:
    share = found.moved / found.examples
    print(
        f"\n{found.moved:,} of {found.examples:,} examples ({share:.1%}) changed region; Cohen's kappa is "
        f"{_interval(*found.kappa)}. From {first} (down) to {second} (across):"
    )
    shares = found.row_shares
    print_table(
        ["", *map(str, shares.columns), "in all"],
        [
            [
                str(region),
                *(
                    f"{count:,} ({share:.0%})" if count else "0"
                    for count, share in zip(row, shares.loc[region], strict=True)
                ),
                f"{row.sum():,}",
            ]
            for region, row in zip(shares.index, found.transitions.to_numpy(), strict=True)
        ],
    )


def _print_verdict(found: RunsComparison) -> None:
    if min(map(len, found.runs)) < 2:
        print(
            "One setting has a single run, so its own spread is not known: the difference cannot be judged."
        )
        return
    figures = found.summary.index.unique("figure")
    apart = [_WORDS[figure] for figure in figures if found.stands_out(figure)]
    if apart:
        print(
            "Every two runs of different settings are less alike than every two runs of one setting in: "
            f"{'; '.join(apart)}. If the settings did not matter, that would happen to any one of them in at most 1 of "
            f"{found.splits:,} cases."
        )
    else:
        print("In none of these are all runs of different settings less alike than all runs of one setting.")


def _pairs(found: RunsComparison, kind: str) -> str:
    count = int((found.pairs["kind"] == kind).sum())
    return f"{count} pair" if count == 1 else f"{count} pairs"


def _spread(row: "pd.Series[Any]", figure: str) -> str:
    if not row["pairs"]:
        return "-"
    form = "{:.1%}" if figure in _SHARES else "{:z.3f}"
    mean, low, high = (form.format(row[name]) for name in ("mean", "lowest", "highest"))
    return mean if row["pairs"] == 1 else f"{mean} ({low} to {high})"


def _interval(value: float, low: float, high: float) -> str:
    return "not known" if math.isnan(value) else f"{value:z.2f} ({low:z.2f} to {high:z.2f})"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"
