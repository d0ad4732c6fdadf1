"""`analyze_cartography.py`: what the map says about the dataset, as tables, pictures and one HTML page."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dataset_cartography.cli.checks import check_task_options
from dataset_cartography.cli.console import add_region_options, categorized, entry_point, print_summary
from dataset_cartography.cli.run_arguments import RunArguments
from dataset_cartography.datamap import FACTS, load_cartography_metrics, summarize_map
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.report import AnalysisPaths, write_analysis
from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.registry import TASKS


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
    parser.add_argument(
        "--dataset", required=True, help="the dataset the run was trained on, as given to run.py"
    )
    parser.add_argument(
        "--split", help="its split (default: the one that the map was recorded on, else train)"
    )
    parser.add_argument("--task", choices=list(TASKS), help="how its rows are read (default: the map's task)")
    parser.add_argument(
        "--text_column",
        nargs="+",
        default=[],
        metavar="NAME",
        help="its column or columns of text, as given to run.py",
    )
    parser.add_argument("--label_column", metavar="NAME", help="its column of labels, as given to run.py")
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
        task=arguments.task,
        options=Options(text_columns=tuple(arguments.text_column), label_column=arguments.label_column),
    )
    print(
        f"Wrote {len(paths.tables)} tables and {len(paths.figures)} pictures to {arguments.output_dir}\nOpen:"
    )
    print(f"  {paths.html}")


def analyze(
    df: pd.DataFrame,
    cartography_dir: Path,
    *,
    dataset: str,
    n_examples: int,
    output_dir: Path,
    split: str | None = None,
    task: str | None = None,
    options: Options = DEFAULTS,
) -> AnalysisPaths:
    """Print a map's summary and write its analysis.

    Args:
        df: The map, with its categories.
        cartography_dir: Where it comes from; where the log is there too, samples get their curves.
        dataset: The dataset it was recorded on, as `load_examples` takes it.
        n_examples: Samples of each region.
        output_dir: Where to write.
        split: Its split; default the map's, else "train".
        task: Key of `TASKS`; default the map's.
        options: What the task calls the dataset's columns.

    Raises:
        InputError: The map's task has no way to read a dataset, or no example is the map's.
    """
    facts = df.attrs.get(FACTS, {})
    # A map read from CSV or JSON does not say what it was recorded on.
    split = split or str(facts.get("split") or "train")
    examples = _load_examples(dataset, split, task or str(facts.get("task", "qa")), options)
    dynamics, probabilities = None, None
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
    return write_analysis(
        df,
        examples,
        output_dir,
        n_examples=n_examples,
        provenance={"dataset": dataset, "split": split},
        warnings=summary.warnings,
        probabilities=probabilities,
    )


def _load_examples(dataset: str, split: str, task: str, options: Options) -> pd.DataFrame:
    """A split's examples as the run had them, faulty rows repaired or left out; labels by their names."""
    if task not in TASKS:  # a log of a task that run.py does not train
        raise InputError(
            f"Datasets of the task '{task}' cannot be read here; choose --task from {', '.join(TASKS)}."
        )
    check_task_options(
        TASKS[task],
        RunArguments(text_column=list(options.text_columns), label_column=options.label_column),
    )
    kept = TASKS[task].load(dataset, split, None, options).kept
    examples: pd.DataFrame = kept.to_pandas().set_index("id")
    names = getattr(kept.features.get("label"), "names", None)
    if names:
        codes = examples["label"].fillna(-1).astype("int64")
        examples["label"] = pd.Categorical.from_codes(codes, categories=names)
    return examples
