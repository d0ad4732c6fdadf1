"""Edge (extra: train): a dataset's own rows, each with the id that a run knows it by."""

from typing import Any

import datasets

from dataset_cartography.tasks.base import Options, Task
from dataset_cartography.tasks.example_ids import ID_COLUMNS
from dataset_cartography.tasks.loading import DEMO, load_raw

_TRUTH = "truth"


def load_rows(dataset: str, split: str, task: Task, options: Options) -> tuple[datasets.Dataset, list[Any]]:
    """Read a split's rows as they are, those too that a run leaves out, and the id of each.

    Args:
        dataset: As `loading.load_raw` takes it.
        split: Its split.
        task: With the options it decides the ids of a dataset that has none.
        options: How its columns are called, if not by the usual names.

    Returns:
        The rows, with the column `id` in front where the dataset has none, and their ids.

    Raises:
        CartographyError: The dataset cannot be read; one sentence.
    """
    raw = load_raw(dataset, split)
    ids = _ids_of(task, dataset, split, options, len(raw))
    return without_truth(_with_ids(raw, ids), dataset), ids


def without_truth(rows: datasets.Dataset, dataset: str) -> datasets.Dataset:
    """Rows without what only the demo says: what an analysis should find is no part of what was found."""
    planted = dataset.split(":")[0] == DEMO and _TRUTH in rows.column_names
    return rows.remove_columns(_TRUTH) if planted else rows


def _ids_of(task: Task, dataset: str, split: str, options: Options, rows: int) -> list[Any]:
    """The id of every row, as a run has it; of those it leaves out, too."""
    checked = task.load(dataset, split, options=options)
    ids: list[Any] = [None] * rows
    for fault in checked.left_out:
        ids[fault.row] = fault.id
    kept = iter(checked.kept["id"][:])
    left_out = {fault.row for fault in checked.left_out}
    for row in range(rows):
        if row not in left_out:
            ids[row] = next(kept)
    return ids


def _with_ids(raw: datasets.Dataset, ids: list[Any]) -> datasets.Dataset:
    """Rows with their ids in a column, in front if it has to be made."""
    own = next((name for name in ID_COLUMNS if name in raw.column_names), None)
    if own is not None and [str(value) for value in raw[own][:]] == [str(value) for value in ids]:
        return raw
    order = ["id", *raw.column_names]
    return raw.add_column("id", ids).select_columns(order)
