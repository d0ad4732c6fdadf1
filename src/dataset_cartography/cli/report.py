"""`datamap report`: a map beside its dataset, as one page to read, search and mail."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from dataset_cartography.cli.console import add_region_options, categorized, print_summary
from dataset_cartography.cli.examples import (
    Source,
    add_dataset_options,
    load_examples,
    read_curves,
    read_ranking,
    to_frame,
)
from dataset_cartography.datamap import FACTS, load_cartography_metrics, summarize_map
from dataset_cartography.pages import read_pieces
from dataset_cartography.report import write_report


def add_page_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what the page shows."""
    parser.add_argument(
        "--n_examples", type=int, default=25, help="samples shown of each region (default: %(default)s)"
    )
    parser.add_argument(
        "--columns",
        nargs="+",
        metavar="NAME",
        help="columns of the dataset to slice by (default: those with few values)",
    )
    parser.add_argument(
        "--ablation_dir",
        type=Path,
        help="the cartography directory of a run of the same data with --ablation, to compare with",
    )
    parser.add_argument("--title", help="the page's heading (default: the model and the dataset)")


def report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap report`."""
    parser.add_argument("directory", type=Path, help="the cartography directory")
    add_dataset_options(parser, required=False)
    add_page_options(parser)
    parser.add_argument(
        "--output", type=Path, default=Path("report.html"), help="where to write (default: %(default)s)"
    )
    add_region_options(parser)


def run_report(arguments: argparse.Namespace) -> None:
    """Print a map's summary and write its page."""
    df = categorized(load_cartography_metrics(arguments.directory), arguments)
    ablation = load_ablation(arguments)
    examples, known = summarize(df, arguments.directory, Source.of(arguments))
    path = write_report(
        df,
        examples,
        arguments.output,
        n_examples=arguments.n_examples,
        title=arguments.title,
        columns=arguments.columns,
        ablation=ablation,
        **known,
    )
    print(f"Open:\n  {path}")


def summarize(df: pd.DataFrame, directory: Path, source: Source) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Print a map's summary; its examples, and what else is known of it, as `write_report` takes it.

    Args:
        df: The map, with its categories.
        directory: Where it comes from; where the log is there too, examples get their curves.
        source: The dataset it was recorded on.

    Raises:
        InputError: The map's task has no way to read a dataset.
    """
    facts = df.attrs.get(FACTS, {})
    examples = to_frame(load_examples(facts, source))
    dynamics, probabilities = read_curves(df, directory)
    ranking = read_ranking(df, directory, examples)
    summary = summarize_map(df, dynamics)
    print_summary(summary)
    found = source.resolved(facts)
    provenance = {"dataset": found.dataset, "split": found.split}
    return examples, {
        "provenance": provenance,
        "warnings": summary.warnings,
        "probabilities": probabilities,
        "ranking": ranking,
        "pieces": read_pieces(directory, df.index, facts.get("epochs")) if facts else None,
    }


def load_ablation(arguments: argparse.Namespace) -> pd.DataFrame | None:
    """The map of `--ablation_dir`, divided into regions by the same rule."""
    if arguments.ablation_dir is None:
        return None
    return categorized(load_cartography_metrics(arguments.ablation_dir), arguments)
