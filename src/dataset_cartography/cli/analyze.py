"""`analyze_cartography.py`: what the map says about the dataset, as tables, pictures and one HTML page."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.console import add_region_options, categorized, entry_point, print_summary
from dataset_cartography.datamap import FACTS, load_cartography_metrics, summarize_map
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.report import AnalysisPaths, write_analysis
from dataset_cartography.tasks.registry import TASKS


def make_parser() -> argparse.ArgumentParser:
    """Build the command line."""
    parser = argparse.ArgumentParser(
        prog="analyze_cartography.py",
        description="Analyse a recorded run: question types, samples of each region, distributions, correlations.",
        epilog="Example: python analyze_cartography.py --cartography_dir ./cartography_output --dataset demo",
    )
    parser.add_argument(
        "--cartography_dir",
        type=Path,
        default=Path("cartography_output"),
        help="the run (default: %(default)s)",
    )
    parser.add_argument(
        "--dataset", required=True, help="the dataset the run was trained on, as given to run.py"
    )
    parser.add_argument("--split", default="train", help="its split (default: %(default)s)")
    parser.add_argument(
        "--n_examples", type=int, default=25, help="samples shown of each region (default: %(default)s)"
    )
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
        dataset=arguments.dataset,
        split=arguments.split,
        n_examples=arguments.n_examples,
        output_dir=arguments.output_dir,
    )
    print(
        f"Wrote {len(paths.tables)} tables and {len(paths.figures)} pictures to {arguments.output_dir}\nOpen:"
    )
    print(f"  {paths.html}")


def analyze(
    df: pd.DataFrame, cartography_dir: Path, *, dataset: str, split: str, n_examples: int, output_dir: Path
) -> AnalysisPaths:
    """Print a map's summary and write its analysis.

    Args:
        df: The map, with its categories.
        cartography_dir: Where it comes from; where the log is there too, samples get their curves.
        dataset: The dataset it was recorded on, as `load_examples` takes it.
        split: Its split.
        n_examples: Samples of each region.
        output_dir: Where to write.
    """
    dynamics, probabilities = None, None
    facts = df.attrs.get(FACTS)
    if facts and LogPaths(cartography_dir).manifest.is_file():
        # The curves are read as the map was: its epochs, its definition of the gold probability.
        reading = Reading(**facts.get("reading", {}))
        log = LogReader(cartography_dir)
        dynamics = load_dynamics(log, epochs=facts["epochs"], reading=reading)
        probabilities = pd.DataFrame(
            dynamics.signals["gold_probability"], index=log.ids, columns=list(dynamics.epochs)
        )
    summary = summarize_map(df, dynamics)
    print_summary(summary)
    task = TASKS[df.attrs.get(FACTS, {}).get("task", "qa")]
    # As the run had them: faulty rows repaired, or left out.
    examples = task.load(dataset, split, None).kept.to_pandas().set_index("id")
    return write_analysis(
        df,
        examples,
        output_dir,
        n_examples=n_examples,
        provenance={"dataset": dataset, "split": split},
        warnings=summary.warnings,
        probabilities=probabilities,
    )
