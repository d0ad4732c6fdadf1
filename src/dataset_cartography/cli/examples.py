"""What the commands share that show a map beside its dataset: their options, and how examples and curves are read.

The options are light; what reads datasets (the extra "train") is imported when it is used.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.dynamics import Dynamics, Reading, load_dynamics
from dataset_cartography.errors import CartographyError, InputError, MissingExtraError, MissingFileError
from dataset_cartography.label_errors.find import find_label_errors
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.schema import SCHEMAS

if TYPE_CHECKING:
    import datasets


@dataclass(frozen=True)
class Source:
    """Where a map's examples are read from.

    Attributes:
        dataset: As `tasks.loading.load_raw` takes it; None for the one that the map names.
        split: Its split; None for the map's, else "train".
        task: As in run.py's `--task`; None for the map's.
        text_columns: What the dataset calls the task's text columns; empty for the usual names.
        label_column: What it calls the label; None for the usual name.
    """

    dataset: str | None = None
    split: str | None = None
    task: str | None = None
    text_columns: tuple[str, ...] = ()
    label_column: str | None = None

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Source":
        """Read the options that `add_dataset_options` adds."""
        columns = tuple(arguments.text_column)
        return cls(arguments.dataset, arguments.split, arguments.task, columns, arguments.label_column)

    def resolved(self, facts: Mapping[str, Any]) -> "Source":
        """This source with what it leaves open taken from the facts of a map.

        Raises:
            InputError: The dataset was left open, and the map does not name it.
        """
        dataset = self.dataset or str(facts.get("dataset") or "")
        if not dataset:
            raise InputError(
                "The map does not say which dataset it was recorded on: name it with --dataset, as given to run.py."
            )
        # A map read from CSV or JSON does not say what it was recorded on.
        split = self.split or str(facts.get("split") or "train")
        return replace(self, dataset=dataset, split=split, task=self.task or str(facts.get("task", "qa")))


def add_dataset_options(
    parser: argparse.ArgumentParser, *, required: bool, tasks: Sequence[str] | None = None
) -> None:
    """Add the options that name a dataset, and say how its rows are read.

    Args:
        parser: Gets them.
        required: Whether it must be named.
        tasks: What the rows of a dataset may be read as, by default as the first; None where it is that of a map, which
            knows its task.
    """
    words = (
        ("as run.py takes it", "train") if tasks else ("as given to run.py", "that of the map, else train")
    )
    parser.add_argument(
        "--dataset",
        required=required,
        help=f"the dataset, {words[0]}{'' if required else ' (default: the one that the map names)'}",
    )
    parser.add_argument("--split", help=f"its split (default: {words[1]})")
    parser.add_argument(
        "--task",
        choices=tasks or list(SCHEMAS),
        default=tasks[0] if tasks else None,
        help=f"how its rows are read (default: {'%(default)s' if tasks else 'the task of the map'})",
    )
    parser.add_argument(
        "--text_column",
        nargs="+",
        default=[],
        metavar="NAME",
        help=f"its column or columns of text, {words[0]}",
    )
    parser.add_argument("--label_column", metavar="NAME", help=f"its column of labels, {words[0]}")


def load_examples(facts: Mapping[str, Any], source: Source) -> "datasets.Dataset":
    """Read a map's examples as the run had them, faulty rows repaired or left out.

    Args:
        facts: The map's.
        source: Where from.

    Raises:
        InputError: The dataset is not known, or its task has no way to read one.
        MissingExtraError: What reads datasets is not installed.
        CartographyError: It cannot be read; one sentence, as the task's loader says.
    """
    found = source.resolved(facts)
    dataset, split, task = str(found.dataset), str(found.split), str(found.task)
    try:
        from dataset_cartography.cli.checks import check_task_options
        from dataset_cartography.cli.run_arguments import RunArguments
        from dataset_cartography.tasks.base import Options
        from dataset_cartography.tasks.raw_rows import without_truth
        from dataset_cartography.tasks.registry import TASKS
    except ImportError as error:
        raise MissingExtraError.of("Reading a dataset", "train") from error
    if task not in TASKS:  # a log of a task that run.py does not train
        raise InputError(
            f"Datasets of the task '{task}' cannot be read here; choose --task from {', '.join(TASKS)}."
        )
    texts, label = found.text_columns, found.label_column
    check_task_options(TASKS[task], RunArguments(text_column=list(texts), label_column=label))
    try:
        kept = TASKS[task].load(dataset, split, None, Options(text_columns=texts, label_column=label)).kept
    except CartographyError as error:
        if source.dataset is not None:
            raise
        raise InputError(
            f"The map was recorded on the dataset '{dataset}', which cannot be read from here: name it with "
            f"--dataset. {error}"
        ) from error
    return without_truth(kept, dataset)


def to_frame(examples: "datasets.Dataset") -> pd.DataFrame:
    """Examples as a frame, index = id; labels by their names, where they have names, and lists of them."""
    frame: pd.DataFrame = examples.to_pandas().set_index("id")
    for column, feature in examples.features.items():
        names = getattr(feature, "names", None) if column == "label" else None
        several = getattr(getattr(feature, "feature", None), "names", None)
        if names:
            codes = frame[column].fillna(-1).astype("int64")
            frame[column] = pd.Categorical.from_codes(codes, categories=names)
        elif several:
            known = np.array(several, dtype=object)
            frame[column] = [known[np.asarray(cell, np.int64)].tolist() for cell in frame[column]]
    return frame


def read_curves(df: pd.DataFrame, directory: Path) -> tuple[Dynamics | None, pd.DataFrame | None]:
    """The dynamics of a map and its examples' gold probability by epoch; None where the log is not there.

    They are read as the map was: its epochs, its definition of the gold probability.
    """
    facts = df.attrs.get(FACTS, {})
    if not facts or not LogPaths(directory).manifest.is_file():
        return None, None
    log = LogReader(directory)
    dynamics = load_dynamics(log, epochs=facts["epochs"], reading=Reading(**facts.get("reading", {})))
    curves = pd.DataFrame(
        dynamics.signals["gold_probability"], index=log.ids, columns=list(dynamics.epochs), copy=False
    )
    return dynamics, curves


def read_ranking(
    df: pd.DataFrame, directory: Path, examples: pd.DataFrame | None = None, embeddings: Any = None
) -> pd.DataFrame | None:
    """The ranking of a run's labels by suspicion, read as its map was; None where the log is not there.

    Args:
        df: The map.
        directory: Where it comes from.
        examples: As `to_frame` gives them, where they can be read.
        embeddings: (examples, d) in the log's order.
    """
    facts = df.attrs.get(FACTS, {})
    if not facts or not LogPaths(directory).manifest.is_file():
        return None
    reading = Reading(**facts.get("reading", {}))
    return find_label_errors(directory, examples=examples, reading=reading, embeddings=embeddings)


def need_ranking(
    df: pd.DataFrame, directory: Path, examples: pd.DataFrame | None = None, embeddings: Any = None
) -> pd.DataFrame:
    """As `read_ranking`, where a ranking was asked for.

    Raises:
        MissingFileError: The log is not there.
    """
    ranking = read_ranking(df, directory, examples, embeddings)
    if ranking is None:
        raise MissingFileError(
            f"No log in '{directory}': labels are ranked by a run's log, and there is only its map. Give the directory "
            "that the run was recorded into."
        )
    return ranking
