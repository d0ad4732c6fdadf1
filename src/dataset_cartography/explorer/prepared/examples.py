"""A dataset of any size, read a part at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LoadExamples = Callable[[], Any]
"""Reads the dataset, in a process of its own, to which it must be able to travel: a function of a module, or a
`functools.partial` of one. Returns a `datasets.Dataset` or a `pyarrow.Table` with the column `id`, or a pandas frame
whose index is the id; each with the columns of one of `slices.KINDS`."""

_ROWS = 4096  # held in memory at a time
_MOST_COLUMNS = 64


def column_names(examples: Any) -> list[str]:
    """The columns that are read: those that hold text, numbers, or lists and objects of them."""
    return [field.name for field in _schema(examples) if _is_shown(field.type)][:_MOST_COLUMNS]


def read_batches(examples: Any, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The examples in their order; labels by their names, where they have names.

    Args:
        examples: As `LoadExamples` returns them.
        columns: Only these; by default all that are read but the id.
    """
    chosen = list(columns) if columns else [name for name in column_names(examples) if name != "id"]
    names = _label_names(examples, chosen)
    for table in _tables(examples, chosen):
        for name, known in names.items():
            codes = table.column(name).combine_chunks()
            named = _named_lists(codes, known) if pa.types.is_nested(codes.type) else _named(codes, known)
            table = table.set_column(chosen.index(name), name, named)
        yield from table.combine_chunks().to_batches(max_chunksize=_ROWS)


def _tables(examples: Any, chosen: list[str]) -> Iterator[pa.Table]:
    if isinstance(examples, pd.DataFrame | pa.Table):
        table = _as_table(examples).select(chosen)
        for start in range(0, len(table), _ROWS):
            yield table.slice(start, _ROWS)
    else:
        yield from examples.select_columns(chosen).with_format("arrow").iter(_ROWS)


def _as_table(examples: "pd.DataFrame | pa.Table") -> pa.Table:
    if isinstance(examples, pd.DataFrame):
        frame = examples.drop(columns="id", errors="ignore").rename_axis("id").reset_index()
        examples = pa.Table.from_pandas(frame, preserve_index=False)
    return examples.unify_dictionaries()


def _schema(examples: Any) -> pa.Schema:
    if isinstance(examples, pd.DataFrame | pa.Table):
        return _as_table(examples).schema
    return examples.features.arrow_schema


def _label_names(examples: Any, chosen: Sequence[str]) -> "dict[str, pa.Array]":
    """The names of a dataset's labels, and of those in its lists, by number; frames and tables have them already."""
    found = {}
    for name, feature in getattr(examples, "features", {}).items():
        one = feature if name == "label" else getattr(feature, "feature", None)
        names = getattr(one, "names", None)
        if names and name in chosen:
            found[name] = pa.array(names, pa.string())
    return found


def _named(codes: "pa.Array", names: "pa.Array") -> "pa.Array":
    codes = codes.cast(pa.int32())
    codes = pc.if_else(pc.less(codes, 0), pa.scalar(None, pa.int32()), codes)  # -1: no label
    return pa.DictionaryArray.from_arrays(codes, names)


def _named_lists(codes: "pa.Array", names: "pa.Array") -> "pa.Array":
    lengths = pc.fill_null(pc.list_value_length(codes), 0).to_numpy()
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
    return pa.ListArray.from_arrays(offsets, names.take(pc.list_flatten(codes)))


def _is_shown(kind: pa.DataType) -> bool:
    """Whether values of a type can be shown: not pictures, sounds and other bytes."""
    return not (
        isinstance(kind, pa.BaseExtensionType)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or any(not _is_shown(kind.field(place).type) for place in range(kind.num_fields))
    )
