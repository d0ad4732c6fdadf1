"""`datamap export` of examples for people to look at, and `datamap import` of what they said."""

import argparse
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.console import add_region_options, categorized, name_ids
from dataset_cartography.cli.examples import (
    Source,
    add_dataset_options,
    load_examples,
    need_ranking,
    to_frame,
)
from dataset_cartography.datamap import FACTS, load_cartography_metrics, planted_sentence
from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.formats.argilla import export_argilla
from dataset_cartography.formats.label_studio import export_label_studio
from dataset_cartography.formats.label_studio_annotations import import_label_studio
from dataset_cartography.formats.review import Review, choose, make_review, put_suggestions
from dataset_cartography.formats.review_tables import export_csv, export_jsonl
from dataset_cartography.formats.scores import last_scores
from dataset_cartography.pages import align, read_pieces
from dataset_cartography.regions import CATEGORIES

logger = logging.getLogger(__name__)

REVIEWS: dict[str, Callable[[Review, Path], list[Path]]] = {
    "label-studio": export_label_studio,
    "argilla": export_argilla,
    "csv": export_csv,
    "jsonl": export_jsonl,
}


def review_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which examples are exported."""
    add_dataset_options(parser, required=False)
    parser.add_argument(
        "--category", choices=CATEGORIES, help="only examples of this region, the most typical first"
    )
    parser.add_argument(
        "--ids", type=Path, metavar="FILE", help="only these examples: a JSON list of ids, or an id a line"
    )
    parser.add_argument("--n", type=int, help="at most so many examples")
    parser.add_argument(
        "--errors",
        type=int,
        metavar="N",
        help="the N examples whose labels look wrong most, in that order, with why; what `datamap errors` suggests is "
        "the prediction that people see",
    )
    add_region_options(parser)


def refuse_review_options(arguments: argparse.Namespace) -> None:
    """Refuse the options of examples where none are exported.

    Raises:
        InputError: One of them is given.
    """
    options = ("dataset", "split", "task", "category", "ids", "n", "errors")
    given = [name for name in options if getattr(arguments, name) is not None]
    if given:
        raise InputError(
            f"--{given[0]} says which examples to export, and {arguments.format} exports the log: leave it out, or "
            f"choose one of {', '.join(REVIEWS)}."
        )


def export_review(arguments: argparse.Namespace) -> list[Path]:
    """Write chosen examples in the format asked for; the files written.

    Raises:
        InputError: They are chosen in two ways, or by a run's labels where only its map is there.
    """
    df = load_cartography_metrics(arguments.directory)
    if {"confidence", "variability"} <= set(df.columns):
        df = categorized(df, arguments)
    if planted := planted_sentence(df.attrs.get(FACTS, {})):
        logger.warning("%s.", planted)
    ids = None if arguments.ids is None else read_ids(arguments.ids)
    scores = last_scores(arguments.directory, df)
    examples = to_frame(load_examples(df.attrs.get(FACTS, {}), Source.of(arguments)))
    if arguments.errors is None:
        chosen = choose(df, category=arguments.category, ids=ids, n=arguments.n)
    else:
        ranking = _ranking_for(arguments, df, examples)
        chosen = choose(df, ids=ranking.index.tolist(), n=arguments.errors)
        chosen, scores = put_suggestions(chosen, ranking, scores)
    chosen.attrs = df.attrs
    pieces = read_pieces(arguments.directory, chosen.index, df.attrs.get(FACTS, {}).get("epochs"))
    review = make_review(align(chosen, examples, pieces), scores)
    return REVIEWS[arguments.format](review, arguments.destination or arguments.directory)


def _ranking_for(arguments: argparse.Namespace, df: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """The ranking of those labels whose examples the dataset has."""
    if other := [name for name in ("category", "ids", "n") if getattr(arguments, name) is not None]:
        raise InputError(
            f"--errors says which examples to export, and so does --{other[0]}: leave one of them out."
        )
    return align(need_ranking(df, arguments.directory, examples), examples).map_df


def read_ids(path: Path) -> list[int | str]:
    """Read ids from a JSON list, as the report and the explorer save one, or from lines of text.

    Raises:
        MissingFileError: There is no such file.
        InputError: It is not text, or a list of something else.
    """
    if not path.is_file():
        raise MissingFileError(f"No file of ids at '{path}': give a JSON list of ids, or an id a line.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"Cannot read the ids of '{path}': it is not UTF-8 text.") from error
    if not text.lstrip().startswith("["):
        return [line for line in text.splitlines() if line.strip()]
    try:
        ids = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"Cannot read the ids of '{path}': {error}.") from error
    if any(isinstance(value, bool) or not isinstance(value, int | str) for value in ids):
        raise InputError(
            f"The ids of '{path}' must be integers or strings: give a JSON list of ids, or an id a line."
        )
    return list(ids)


def import_decisions(source: Path, destination: Path) -> None:
    """Make decisions of Label Studio's annotations, and say what came of them."""
    imported = import_label_studio(source, destination)
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(imported.counts.items())) or "nothing"
    print(f"Decided: {told}.")
    _note(imported.undecided, "whose annotations decide nothing (nothing marked, or several answers)")
    _note(imported.disagreeing, "decided in more than one way, of which the latest counts")
    print(f"Wrote {imported.path}")


def _note(ids: list[int | str], what: str) -> None:
    if ids:
        print(f"Note: {len(ids):,} {'example' if len(ids) == 1 else 'examples'} {what}: {name_ids(ids)}.")
