"""`datamap errors`: the labels of a run, the most suspicious first, with why and what might stand there instead."""

import argparse
import logging
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.cli.error_units import describe_units, print_planted_units
from dataset_cartography.cli.examples import (
    Source,
    add_dataset_options,
    load_examples,
    need_ranking,
    to_frame,
)
from dataset_cartography.cli.plant import RANKED_BY, print_planted
from dataset_cartography.datamap import FACTS, PLANTED, load_cartography_metrics, planted_sentence
from dataset_cartography.errors import CartographyError, InputError, MissingFileError
from dataset_cartography.formats.rankings import check_ranking_path, write_ranking
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.metrics.base import Array
from dataset_cartography.pages import align, join_ranking, shortened, show, visible
from dataset_cartography.pages.answers import model_labels, suggestions
from dataset_cartography.pages.wrong_labels import RANKING_COLUMNS, review_words, suggestion_words
from dataset_cartography.tasks.noise import planted_report, read_planted

logger = logging.getLogger(__name__)

_NARROWEST, _WIDEST = 60, 100  # columns of a terminal that are used
_INDENT, _FIELD = 6, 8
_LONGEST_ID, _LONGEST_LABEL, _LONGEST_SUGGESTION, _LONGEST_TEXT = 60, 70, 160, 240  # characters


def errors_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap errors`."""
    parser.add_argument("directory", type=Path, help="the cartography directory")
    add_dataset_options(parser, required=False)
    parser.add_argument(
        "--n", type=int, default=25, help="how many are printed; the file has all (default: %(default)s)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="where the whole ranking goes, a .csv, .jsonl or .parquet (default: label_errors.csv in the directory, "
        "with --units label_error_units.csv)",
    )
    parser.add_argument(
        "--embeddings",
        type=Path,
        metavar="FILE",
        help="a .npy of the examples' embeddings, a row each in the order of training data: neighbours then count as "
        "evidence (classification, nli)",
    )
    parser.add_argument(
        "--neighbours",
        metavar="MODEL",
        help="the same without a file: embed the texts by a model, given as in run.py's --model (demo, a folder, or a "
        "name on the hub)",
    )
    parser.add_argument(
        "--units",
        action="store_true",
        help="rank every tag, or every label of a set, by itself, and not their examples (token-classification, "
        "multi-label)",
    )
    parser.add_argument(
        "--cleanlab",
        action="store_true",
        help="add what cleanlab says of each label, from the probabilities of `run.py --cross_fit`",
    )


def run_errors(arguments: argparse.Namespace) -> None:
    """Rank a run's labels, print the first, and write all.

    Raises:
        MissingFileError: There is no log, no file of embeddings, or no model.
        InputError: A number, a file or a model cannot be used, or the task's labels have no neighbours.
        MissingExtraError: What reads datasets and embeds texts is not installed.
        OutputExistsError: Something else than a ranking is where the ranking shall go.
    """
    root: Path = arguments.directory
    if arguments.n < 1:
        raise InputError(f"The number of examples must be 1 or more, not {arguments.n}.")
    if arguments.embeddings is not None and arguments.neighbours is not None:
        raise InputError(
            "--embeddings says who is whose neighbour, and so does --neighbours: leave one of them out."
        )
    if arguments.units and (arguments.cleanlab or arguments.embeddings or arguments.neighbours):
        raise InputError(
            "--units ranks tags and labels by themselves, which takes none of the other evidence."
        )
    paths = LogPaths(root)
    output = arguments.output or (paths.label_error_units if arguments.units else paths.label_errors)
    check_ranking_path(output)
    df = load_cartography_metrics(root)
    facts = df.attrs.get(FACTS, {})
    source = Source.of(arguments)
    examples, why_not = _read_examples(df, source, needed=arguments.neighbours is not None)
    embeddings = None if arguments.embeddings is None else _read_embeddings(arguments.embeddings)
    if arguments.neighbours is not None and examples is not None:
        task = str(source.resolved(facts).task)
        embeddings = _embed(examples, LogReader(root).ids, task, arguments.neighbours)
    if arguments.units:
        ranking = find_label_errors(root, examples=examples, units=True)
    else:
        ranking = need_ranking(df, root, examples, embeddings)
    written = ranking
    if arguments.cleanlab:
        from dataset_cartography.formats.cleanlab import cleanlab_issues

        written = ranking.join(cleanlab_issues(root))
    write_ranking(written, output)
    _print_heading(ranking, units=arguments.units)
    if planted := planted_sentence(facts):
        print(f"Note: {planted}.")
    if why_not:
        print(f"Note: without texts and labels, since the dataset cannot be read. {why_not}")
    first = written.head(arguments.n)
    for lines in _units(first, examples) if arguments.units else _describe(first, df, examples):
        print()
        print("\n".join(lines))
    print(f"\nWrote all {len(ranking):,}:\n  {output}")
    if facts.get(PLANTED):
        (print_planted_units if arguments.units else _print_planted)(ranking, root)


def _read_examples(df: pd.DataFrame, source: Source, *, needed: bool) -> tuple[pd.DataFrame | None, str]:
    """The run's examples; or None and why, where they can be done without and the map's own cannot be read."""
    try:
        examples = to_frame(load_examples(df.attrs.get(FACTS, {}), source))
        return align(df, examples).examples, ""
    except CartographyError as error:
        if needed or source.dataset is not None:
            raise
        return None, str(error)


def _read_embeddings(path: Path) -> Any:
    try:
        # Mapped: nothing is unpickled, and a header that promises more than there is costs no memory.
        return np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError as error:
        raise MissingFileError(f"No embeddings at '{path}': give a .npy file.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the embeddings of '{path}' as a .npy file: {error}.") from error


def _embed(examples: pd.DataFrame, ids: Array, task: str, model: str) -> Array:
    """Embeddings in the log's order; zeros for what the dataset lacks, which has no label to compare either."""
    from dataset_cartography.tasks.embed import embed_texts
    from dataset_cartography.tasks.registry import TASKS

    texts = TASKS[task].text_columns
    if not texts:
        raise InputError(
            f"Neighbours need labels that examples share; those of the task '{task}' do not: leave --neighbours out."
        )
    places = examples.index.get_indexer(pd.Index(ids))
    if lacking := int((places < 0).sum()):
        logger.warning(
            "The dataset lacks %s of the log's %s examples: they have no neighbours.",
            f"{lacking:,}",
            f"{len(ids):,}",
        )
    found = embed_texts([examples[name].tolist() for name in texts], model)
    embeddings: Array = np.where((places >= 0)[:, None], found[places], np.float32(0))
    return embeddings


def _print_heading(ranking: pd.DataFrame, *, units: bool) -> None:
    facts = ranking.attrs[FACTS]
    epochs, count = len(facts["epochs"]), f"{len(ranking):,}"
    single = f"{count} {'tags' if facts['task'] == 'token-classification' else 'labels, each by itself,'}"
    ranked = single if units else f"the labels of {count} examples"
    print(f"Ranked {ranked} by {epochs} recorded epoch{'s' * (epochs != 1)} ({facts['task']}).")
    print(
        _wrapped(f"{review_words(ranking)} These are estimates; docs/label_errors.md says how good they are.")
    )


def _units(first: pd.DataFrame, examples: pd.DataFrame | None) -> Iterator[list[str]]:
    """Lines of each of the first of a ranking of units."""
    for row, (name, fields) in zip(first.to_dict("records"), describe_units(first, examples), strict=True):
        yield [_heading(row, name), *(_field(*field) for field in fields)]


def _heading(row: dict[Any, Any], name: str, more: str = "") -> str:
    """A row's first line: its rank, what it is about, and how suspicious that is."""
    sure = "" if np.isnan(row["probability"]) else f" · probability {row['probability']:.2f}"
    return f"{row['rank']:>{_INDENT - 2}}. {_line(name)}{sure} · looks {row['looks_like']}{more}"


def _describe(first: pd.DataFrame, df: pd.DataFrame, examples: pd.DataFrame | None) -> Iterator[list[str]]:
    """Lines of each of the first of a ranking."""
    told = {} if examples is None else _told(first, df, examples)
    for example_id, row in zip(first.index.tolist(), first.to_dict("records"), strict=True):
        cleanlab = (
            f" · cleanlab: {'issue' if row['cleanlab_issue'] else 'none'}" if "cleanlab_issue" in row else ""
        )
        name = _line(shortened(str(example_id), _LONGEST_ID))
        heading = _heading(row, name, cleanlab)
        label, *texts = told.get(example_id) or _label("", _untold_suggestion(row), row)
        fields = [label, ("why", row["reason"]), *texts]
        yield [heading, *(_field(name, text) for name, text in fields if text.strip())]


def _told(
    first: pd.DataFrame, df: pd.DataFrame, examples: pd.DataFrame
) -> dict[int | str, list[tuple[str, str]]]:
    """What is shown of those of the first that the dataset has: label and suggestion, then texts."""
    known = first[first.index.isin(examples.index)]
    labels = model_labels(df.attrs.get(FACTS, {}))
    rows, chosen = join_ranking(df.loc[known.index], known), examples.loc[known.index]
    plain = rows.drop(columns=[name for name in RANKING_COLUMNS if name in rows])
    told: dict[int | str, list[tuple[str, str]]] = {}
    for example_id, row, shown, suggested in zip(
        known.index.tolist(),
        known.to_dict("records"),
        show(plain, chosen, labels=labels),
        suggestions(rows, chosen, labels=labels),
        strict=True,
    ):
        gold = " | ".join([*shown["gold"], *([f"+{shown['more_gold']}"] if shown["more_gold"] else [])])
        texts = [("asks", shown["question"])] if shown["question"] else []
        for text in shown["texts"]:
            inside = "".join(run[0] for run in text["segments"])
            title = text["name"] if len(text["name"]) < _FIELD else "text"
            texts.append((title, ("… " if text["before"] else "") + inside + (" …" if text["after"] else "")))
        told[example_id] = [*_label(gold, suggested, row), *texts]
    return told


def _label(gold: str, suggested: str | None, row: dict[Any, Any]) -> list[tuple[str, str]]:
    """The label as it is, and what might stand there instead."""
    support = f" ({words})" if (words := suggestion_words(row)) else ""
    instead = "" if suggested is None else f"-> {_cut(suggested, _LONGEST_SUGGESTION)}{support}"
    return [("label", f"{_cut(gold, _LONGEST_LABEL)} {instead}")]


def _untold_suggestion(row: dict[Any, Any]) -> str | None:
    """A suggestion as the run knows it, without the dataset: a name, a number, or an answer's place."""
    if pd.notna(row.get("suggested")):
        return shortened(str(row["suggested"]), _LONGEST_TEXT)
    if pd.notna(row.get("suggested_start")):
        return f"characters {row['suggested_start']} to {row['suggested_end']}"
    return None


def _line(text: str) -> str:
    return " ".join(visible(text).split())


def _cut(text: str, longest: int) -> str:
    line = _line(text)
    return line if len(line) <= longest else f"{line[:longest].rstrip()} …"


def _field(name: str, text: str) -> str:
    return _wrapped(_cut(text, _LONGEST_TEXT), " " * _INDENT + name.ljust(_FIELD))


def _wrapped(text: str, before: str = "") -> str:
    width = min(max(shutil.get_terminal_size((_WIDEST, 24)).columns, _NARROWEST), _WIDEST)
    return textwrap.fill(
        text, width, initial_indent=before, subsequent_indent=" " * len(before), break_on_hyphens=False
    )


def _print_planted(ranking: pd.DataFrame, root: Path) -> None:
    """Say how well the ranking, which knows nothing of them, finds the labels that were planted in the run."""
    try:
        planted = read_planted(root)
    except MissingFileError as error:
        print(f"\nHow well planted labels are found cannot be said. {error}")
    else:
        print_planted(planted_report(ranking.index, planted), RANKED_BY)
