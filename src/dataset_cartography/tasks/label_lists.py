"""Edge (extra: train): columns of lists of labels -> names and their numbers: a tag a token, any number of labels."""

from typing import Any, NamedTuple

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, List

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.classification.labels import match_names, read_labels
from dataset_cartography.tasks.fingerprint import fingerprint


class LabelLists(NamedTuple):
    """A column of lists of labels.

    Attributes:
        names: In the order of their numbers.
        numbers: (rows,) lists of int64; null for a label that is none, and for a row without a list.
    """

    names: list[str]
    numbers: pa.ListArray


def as_lists(values: pa.ChunkedArray, where: str, flag: str, *, alone: bool = False) -> pa.ListArray:
    """A column as lists, of strings or of numbers; null where a row has none.

    Args:
        values: Lists, or texts that spell them as JSON or Python.
        where: What it is, for messages: "column 'tags' of the dataset 'x'".
        flag: The option that names it, for messages.
        alone: Whether a text that spells no list is a list of itself, and one that is empty an empty list.

    Raises:
        InputError: The column holds something else.
    """
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        cells = [spelled(cell) for cell in values.to_pylist()]
        if alone:
            cells = [cell.split() and [cell] if isinstance(cell, str) else cell for cell in cells]
        lists = [cell if isinstance(cell, list) else None for cell in cells]
        whole = all(type(item) is int for cell in lists if cell for item in cell)
        texts = [cell and ([*cell] if whole else [as_text(item) for item in cell]) for cell in lists]
        return pa.array(texts, pa.list_(pa.int64() if whole and any(texts) else pa.string()))
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.list_(pa.string()))
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        raise InputError(
            f"The {where} holds values of the type {kind}, not lists: name the right column with {flag}."
        )
    lists = values.cast(pa.list_(kind.value_type)).combine_chunks()
    return lists if isinstance(lists, pa.ListArray) else pa.concat_arrays(lists.chunks)


def read_label_lists(lists: pa.ListArray, feature: Any, where: str) -> LabelLists:
    """Number the labels of a column of lists, as `labels.read_labels` does those of a column of labels.

    Args:
        lists: As `as_lists` gives them.
        feature: The column's type as `datasets` knows it.
        where: What it is, for messages.

    Raises:
        InputError: As `labels.read_labels`.
    """
    flat = pc.list_flatten(lists)
    labels = read_labels(pa.chunked_array([flat]), getattr(feature, "feature", None), where)
    known = pc.less(labels.numbers, len(labels.names))  # a ClassLabel's number may be beyond its names
    return LabelLists(labels.names, with_values(lists, pc.if_else(known, labels.numbers, None)))


def with_values(lists: pa.ListArray, values: pa.Array) -> pa.ListArray:
    """Lists of the same lengths with other values, those that are null being so still."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, mask=pc.is_null(lists))


def with_label_lists(
    rows: datasets.Dataset, column: str, numbers: pa.ListArray, names: list[str]
) -> datasets.Dataset:
    """Add a column of lists of labels to rows.

    Args:
        rows: Rows without it.
        column: Its name.
        numbers: (rows,) lists of integers.
        names: In the order of their numbers.
    """
    flat = pc.list_flatten(numbers).to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(numbers).to_numpy(zero_copy_only=False)
    key = fingerprint(rows._fingerprint, column, names, flat.tobytes(), lengths.tobytes())
    return rows.add_column(column, numbers, feature=List(ClassLabel(names=names)), new_fingerprint=key)


def fit_label_lists(examples: datasets.Dataset, column: str, model: Any) -> datasets.Dataset:
    """Give the labels of examples the numbers that a model has for their names, as `labels.fit_labels` does.

    Args:
        examples: With the column, lists of a `ClassLabel`.
        column: Its name.
        model: A model with labels.

    Raises:
        InputError: The examples have labels that the model does not know.
    """
    lists = as_lists(examples.with_format("arrow")[column][:], column, "")
    flat = pc.list_flatten(lists).to_numpy()
    matched = match_names(examples.features[column].feature.names, np.unique(flat).tolist(), model)
    if matched is None:
        return examples
    numbers = with_values(lists, pa.array(matched.places[flat]))
    return with_label_lists(examples.remove_columns(column), column, numbers, matched.names)
