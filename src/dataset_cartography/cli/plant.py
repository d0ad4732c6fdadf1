"""Wrong labels planted on purpose: `datamap plant`, what `run.py` does with its flags for it, and what was found.

What plants (the extra "train") is imported when it is used.
"""

import argparse
import logging
from pathlib import Path

from dataset_cartography.cli.console import print_table
from dataset_cartography.cli.examples import Source, add_dataset_options, load_examples
from dataset_cartography.datamap import PLANTED, planted_sentence
from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import LogPaths, Manifest
from dataset_cartography.tasks.noise import (
    KINDS,
    TASKS,
    PlantedReport,
    Planting,
    planted_report,
    read_planted,
)

logger = logging.getLogger(__name__)

SHARE = 0.05
RANKED_BY = "`datamap errors`, the most suspicious first"
_FLAGS = "--plant_label_noise, --plant_kind, --plant_seed and --plant_confusion_from"


def plant_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap plant`."""
    add_dataset_options(parser, required=True, tasks=TASKS)
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="the dataset to write, a .jsonl; the truth goes beside it, as .planted",
    )
    parser.add_argument(
        "--share", type=float, default=SHARE, help="share of the labels made wrong (default %(default)s)"
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default=KINDS[0],
        help="confusable: as people err (default); uniform: any other; boundary: the ends of an answer (qa) or an "
        "entity (token-classification)",
    )
    parser.add_argument("--seed", type=int, default=0, help="decides which labels (default 0)")
    parser.add_argument(
        "--confusion_from",
        metavar="DIR",
        help="classification, nli: a recorded run on the same data, whose predictions say what is confused with what",
    )


def run_plant(arguments: argparse.Namespace) -> None:
    """Write a dataset with planted labels, and the truth beside it."""
    try:
        from dataset_cartography.tasks.noise.files import check_output, write_noisy
    except ImportError as error:
        raise MissingExtraError.of("Reading a dataset", "train") from error
    check_output(arguments.output)
    source = Source.of(arguments).resolved({})
    task = str(source.task)
    planting = Planting(arguments.share, arguments.kind, arguments.seed, arguments.confusion_from)
    planting.check(task)
    examples = load_examples({}, source)
    noisy, planted = planting.plant(examples, task)
    written, truth = write_noisy(examples, noisy, planted, arguments.output)
    how = f"{planting.kind}, seed {planting.seed}"
    print(f"Planted {len(planted):,} wrong labels among {len(examples):,} examples ({how}).")
    print(f"  {written}\n  {truth}: the truth, for evaluation alone")


def planting_of(
    share: float | None, kind: str, seed: int, confusion_from: str | None, *, task: str, recording: bool
) -> Planting | None:
    """What `run.py` is asked to plant, checked; None for nothing.

    Raises:
        InputError: There is nothing to be measured by it, or a flag has no such value.
    """
    if share is None:
        if confusion_from is not None:
            raise InputError(
                "--plant_confusion_from says how labels are planted: give --plant_label_noise too."
            )
        return None
    if not recording:
        raise InputError(
            "--plant_label_noise measures how well a map finds wrong labels: give --do_train and --enable_cartography "
            "too."
        )
    planting = Planting(share, kind, seed, confusion_from)
    planting.check(task)
    return planting


def refuse_other_planting(root: Path, planting: Planting | None) -> None:
    """Refuse to go on with a run whose labels were planted otherwise.

    Raises:
        InputError: That is so; the sentence says how they were.
    """
    if not LogPaths(root).manifest.is_file():
        return
    said = Manifest.read(root).provenance.get(PLANTED)
    before = Planting.of(said) if said else None
    if before != planting:
        raise InputError(
            f"'{root}' was recorded with {_words(before)}, and this run has {_words(planting)}: resume with the same "
            f"{_FLAGS}, or record into a new directory."
        )


def _words(planting: Planting | None) -> str:
    if planting is None:
        return "no planted labels"
    more = f", confused as in '{planting.confusion_from}'" if planting.confusion_from is not None else ""
    return (
        f"a share of {planting.share:g} of its labels planted ({planting.kind}, seed {planting.seed}{more})"
    )


def tell_planted(root: Path) -> None:
    """Log a warning where what is exported from a run says something of labels that were planted."""
    if LogPaths(root).manifest.is_file() and (sentence := planted_sentence(Manifest.read(root).provenance)):
        logger.warning("%s.", sentence)


def show_planted(root: Path) -> None:
    """Print how well the run's own ranking of its labels finds those that were planted in it."""
    ranking = find_label_errors(root)  # of the log alone: it knows of none
    print_planted(planted_report(ranking.index, read_planted(root)), RANKED_BY)
    print("The model has learnt them too: to use it, train again without --plant_label_noise.")


def print_planted(report: PlantedReport, ranked_by: str, ranked: str = "examples") -> None:
    """Print how well a ranking finds planted labels; `ranked` is what it is a ranking of."""
    print(f"\nPlanted wrong labels: {report.planted:,}, and {report.ranked:,} {ranked} ranked by {ranked_by}")
    print_table(
        ["first", "found", "by chance", "precision", "recall"],
        [
            [f"{at.k:,}", f"{at.found:,}", f"{at.by_chance:.1f}", f"{at.precision:.2f}", f"{at.recall:.2f}"]
            for at in report.at
        ],
    )
    catch = (
        f"reviewing the first {report.to_catch_80:,} finds 80% of them"
        if report.to_catch_80 is not None
        else "fewer than 80% of them are in the ranking"
    )
    print(f"Average precision {report.average_precision:.2f}; {catch}.")
    if report.own_to_catch_80 is not None:
        print(
            f"If wrong labels of your own are like these, the first {report.own_to_catch_80:,} that were not planted "
            "hold 80% of them."
        )
