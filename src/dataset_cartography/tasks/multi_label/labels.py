"""Labels of texts that may have several -> lists of names' numbers."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.label_lists import LabelLists, as_lists, read_label_lists


class ReadLabels(NamedTuple):
    """A column of labels.

    Attributes:
        labels: Of each row, in ascending order, each once.
        width: Where the rows were written as a 0 or 1 for each label, how many there are; else None.
    """

    labels: LabelLists
    width: int | None


def read_several(values: pa.ChunkedArray, feature: Any, where: str) -> ReadLabels:
    """Number the labels of a column in which a row has any number of them.

    - Lists of labels: strings, numbers or a `ClassLabel`, numbered as `labels.read_labels` does; also as a text that
      spells a list. Another text is a label of its own, an empty one none.
    - Lists of one length, of nothing but 0 and 1, say of each label whether it is given; names are "0", "1", …. Where a
      list holds one of them twice, as lists of labels do not, all have to be of one length.

    An empty list means that no label is given; null that nobody knows.

    Args:
        values: The column.
        feature: Its type as `datasets` knows it.
        where: What it is, for messages: "column 'labels' of the dataset 'x'".

    Raises:
        InputError: The column holds something else.
    """
    lists = as_lists(values, where, "--label_column", alone=True)
    width = _width(lists, feature, where)
    if width is None:
        labels = read_label_lists(lists, feature, where)
        return ReadLabels(LabelLists(labels.names, _sorted(labels.numbers)), None)
    flat = pc.list_flatten(lists).to_numpy(zero_copy_only=False).astype(bool).reshape(-1, width)
    given = iter(flat)
    numbers = [
        None if missing else np.flatnonzero(next(given)).tolist() for missing in pc.is_null(lists).to_pylist()
    ]
    names = [str(number) for number in range(width)]
    return ReadLabels(LabelLists(names, pa.array(numbers, pa.list_(pa.int64()))), width)


def _width(lists: pa.ListArray, feature: Any, where: str) -> int | None:
    """How many labels rows of 0 and 1 are about; None where they are lists of labels.

    Raises:
        InputError: Some rows are about other labels than most.
    """
    if hasattr(getattr(feature, "feature", None), "names"):  # a ClassLabel
        return None
    flat = pc.list_flatten(lists)
    if pa.types.is_string(flat.type) or pa.types.is_large_string(flat.type) or pa.types.is_nested(flat.type):
        return None
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    filled = lengths[pc.is_valid(lists).to_numpy(zero_copy_only=False)]
    if not len(filled) or filled.max() < 2 or flat.null_count:
        return None
    values = np.unique(flat.to_numpy(zero_copy_only=False).astype(float))
    if not set(values.tolist()) <= {0.0, 1.0}:
        return None
    width = int(np.bincount(filled).argmax())
    if (filled == width).all():
        return width
    if filled.max() > len(values):  # a label stands in a list once
        row = int(np.flatnonzero(pc.is_valid(lists).to_numpy(zero_copy_only=False) & (lengths != width))[0])
        raise InputError(
            f"Most lists in the {where} hold a 0 or 1 for each of {width} labels, but row {row} (counted from 0) holds "
            f"{lengths[row]}: give it {width}, or null where its labels are not known."
        )
    return None


def _sorted(numbers: pa.ListArray) -> pa.ListArray:
    rows = [row and sorted(set(row), key=lambda n: -1 if n is None else n) for row in numbers.to_pylist()]
    return pa.array(rows, pa.list_(pa.int64()))
