"""`datamap select`: which examples to train on, as ids or as rows, and a note of how they were chosen.

What reads datasets (the extra "train") is imported when it is used.
"""

import argparse
import logging
from pathlib import Path
from typing import Any

from dataset_cartography.cli.console import add_region_options, categorized, print_table
from dataset_cartography.cli.examples import Source, add_dataset_options
from dataset_cartography.cli.select_inputs import Dataset, read_among, read_excluded
from dataset_cartography.datamap import FACTS, load_cartography_metrics, planted_sentence
from dataset_cartography.errors import InputError, MissingExtraError, OutputExistsError
from dataset_cartography.pages import shortened, visible
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.selection import (
    ENDS,
    ID_SUFFIXES,
    Selection,
    how_path,
    select_examples,
    write_how,
    write_ids,
)

logger = logging.getLogger(__name__)

_SHOWN = 20  # groups in the printed table


def select_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap select`."""
    parser.add_argument("directory", type=Path, help="the cartography directory")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="what to write: ids (.json, .txt), rows of the dataset (.jsonl, .csv, .tsv, .parquet), or without a "
        "suffix a folder of `datasets`; how they were chosen goes beside it, as .selection",
    )
    parser.add_argument("--n", type=int, help="how many examples (default: all that can be chosen)")
    parser.add_argument("--fraction", type=float, help="how many, as a share of all examples of the map")
    parser.add_argument(
        "--category", nargs="+", choices=CATEGORIES, default=[], help="only examples of these regions"
    )
    parser.add_argument(
        "--where",
        metavar="EXPRESSION",
        help="only examples of which this holds on the map, such as \"category != 'ambiguous' and confidence > 0.1\"; "
        "never by a missing value",
    )
    parser.add_argument(
        "--by",
        metavar="METRIC",
        help="the metric that says which come first, or random (default: of a single region the most typical first, "
        "else random)",
    )
    parser.add_argument(
        "--end", choices=ENDS, help="where to begin with the metric; both: in turn (default: its hard end)"
    )
    parser.add_argument(
        "--easy_floor",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="at least this share is easy, drawn at random",
    )
    parser.add_argument(
        "--balance",
        metavar="COLUMN",
        help="as many of each value: label, category, or any column of the dataset",
    )
    parser.add_argument("--stratify", metavar="COLUMN", help="of each value its share: as --balance")
    parser.add_argument(
        "--union", nargs="+", type=Path, metavar="FILE", help="only ids that are in one of these files"
    )
    parser.add_argument(
        "--intersection", nargs="+", type=Path, metavar="FILE", help="only ids that are in all of these files"
    )
    parser.add_argument(
        "--exclude",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="no ids that are in one of these files",
    )
    parser.add_argument(
        "--without_errors", type=int, metavar="K", help="without the K examples whose labels look wrong most"
    )
    parser.add_argument(
        "--without_errors_from",
        type=float,
        metavar="P",
        help="without examples whose labels are wrong with this probability or more",
    )
    parser.add_argument(
        "--errors",
        type=Path,
        metavar="FILE",
        help="the table of `datamap errors` to go by (default: the labels are ranked anew)",
    )
    parser.add_argument(
        "--without_near_duplicates",
        action="store_true",
        help="of examples with nearly the same texts only the first in the order",
    )
    parser.add_argument("--seed", type=int, default=0, help="decides what is left to chance (default 0)")
    add_region_options(parser)
    add_dataset_options(parser, required=False)


def run_select(arguments: argparse.Namespace) -> None:
    """Choose examples, write them with how they were chosen, and say what came of it."""
    output: Path = arguments.output
    _check_output(output)
    df = load_cartography_metrics(arguments.directory)
    if {"confidence", "variability"} <= set(df.columns):
        df = categorized(df, arguments)
    if planted := planted_sentence(df.attrs.get(FACTS, {})):
        logger.warning("%s.", planted)
    dataset = Dataset(df, Source.of(arguments))
    selection = select_examples(
        df,
        n=arguments.n,
        fraction=arguments.fraction,
        category=arguments.category,
        by=arguments.by,
        end=arguments.end,
        easy_floor=arguments.easy_floor,
        where=arguments.where,
        balance=dataset.column(arguments.balance),
        stratify=dataset.column(arguments.stratify),
        among=read_among(arguments, df),
        exclude=read_excluded(arguments, df),
        duplicates=dataset.duplicates() if arguments.without_near_duplicates else None,
        seed=arguments.seed,
    )
    _write(selection, {"command": _given(arguments)} | selection.how, dataset, output)
    _tell(selection)
    print(f"Wrote:\n  {output}\n  {how_path(output)}")


def _check_output(output: Path) -> None:
    """Refuse what cannot be written, before anything is read."""
    if not output.name:
        raise InputError("--output is the name of no file or folder: say what to write.")
    for path in (output, how_path(output)):
        if path.exists():
            raise OutputExistsError(
                f"'{path}' exists already, and is not overwritten: give another --output."
            )
    if output.suffix.lower() in ID_SUFFIXES:
        return
    try:
        from dataset_cartography.tasks.write_rows import WRITERS
    except ImportError as error:
        raise MissingExtraError.of("Reading a dataset", "train") from error
    if output.suffix and output.suffix.lower() not in WRITERS:
        raise InputError(
            f"Cannot write '{output}': its name must end in one of {', '.join((*ID_SUFFIXES, *WRITERS))}, or in none "
            "for a folder of `datasets`."
        )


def _write(selection: Selection, how: dict[str, Any], dataset: Dataset, output: Path) -> None:
    """Write ids or rows, and beside them how they were chosen."""
    ids_only = output.suffix.lower() in ID_SUFFIXES
    rows = None if ids_only else dataset.rows(selection)
    output.parent.mkdir(parents=True, exist_ok=True)
    # The note first: a selection without it would not say how it was made.
    note = write_how(how, output)
    try:
        if ids_only:
            write_ids(selection, output)
        else:
            from dataset_cartography.tasks.select_rows import write_selected

            write_selected(rows, output)
    except BaseException:
        note.unlink()
        raise


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of the command that say something, as JSON can say them."""
    given = {name: value for name, value in vars(arguments).items() if value not in (None, [], False, 0.0)}
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _tell(selection: Selection) -> None:
    """Print how many were chosen, and why others could not be."""
    how = selection.how
    print(f"Chose {how['chosen']:,} of {how['of']:,} examples: {how['rule']}.")
    if how["left_out"]:
        reasons = ", ".join(f"{count:,} {visible(why)}" for why, count in how["left_out"].items())
        print(f"Could not be chosen: {reasons}.")
    for note in selection.notes:
        print(f"Note: {note}.")
    groups = list(how.get("groups", {}).items())
    if groups:
        there = how["groups_could_be_chosen"]
        lines = [[shortened(name, 60), f"{count:,}", f"{there[name]:,}"] for name, count in groups[:_SHOWN]]
        print_table(["", "chosen", "of"], lines)
    if len(groups) > _SHOWN:
        print(f"  and {len(groups) - _SHOWN:,} more groups")
