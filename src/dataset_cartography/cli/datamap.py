"""`datamap VERB …`: one table ties each verb to its Python function."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_cartography import __version__
from dataset_cartography.cli.apply import apply_options, run_apply
from dataset_cartography.cli.compare import compare_options, run_compare
from dataset_cartography.cli.console import (
    add_region_options,
    categorized,
    entry_point,
    print_coverage,
    print_summary,
)
from dataset_cartography.cli.errors import errors_options, run_errors
from dataset_cartography.cli.experiment import experiment_options, run_the_experiment
from dataset_cartography.cli.merge import merge_options, run_merge
from dataset_cartography.cli.plant import plant_options, run_plant, tell_planted
from dataset_cartography.cli.reading import add_reading_options, reading_of
from dataset_cartography.cli.report import report_options, run_report
from dataset_cartography.cli.review import (
    REVIEWS,
    export_review,
    import_decisions,
    refuse_review_options,
    review_options,
)
from dataset_cartography.cli.select import run_select, select_options
from dataset_cartography.cli.view import run_view, view_options
from dataset_cartography.datamap import (
    FACTS,
    compute_map,
    coverage_of,
    load_cartography_metrics,
    mode_words,
    summarize_map,
)
from dataset_cartography.formats.allenai import export_allenai, import_allenai
from dataset_cartography.formats.contract import export_epochs, export_map
from dataset_cartography.log import LogPaths
from dataset_cartography.regions import assign_categories

Arguments = argparse.Namespace


@dataclass(frozen=True)
class Verb:
    """One verb: the Python function it stands for, its options, what it does, and an example.

    Attributes:
        passes_on: Whether options that it does not know are run.py's; they are in `arguments.passed_on`.
    """

    function: str
    help: str
    example: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Arguments], None]
    passes_on: bool = False


def _metrics_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="the cartography directory")
    parser.add_argument("--burn_in", type=int, default=0, help="epochs left out at the start (default 0)")
    parser.add_argument("--burn_out", type=int, help="last epoch used (default: all)")
    parser.add_argument(
        "--metrics", nargs="+", metavar="NAME", help="only these metrics (default: all the log allows)"
    )
    add_reading_options(parser)
    parser.add_argument("--output_dir", type=Path, help="where to write (default: the directory itself)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    add_region_options(parser)


def _metrics(arguments: Arguments) -> None:
    df, dynamics = compute_map(
        arguments.directory,
        burn_in=arguments.burn_in,
        burn_out=arguments.burn_out,
        metrics=arguments.metrics,
        reading=reading_of(arguments),
    )
    placed = {"confidence", "variability"} <= set(df.columns)
    if placed:
        df = categorized(df, arguments)
    output_dir = arguments.output_dir or arguments.directory
    output_dir.mkdir(parents=True, exist_ok=True)
    written = export_map(df, output_dir)
    facts = df.attrs[FACTS]
    summary = summarize_map(df, dynamics) if placed else None
    if arguments.json:
        told: dict[str, object] = {"coverage": facts["coverage"]}
        if summary:
            told |= {"regions": summary.regions.to_frame()["count"].to_dict(), "warnings": summary.warnings}
        print(json.dumps(told))
        return
    if summary:
        print_summary(summary)
    else:
        print_coverage(coverage_of(facts), mode_words(facts["mode"]))
    print("Wrote:\n" + "\n".join(f"  {path}" for path in written))


def _plot_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="the cartography directory")
    parser.add_argument(
        "--output", type=Path, help="a .png, .svg or .pdf (default: cartography_map.png there)"
    )
    parser.add_argument("--title", help="a title above the map")
    add_region_options(parser)


def _plot(arguments: Arguments) -> None:
    from dataset_cartography.plotting import plot_data_map, save_figure

    df = categorized(load_cartography_metrics(arguments.directory), arguments)
    output = arguments.output or LogPaths(arguments.directory).picture
    save_figure(plot_data_map(df, title=arguments.title).figure, output)
    print(output)


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "format",
        choices=["allenai", "label-studio"],
        help="allenai: the log of the paper's own code; label-studio: annotations, which become decisions",
    )
    parser.add_argument(
        "source",
        type=Path,
        help="the folder with training_dynamics/dynamics_epoch_N.jsonl[.gz], or Label Studio's JSON export",
    )
    parser.add_argument(
        "destination", type=Path, help="the cartography directory to make, or the decisions file to make"
    )


def _import(arguments: Arguments) -> None:
    if arguments.format == "label-studio":
        import_decisions(arguments.source, arguments.destination)
        return
    import_allenai(arguments.source, arguments.destination)
    df, dynamics = compute_map(arguments.destination)
    df = assign_categories(df)
    export_map(df, arguments.destination)
    print_summary(summarize_map(df, dynamics))
    print(f"Wrote the log and the map to {arguments.destination}")


_EXPORTS = {"allenai": export_allenai, "json": export_epochs}


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "format",
        choices=[*_EXPORTS, *REVIEWS],
        help="of the log: allenai, the files of the paper's own code; json, training_dynamics_epoch_N.json; of "
        "examples with text, gold and prediction: label-studio (tasks and interface), argilla (records), csv, jsonl",
    )
    parser.add_argument("directory", type=Path, help="the cartography directory")
    parser.add_argument(
        "destination", type=Path, nargs="?", help="the folder to write to (default: the directory itself)"
    )
    review_options(parser)


def _export(arguments: Arguments) -> None:
    if arguments.format in REVIEWS:
        written = export_review(arguments)
    else:
        refuse_review_options(arguments)
        written = _EXPORTS[arguments.format](
            arguments.directory, arguments.destination or arguments.directory
        )
        tell_planted(arguments.directory)
    for path in written:
        print(path)


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output_dir", type=Path, default=Path("demo_output"), help="where everything goes")


def _demo(arguments: Arguments) -> None:
    from dataset_cartography.cli.demo import run_demo

    run_demo(arguments.output_dir)


VERBS = {
    "demo": Verb(
        "run_demo",
        "train the offline encoder on generated clinical notes, map and analyse them",
        "datamap demo --output_dir demo_output",
        _demo_options,
        _demo,
    ),
    "metrics": Verb(
        "compute_metrics",
        "compute the map of a recorded run and write it as JSON, CSV and Parquet",
        "datamap metrics ./cartography_output --burn_out 3",
        _metrics_options,
        _metrics,
    ),
    "errors": Verb(
        "find_label_errors",
        "rank labels by how probably they are wrong: why, and what they might be instead",
        "datamap errors ./cartography_output --dataset train.jsonl --n 25",
        errors_options,
        run_errors,
    ),
    "plot": Verb(
        "plot_data_map",
        "draw the map",
        "datamap plot ./cartography_output --output map.svg",
        _plot_options,
        _plot,
    ),
    "report": Verb(
        "write_report",
        "write a map and its examples as one page to explore, read and mail",
        "datamap report ./cartography_output --dataset demo --output report.html",
        report_options,
        run_report,
    ),
    "view": Verb(
        "serve_explorer",
        "open a map of up to millions of examples in the browser, to explore and decide",
        "datamap view ./cartography_output --dataset demo",
        view_options,
        run_view,
    ),
    "compare": Verb(
        "compare_maps",
        "compare two maps of the same examples, or several runs of two settings",
        'datamap compare ./cartography_output ./second_output --fail-if "moved_share > 0.1"',
        compare_options,
        run_compare,
    ),
    "merge": Verb(
        "merge_runs",
        "make one map of several runs: how far they lie apart, which regions are stable, and how many runs or epochs "
        "are enough",
        "datamap merge ./seed1 ./seed2 ./seed3 --output ./merged",
        merge_options,
        run_merge,
    ),
    "select": Verb(
        "select_examples",
        "choose examples to train on, exactly as many as asked for, as ids or as rows",
        "datamap select ./cartography_output --category ambiguous --fraction 0.33 --easy_floor 0.1 --output ids.json",
        select_options,
        run_select,
    ),
    "experiment": Verb(
        "run_experiment",
        "train on parts of the data that a map chooses and on controls, and say whether it helped; what it does not "
        "know goes to run.py, whose other flags are those of the recorded run",
        "datamap experiment ./cartography_output --eval demo --fractions 0.33 --seeds 0 1 2 --num_train_epochs 3",
        experiment_options,
        run_the_experiment,
        passes_on=True,
    ),
    "import": Verb(
        "import_allenai",
        "make a log of another tool's training dynamics, or decisions of annotations made in Label Studio",
        "datamap import label-studio project.json decisions.jsonl",
        _import_options,
        _import,
    ),
    "export": Verb(
        "export_allenai",
        "write a log's epochs for other tools, or examples for people to look at and correct",
        "datamap export label-studio ./cartography_output ./review --dataset train.jsonl --category hard --n 100",
        _export_options,
        _export,
    ),
    "apply": Verb(
        "apply_decisions",
        "make a corrected dataset of decisions about its examples, with a list of what changed",
        "datamap apply ./cartography_output --dataset train.jsonl --output corrected.jsonl",
        apply_options,
        run_apply,
    ),
    "plant": Verb(
        "plant_label_noise",
        "write a dataset with a known share of wrong labels, to measure how well a map finds them",
        "datamap plant --dataset demo --share 0.05 --output noisy.jsonl",
        plant_options,
        run_plant,
    ),
}


def make_parser() -> argparse.ArgumentParser:
    """Build the command line from the table of verbs."""
    parser = argparse.ArgumentParser(prog="datamap", description="Data maps from training dynamics.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        sub = verbs.add_parser(
            name,
            help=verb.help,
            description=f"{verb.help[0].upper()}{verb.help[1:]} (Python: {verb.function}).",
            epilog=f"Example: {verb.example}",
            # "--seed" is run.py's, and no short form of "--seeds".
            allow_abbrev=not verb.passes_on,
        )
        verb.options(sub)
    return parser


@entry_point
def main(argv: Sequence[str] | None = None) -> None:
    """Run one verb; see `datamap --help`."""
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(argv)
    verb = VERBS[arguments.verb]
    if unknown and not verb.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    arguments.passed_on = unknown
    verb.run(arguments)
