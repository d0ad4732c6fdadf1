"""`datamap experiment`: train on parts of the data that a map chooses, and on controls, and say whether it helped.

What trains (the extra "train") is imported when it is used.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dataset_cartography.cli.console import print_table
from dataset_cartography.cli.examples import Source, add_dataset_options
from dataset_cartography.cli.review import read_ids
from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.experiment import EQUAL, SUBSETS, Progress
from dataset_cartography.experiment.conclusions import METRICS, arm_words, evaluation_words
from dataset_cartography.experiment.paths import CONCLUSIONS, PICTURE, RESULTS, TABLE

if TYPE_CHECKING:
    from dataset_cartography.tasks.experiment import Experiment

_OURS = (
    "task",
    "dataset",
    "train_split",
    "train_ids",
    "eval_dataset",
    "eval_split",
    "ood_dataset",
    "ood_split",
    "output_dir",
    "do_train",
    "do_eval",
    "seed",
    "save_strategy",
    "enable_cartography",
    "text_column",
    "label_column",
    "max_train_samples",
    "resume_from_checkpoint",
)
_QUICK_EXAMPLES, _QUICK_EVALUATED, _QUICK_EPOCHS, _QUICK_SEEDS = 100, 100, 2, 2


def experiment_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap experiment`; what it does not know goes to run.py."""
    parser.add_argument("directory", type=Path, help="the cartography directory, whose map chooses")
    parser.add_argument(
        "--eval",
        metavar="DATASET",
        required=True,
        help="what every model is evaluated on, as run.py takes it",
    )
    parser.add_argument("--eval_split", default="validation", help="its split (default validation)")
    parser.add_argument("--ood", metavar="DATASET", help="a second dataset to evaluate on, of another domain")
    parser.add_argument("--ood_split", default="validation", help="its split (default validation)")
    parser.add_argument(
        "--output_dir",
        type=Path,
        help="where trainings and results go (default: experiment in the directory)",
    )
    parser.add_argument(
        "--arms",
        nargs="*",
        choices=SUBSETS,
        default=list(SUBSETS),
        help="what is trained beside the full data, at every fraction (default: all; random is always among them)",
    )
    parser.add_argument(
        "--fractions",
        nargs="+",
        type=float,
        default=[0.33, 0.1],
        help="shares of the examples (default 0.33 0.1)",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2], help="of training and drawing (default 0 1 2)"
    )
    parser.add_argument(
        "--equal",
        choices=EQUAL,
        default=EQUAL[0],
        help="what all trainings have in common: optimizer steps (default), or epochs, by which small sets cost less",
    )
    parser.add_argument(
        "--stratify",
        metavar="COLUMN",
        help="what `stratified` keeps the shares of: a column of map or dataset (default: label, for qa the region)",
    )
    parser.add_argument(
        "--selection",
        nargs="+",
        default=[],
        metavar="NAME=FILE",
        help="selections of your own, as `datamap select` writes ids; each beside as many at random",
    )
    parser.add_argument(
        "--without_errors",
        type=int,
        metavar="N",
        help="also train without the first N suspected label errors, with them corrected, and without N at random",
    )
    parser.add_argument(
        "--without_errors_from",
        type=float,
        metavar="P",
        help="the same for those at least so probably wrong (0.5)",
    )
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time (default 1)")
    parser.add_argument(
        "--part",
        default="1/1",
        metavar="I/K",
        help="train every K-th cell from the I-th on: the other parts run on other machines, into the same folder",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a rehearsal on {_QUICK_EXAMPLES} examples, {_QUICK_SEEDS} seeds and the first fraction: that all "
        "runs, and how long; no result",
    )
    add_dataset_options(parser, required=False)


def run_the_experiment(arguments: argparse.Namespace) -> None:
    """Run what is left of an experiment, and print what came of it."""
    try:
        from dataset_cartography.tasks.base import Options
        from dataset_cartography.tasks.experiment import recipe_of, run_experiment
    except ImportError as error:
        raise MissingExtraError.of("An experiment", "train") from error
    source = Source.of(arguments)
    given = list(arguments.passed_on)
    training = [*recipe_of(arguments.directory), *given]
    for name, columns in (("text_column", source.text_columns), ("label_column", (source.label_column,))):
        if any(columns):
            training += [f"--{name}", *map(str, columns)]
    seeds, fractions, most = arguments.seeds, arguments.fractions, None
    output_dir = arguments.output_dir or arguments.directory / "experiment"
    if arguments.quick:
        seeds, fractions, most = seeds[:_QUICK_SEEDS], fractions[:1], _QUICK_EXAMPLES
        training += ["--num_train_epochs", str(_QUICK_EPOCHS), "--max_eval_samples", str(_QUICK_EVALUATED)]
        training += ["--max_steps", "-1"]  # were the recorded run's given by steps
        output_dir = output_dir.with_name(f"{output_dir.name}_quick")
    _check_flags(given, training, arguments.equal)
    part = _part(arguments.part)
    experiment = run_experiment(
        arguments.directory,
        output_dir,
        evaluation=(arguments.eval, arguments.eval_split),
        ood=None if arguments.ood is None else (arguments.ood, arguments.ood_split),
        dataset=source.dataset,
        split=source.split,
        task=source.task,
        options=Options(text_columns=source.text_columns, label_column=source.label_column),
        subsets=arguments.arms,
        fractions=fractions,
        seeds=seeds,
        equal=arguments.equal,
        stratify=arguments.stratify,
        selections=_selections(arguments.selection),
        without_errors=arguments.without_errors,
        without_errors_from=arguments.without_errors_from,
        most_examples=most,
        training=training,
        workers=arguments.workers,
        part=part,
        on_cell=_tell,
    )
    show_experiment(experiment)
    if arguments.quick:
        print("This was a rehearsal: nothing can be concluded from its scores.")


def show_experiment(experiment: "Experiment") -> None:
    """Print an experiment's table and conclusions, and draw it."""
    for evaluation, rows in experiment.table.groupby("evaluation", sort=False):
        given = experiment.plan["evaluations"][evaluation]
        print(
            f"\n{evaluation_words(str(evaluation))}, {METRICS[experiment.plan['metric']]} in percent on "
            f"{rows['evaluated'].iloc[0]:,} examples of {given['dataset']} ({given['split']}), mean of the seeds ± "
            "their standard deviation; differences with 95% intervals"
        )
        print_table(
            [
                "trained on",
                "examples",
                "seeds",
                "mean",
                "to as many at random",
                "to full",
                "steps",
                "seconds",
            ],
            [_row(row) for _, row in rows.iterrows()],
        )
    print()
    for sentence in experiment.conclusions:
        print(sentence)
    written = [TABLE, CONCLUSIONS, RESULTS]
    if len(experiment.table):
        _draw(experiment)
        written.insert(0, PICTURE)
    print("Wrote:\n" + "\n".join(f"  {experiment.directory / name}" for name in written))


def _draw(experiment: "Experiment") -> None:
    from dataset_cartography.plotting import plot_experiment, save_figure

    picture = plot_experiment(experiment.plan, experiment.table, experiment.results)
    save_figure(picture.figure, experiment.directory / PICTURE)


def _row(row: "pd.Series[Any]") -> list[str]:
    spread = "" if pd.isna(row["sd"]) else f" ± {row['sd']:.1f}"
    return [
        arm_words(row["arm"], row["fraction"]),
        f"{row['examples']:,}",
        f"{row['seeds']} of {row['planned']}",
        f"{row['mean']:.1f}{spread}",
        _difference(row, "control"),
        _difference(row, "full"),
        f"{row['steps']:,.0f}",
        f"{row['seconds']:,.0f}",
    ]


def _difference(row: "pd.Series[Any]", to: str) -> str:
    value, low, high = (row[f"{to}_{name}"] for name in ("difference", "low", "high"))
    if pd.isna(value):
        return ""
    return f"{value:+.1f}" if pd.isna(low) else f"{value:+.1f} ({low:+.1f} to {high:+.1f})"


def _tell(progress: Progress) -> None:
    """One line per finished cell."""
    result = progress.result
    scores = ", ".join(
        f"{name} {words} {each[metric]:.1f}"
        for name, each in result.items()
        if isinstance(each, dict)
        for metric, words in METRICS.items()
        if metric in each
    )
    print(
        f"{progress.finished:>3} of {progress.cells}  {result['cell']}: {scores} ({result['examples']:,} examples, "
        f"{result['steps']:,} steps, {result['seconds']:.0f} s)",
        flush=True,
    )


def _check_flags(given: list[str], training: list[str], equal: str) -> None:
    """Refuse flags that an experiment gives its trainings itself, or that run.py does not know or cannot do with."""
    for word in given:
        name = word.removeprefix("--").split("=")[0]
        if word.startswith("--") and name in _OURS:
            raise InputError(f"--{name} is the experiment's own to give to its trainings: leave it out.")
    from transformers import HfArgumentParser

    from dataset_cartography.cli.checks import check_numbers, parse_arguments
    from dataset_cartography.cli.run_arguments import CartographyArguments, RunArguments, RunTrainingArguments

    parser = HfArgumentParser(
        [RunArguments, CartographyArguments, RunTrainingArguments], prog="datamap experiment"
    )
    arguments = parse_arguments(parser, training)[2]
    check_numbers(arguments)
    if not any(word.split("=")[0] == "--model" for word in training):
        raise InputError(
            "The map does not say which model run.py trained (it was recorded otherwise, or its log is not there): "
            "name one with --model."
        )
    if equal == "epochs" and arguments.max_steps > 0:
        raise InputError(
            f"By --max_steps {arguments.max_steps} all trainings make as many steps: give --max_steps -1 and "
            "--num_train_epochs, or --equal steps."
        )


def _part(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not (number.isdecimal() and parts.isdecimal()):
        raise InputError(f"--part must be I/K, such as 1/4; got '{text}'.")
    return int(number), int(parts)


def _selections(words: list[str]) -> dict[str, list[Any]]:
    selections: dict[str, list[Any]] = {}
    for word in words:
        name, separator, path = word.partition("=")
        if not separator or not path:
            raise InputError(f"--selection must be NAME=FILE, such as mine=ids.json; got '{word}'.")
        if name in selections:
            raise InputError(f"Two selections are called '{name}': give them different names.")
        selections[name] = read_ids(Path(path))
    return selections
