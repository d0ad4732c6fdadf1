"""Edge (extra: train): the rows of chosen examples, as the dataset has them, to a file or a folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.selection import all_located
from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.raw_rows import load_rows
from dataset_cartography.tasks.registry import TASKS
from dataset_cartography.tasks.write_rows import write_rows


def select_rows(
    dataset: str, ids: Sequence[Any], *, task: str, split: str = "train", options: Options = DEFAULTS
) -> datasets.Dataset:
    """Read the rows of chosen examples, in the dataset's order and form.

    Args:
        dataset: As `tasks.loading.load_raw` takes it: the one that the map was recorded on.
        ids: Of the examples, all different.
        task: As in run.py's `--task`; with split and options it decides the ids of a dataset that has none.
        split: The dataset's split.
        options: How its columns are called, if not by the usual names.

    Returns:
        Its own rows; a dataset without ids has the column `id` in front.

    Raises:
        InputError: There is no such task, or an id is not in the dataset; the sentence names one.
        CartographyError: The dataset cannot be read; one sentence.
    """
    if task not in TASKS:
        raise InputError(f"Rows of the task '{task}' cannot be read here; tasks are {', '.join(TASKS)}.")
    raw, known = load_rows(dataset, split, TASKS[task], options)
    where = f"in the dataset '{dataset}'"
    rows = all_located(
        pd.Index(known, dtype=object),
        ids,
        "that were chosen",
        where,
        told=f"the {len(ids):,} ids that were chosen",
        absent=f"not {where}: give the dataset and split that the map was recorded on.",
    )
    return raw.select(np.sort(rows))


def write_selected(rows: datasets.Dataset, path: Path) -> None:
    """Write rows as the name says: a file as `write_rows` does, without a suffix a folder as `save_to_disk` does."""
    if path.suffix:
        write_rows(rows, path)
        return
    # The name shows a whole folder or none.
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        rows.save_to_disk(unfinished)
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
