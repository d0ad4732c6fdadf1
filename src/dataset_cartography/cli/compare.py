"""`datamap compare`: two maps of the same examples, or several runs of two settings."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.compare_examples import TARGETS, Labels, read_examples
from dataset_cartography.cli.compare_json import as_json
from dataset_cartography.cli.compare_output import print_comparison, print_runs
from dataset_cartography.cli.console import add_region_options, categorized
from dataset_cartography.cli.examples import add_dataset_options
from dataset_cartography.comparison import (
    Comparison,
    Condition,
    RunsComparison,
    compare_maps,
    compare_runs,
)
from dataset_cartography.datamap import FACTS, load_cartography_metrics
from dataset_cartography.dynamics import Reading
from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import LogPaths, LogReader

CONDITION_HOLDS = 1
"""The exit code where a condition of `--fail-if` holds."""

Maps = dict[str, pd.DataFrame]


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap compare`."""
    for name, which in (("first", "a cartography directory"), ("second", "another of the same dataset")):
        parser.add_argument(name, help=f"{which}, or several runs of one setting with commas between them")
    parser.add_argument(
        "--names", nargs=2, metavar="NAME", help="what the two are called (default: the directories' names)"
    )
    parser.add_argument(
        "--n", type=int, default=10, help="how many of the furthest moved to list (default: %(default)s)"
    )
    parser.add_argument(
        "--suspects",
        type=int,
        metavar="N",
        help="how many of the labels that each run suspects most to compare, 0 for none (default: a tenth of the "
        "examples, 100 at most)",
    )
    add_dataset_options(parser, required=False)
    parser.add_argument(
        "--second_dataset",
        metavar="DATASET",
        help="the second's dataset where it is another version of the labels, to say which changed (default: the one "
        "that its map names)",
    )
    parser.add_argument(
        "--fail-if",
        "--fail_if",
        action="append",
        default=[],
        metavar="CONDITION",
        help='exit with code 1 if it holds, such as "spearman_confidence < 0.8 or moved_share > 0.1"; may be given '
        "several times; --json lists the figures that there are",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it too: a .png, .svg or .pdf")
    add_region_options(parser)


def run_compare(arguments: argparse.Namespace) -> None:
    """Compare, print and draw; exit with code 1 where a condition of `--fail-if` holds."""
    for option, value in (("n", arguments.n), ("suspects", arguments.suspects)):
        if value is not None and value < 0:
            raise InputError(f"--{option} is {value}; give a number of 0 or more.")
    conditions = [Condition.parse(text) for text in arguments.fail_if]
    sides = [_directories(text) for text in (arguments.first, arguments.second)]
    directories = _named(sides, arguments.names)
    maps = {
        name: categorized(load_cartography_metrics(path), arguments) for name, path in directories.items()
    }
    _tell_targets(maps, directories)
    suspects, no_suspects = _suspects(maps, directories, arguments.suspects)
    examples, no_examples = read_examples(maps, len(sides[0]), arguments)
    found = _compare(maps, len(sides[0]), arguments, suspects, examples.labels)
    notes = [*no_suspects, *no_examples]
    held = [condition for condition in conditions if condition.holds(found.figures)]
    if arguments.plot:  # before anything is printed: a name that is no picture's is refused
        _draw(found, list(maps.values()), arguments.plot)
    if arguments.json:
        print(json.dumps(as_json(found, arguments.n, notes), ensure_ascii=False, allow_nan=False))
    else:
        show = print_comparison if isinstance(found, Comparison) else print_runs
        show(found, arguments.n, examples, notes)  # type: ignore[arg-type] # each shows its own
    for condition in held:
        print(f"failed: {condition.sentence(found.figures)}", file=sys.stderr)
    if held:
        raise SystemExit(CONDITION_HOLDS)


def _directories(text: str) -> list[Path]:
    """The runs of one side; a name that has a comma itself stands for itself."""
    if Path(text).exists():
        return [Path(text)]
    return [Path(part.strip()) for part in text.split(",") if part.strip()] or [Path(text)]


def _named(sides: list[list[Path]], names: list[str] | None) -> dict[str, Path]:
    """Give each run a name: those asked for where there are two, else what tells the directories apart."""
    paths = [path for side in sides for path in side]
    if names and len(paths) == 2:
        called = names
    else:
        called = [path.resolve().name for path in paths]
        if len(set(called)) < len(called):
            called = [str(path) for path in paths]
    twice = [name for name in called if called.count(name) > 1]
    if twice:
        raise InputError(f"'{twice[0]}' is given twice: compare different runs, and name them differently.")
    return dict(zip(called, paths, strict=True))


def _tell_targets(maps: Maps, directories: Mapping[str, Path]) -> None:
    """Add to the facts of maps of equal examples what tells whether they learnt the same labels."""
    ids = [df.index for df in maps.values()]
    if not all(index.equals(ids[0]) for index in ids):
        return  # the digest is of all labels in their order
    for name, df in maps.items():
        if LogPaths(directories[name]).manifest.is_file():
            facts = df.attrs.get(FACTS, {})
            # What was recorded out of fold was learnt by several models, of one plan.
            plan = facts.get("cross_fit", {}).get("labels or answers")
            targets = LogReader(directories[name]).manifest.options.get("targets", plan)
            df.attrs[FACTS] = {**facts, **({TARGETS: targets} if targets else {})}


def _suspects(maps: Maps, directories: Mapping[str, Path], most: int | None) -> tuple[Maps | None, list[str]]:
    """What each run makes of its labels, read as its map was; or None and why not."""
    if most == 0:
        return None, []
    try:
        readings = {name: df.attrs.get(FACTS, {}).get("reading", {}) for name, df in maps.items()}
        return {
            name: find_label_errors(path, reading=Reading(**readings[name]))
            for name, path in directories.items()
        }, []
    except CartographyError as error:
        return None, [f"Suspected labels are not compared: {error}"]


def _compare(
    maps: Maps, cut: int, arguments: argparse.Namespace, suspects: Maps | None, labels: Labels | None
) -> Comparison | RunsComparison:
    most = arguments.suspects or None
    names = tuple(maps)
    if len(names) == 2:
        first, second = maps.values()
        frames = (suspects[names[0]], suspects[names[1]]) if suspects else None
        return compare_maps(
            first, second, names=(names[0], names[1]), suspects=frames, most_suspects=most, labels=labels
        )
    called = tuple(arguments.names) if arguments.names else _setting_names(names, cut)
    sides = [{name: maps[name] for name in part} for part in (names[:cut], names[cut:])]
    return compare_runs(
        sides[0], sides[1], names=(called[0], called[1]), suspects=suspects, most_suspects=most, labels=labels
    )


def _setting_names(runs: tuple[str, ...], cut: int) -> tuple[str, str]:
    """A setting of one run has its name, of several the side it was given on."""
    first = runs[0] if cut == 1 else "first"
    second = runs[-1] if cut == len(runs) - 1 else "second"
    return first, second


def _draw(found: Comparison | RunsComparison, maps: list[pd.DataFrame], path: Path) -> None:
    from dataset_cartography.plotting import plot_movers, plot_runs, save_figure

    ax = (
        plot_runs(found)
        if isinstance(found, RunsComparison)
        else plot_movers(maps[0], maps[1], names=found.names)
    )
    save_figure(ax.figure, path)
