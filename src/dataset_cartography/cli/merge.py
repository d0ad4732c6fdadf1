"""`datamap merge`: several runs as one map, or what one run can tell of its own uncertainty."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.console import add_region_options, categorized
from dataset_cartography.cli.merge_output import (
    as_json,
    print_epochs,
    print_jackknife,
    print_merged,
    print_reliability,
    print_stability,
)
from dataset_cartography.datamap import FACTS, WRITERS, compute_map, summarize_map, write_map_file
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.formats.contract import export_map
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.regions import rule_of
from dataset_cartography.uncertainty import (
    STABLE,
    TARGET,
    enough_epochs,
    jackknife_epochs,
    merge_runs,
    pooled_errors,
    reliability_table,
    stability_table,
)

_Found = tuple[pd.DataFrame, dict[str, pd.DataFrame], Callable[[], None]]
"""A map, what is said of it as tables, and what prints that for people."""


def merge_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap merge`."""
    parser.add_argument(
        "runs",
        nargs="+",
        type=Path,
        metavar="RUN",
        help="cartography directories of runs on the same examples, such as seeds of one model; of a single one it is "
        "said what its epochs tell",
    )
    parser.add_argument("--names", nargs="+", metavar="NAME", help="what the runs are called")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="F",
        help=f"where to write the map: a {', '.join(WRITERS)}, or else a directory, which other verbs take like a "
        "run's (default: nothing is written)",
    )
    parser.add_argument(
        "--stable_from",
        type=float,
        default=STABLE,
        help="a region is stable if another run repeats it with this probability (default: %(default)s)",
    )
    parser.add_argument(
        "--reliability",
        type=float,
        default=TARGET,
        help="the reliability for which to say how many runs are enough (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    add_region_options(parser)


def run_merge(arguments: argparse.Namespace) -> None:
    """Merge, print and write."""
    if arguments.output:
        _check_output(arguments.output)
    if arguments.names and len(set(arguments.names)) != len(arguments.runs):
        raise InputError(
            f"Give each of the {len(arguments.runs)} runs a name of its own, or leave out --names."
        )
    look = _look_at_one if len(arguments.runs) == 1 else _look_at_several
    df, tables, show = look(arguments)
    written = _write(df, arguments.output) if arguments.output else []
    if arguments.json:
        told = {**as_json(df, tables), "written": list(map(str, written))}
        print(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    show()
    if written:
        print("Wrote:\n" + "\n".join(f"  {path}" for path in written))


def _look_at_several(arguments: argparse.Namespace) -> _Found:
    runs = dict(zip(arguments.names, arguments.runs, strict=True)) if arguments.names else arguments.runs
    df = merge_runs(
        runs,
        arguments.method,
        arguments.confidence_threshold,
        arguments.variability_threshold,
        stable_from=arguments.stable_from,
    )
    stability, reliability = stability_table(df), reliability_table(df, arguments.reliability)
    reliability["by_epochs"] = pd.Series(_epoch_errors(arguments.runs, df), dtype="float64")

    def show() -> None:
        print_merged(df, summarize_map(df))
        print_stability(stability, arguments.stable_from)
        print_reliability(reliability, len(arguments.runs), arguments.reliability)

    return df, {"regions": stability, "reliability": reliability}, show


def _look_at_one(arguments: argparse.Namespace) -> _Found:
    df, dynamics = compute_map(arguments.runs[0])
    df = categorized(df, arguments)
    summary = summarize_map(df, dynamics)
    df = jackknife_epochs(df, dynamics, stable_from=arguments.stable_from)
    stability, needed = stability_table(df), enough_epochs(dynamics, rule_of(df))

    def show() -> None:
        print_jackknife(df, summary)
        print_stability(stability, arguments.stable_from)
        print_epochs(needed, summary.words)

    return df, {"regions": stability, "epochs": needed.table}, show


def _epoch_errors(directories: Sequence[Path], df: pd.DataFrame) -> dict[str, float]:
    """What the runs' own epochs say of the spread between runs; nothing where a run has no log."""
    if not all(LogPaths(directory).manifest.is_file() for directory in directories):
        return {}
    reading = Reading(**df.attrs[FACTS].get("reading", {}))
    return pooled_errors(load_dynamics(LogReader(directory), reading=reading) for directory in directories)


def _check_output(output: Path) -> None:
    """Refuse to write over the map of a recorded run."""
    is_file = output.suffix in WRITERS
    directory = output.parent if is_file else output
    if LogPaths(directory).manifest.is_file() and (not is_file or output in LogPaths(directory).maps):
        raise OutputExistsError(
            f"'{directory}' holds a recorded run, whose own map would be overwritten: give another --output."
        )


def _write(df: pd.DataFrame, output: Path) -> list[Path]:
    if output.suffix not in WRITERS:
        output.mkdir(parents=True, exist_ok=True)
        return export_map(df, output)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_map_file(df.drop(columns="category"), output)
    return [output]
