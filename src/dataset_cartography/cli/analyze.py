"""`analyze_cartography.py`: what the map says about the dataset, as tables, pictures and one HTML page."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.console import add_region_options, categorized, entry_point
from dataset_cartography.cli.examples import Source, add_dataset_options
from dataset_cartography.cli.report import add_page_options, load_ablation, summarize
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.report import AnalysisPaths, write_analysis


def make_parser() -> argparse.ArgumentParser:
    """Build the command line."""
    parser = argparse.ArgumentParser(
        prog="analyze_cartography.py",
        description="Analyse a recorded run: question types or labels, samples of each region, distributions, "
        "correlations.",
        epilog="Example: python analyze_cartography.py --cartography_dir ./cartography_output --dataset demo",
    )
    parser.add_argument(
        "--cartography_dir",
        type=Path,
        default=Path("cartography_output"),
        help="the run (default: %(default)s)",
    )
    add_dataset_options(parser, required=True)
    add_page_options(parser)
    parser.add_argument(
        "--output_dir",
        type=Path,
        default=Path("cartography_analysis"),
        help="where to write (default: %(default)s)",
    )
    add_region_options(parser)
    return parser


@entry_point
def main(argv: Sequence[str] | None = None) -> None:
    """Analyse; see `python analyze_cartography.py --help`."""
    arguments = make_parser().parse_args(argv)
    df = categorized(load_cartography_metrics(arguments.cartography_dir), arguments)
    paths = analyze(
        df,
        arguments.cartography_dir,
        source=Source.of(arguments),
        output_dir=arguments.output_dir,
        n_examples=arguments.n_examples,
        columns=arguments.columns,
        ablation=load_ablation(arguments),
        title=arguments.title,
    )
    print(
        f"Wrote {len(paths.tables)} tables and {len(paths.figures)} pictures to {arguments.output_dir}\nOpen:"
    )
    print(f"  {paths.html}")


def analyze(
    df: pd.DataFrame,
    cartography_dir: Path,
    *,
    source: Source,
    output_dir: Path,
    n_examples: int = 25,
    columns: Sequence[str] | None = None,
    ablation: pd.DataFrame | None = None,
    title: str | None = None,
) -> AnalysisPaths:
    """Print a map's summary and write its analysis.

    Args:
        df: The map, with its categories.
        cartography_dir: Where it comes from; where the log is there too, examples get their curves.
        source: The dataset it was recorded on.
        output_dir: Where to write.
        n_examples: Samples of each region.
        columns: Columns of the dataset to slice by; by default those with few values.
        ablation: The map of a run with part of the input withheld, with its categories.
        title: The page's heading.

    Raises:
        InputError: The map's task has no way to read a dataset, or no example is the map's.
    """
    examples, known = summarize(df, cartography_dir, source)
    return write_analysis(
        df,
        examples,
        output_dir,
        n_examples=n_examples,
        title=title,
        columns=columns,
        ablation=ablation,
        **known,
    )
