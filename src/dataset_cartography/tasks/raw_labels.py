"""Edge (extra: train): the labels of a dataset as the user wrote it, to read and to change.

A run sees rows in its task's one form; whoever corrects a label wants his own file back, with that label changed and
nothing else. So each task says how labels stand in rows as they were read.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import datasets
import numpy as np
import pyarrow as pa

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.fingerprint import code_version, fingerprint

Label = Any
"""A label as JSON can say it: a name, a choice `{"choice": 1, "text": "…"}`, or answers; None where there is none."""


class UnreadableLabelError(InputError):
    """A text that cannot be the label of its row; the message says why, as the end of a sentence."""


class RawLabels(Protocol):
    """The labels of rows as they were read; rows are numbered from 0."""

    def at(self, row: int) -> Label:
        """The label of a row."""

    def read(self, row: int, text: str) -> Label:
        """What a text that a person wrote means as the label of a row.

        Raises:
            UnreadableLabelError: Nothing.
        """

    def written(self, labels: Mapping[int, Label]) -> datasets.Dataset:
        """The rows with other labels, as `read` gives them; all else as it was, columns in their order."""


def with_cells(rows: datasets.Dataset, column: str, cells: Mapping[int, Any]) -> datasets.Dataset:
    """Change some cells of a column; its type stays, and memory does not grow with the rest of it.

    Args:
        rows: Rows.
        column: The column's name.
        cells: Row number to new value.
    """
    if not cells:
        return rows
    stored = rows.with_format("arrow")[column][:]
    old = stored if isinstance(stored, pa.ChunkedArray) else pa.chunked_array([stored])
    new = pa.array(list(cells.values()), type=old.type)
    places = np.arange(len(old))
    places[list(cells)] = len(old) + np.arange(len(new))
    changed = pa.chunked_array([*old.chunks, new]).take(pa.array(places))
    return replaced(rows, column, changed, rows.features[column], cells)


def replaced(
    rows: datasets.Dataset, column: str, values: pa.ChunkedArray, feature: Any, cause: Any
) -> datasets.Dataset:
    """Put values, and a type, in the place of a column.

    Args:
        rows: Rows.
        column: The column's name.
        values: (rows,)
        feature: Their type as `datasets` knows it.
        cause: What the new values follow from, for the fingerprint.
    """
    order = rows.column_names
    key = fingerprint(rows._fingerprint, "replaced", column, cause, code_version(__file__))
    beside = "_".join([*order, ""])  # no column of theirs, and without its only one a dataset has no rows
    both = rows.add_column(beside, values, feature=feature, new_fingerprint=key)
    return both.remove_columns(column).rename_column(beside, column).select_columns(order)
