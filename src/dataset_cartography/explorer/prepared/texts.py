"""The examples' texts: an Arrow file in the dataset's order, and where each of its rows is on the map."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dataset_cartography.explorer.prepared.examples import column_names, read_batches
from dataset_cartography.pages import align
from dataset_cartography.slices import Kind, kind_of

_BATCH = 2048  # rows of a record batch of the file; all but the last have as many
_EXAMPLES, _PLACES = "examples.arrow", "places.npy"


class Texts:
    """The examples of a map, memory-mapped, so that the server stays small.

    Args:
        folder: As `write_texts` writes it.
        examples: How many the map has.

    Attributes:
        places: (rows,) the example on the map of each row of the file.
    """

    def __init__(self, folder: Path, examples: int) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(folder / _EXAMPLES)))
        self.places: npt.NDArray[np.int32] = np.load(folder / _PLACES)
        self._row_of = np.full(examples, -1, np.int32)
        self._row_of[self.places] = np.arange(len(self.places), dtype=np.int32)

    @cached_property
    def kind(self) -> Kind:
        """What the examples consist of."""
        return kind_of(self._file.schema.empty_table().to_pandas())

    @property
    def labels(self) -> list[str]:
        """The names of the labels; empty where labels have none."""
        schema = self._file.schema
        if "label" not in schema.names or not pa.types.is_dictionary(schema.field("label").type):
            return []
        if not self._file.num_record_batches:
            return []
        dictionary = self._file.get_batch(0).column("label").dictionary
        return [str(name) for name in dictionary.to_pylist()]

    def has(self, index: int) -> bool:
        """Whether the dataset has the example."""
        return bool(self._row_of[index] >= 0)

    def frame(self, indices: Sequence[int], ids: Sequence[int | str]) -> pd.DataFrame:
        """Examples that the dataset has, in the order given; index = id."""
        rows = self._row_of[np.asarray(indices, np.int64)].tolist()
        parts = [self._file.get_batch(row // _BATCH).slice(row % _BATCH, 1) for row in rows]
        table = pa.Table.from_batches(parts, schema=self._file.schema)
        # Whole numbers stay whole in a column that has gaps.
        frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
        return frame.set_axis(pd.Index(list(ids), dtype=object), axis=0)

    def columns(self, names: Sequence[str], index: pd.Index) -> pd.DataFrame | None:
        """Some columns of all examples, index = id; None where the dataset lacks one of them.

        Args:
            names: The columns.
            index: The map's ids.
        """
        if not {*names} <= {*self._file.schema.names}:
            return None
        frame: pd.DataFrame = self._file.read_all().select(list(names)).to_pandas()
        return frame.set_axis(index[self.places], axis=0)

    def parts(self) -> Iterator[tuple[npt.NDArray[np.int32], pd.DataFrame]]:
        """All examples in the file's order, a few thousand at a time: their places on the map, and their columns."""
        for number in range(self._file.num_record_batches):
            frame = self._file.get_batch(number).to_pandas()
            yield self.places[number * _BATCH :][: len(frame)], frame


def write_texts(folder: Path, index: pd.Index, examples: Any, tell: Callable[[float], None]) -> None:
    """Write those of the examples that are on the map.

    Args:
        folder: Where to; it does not exist yet.
        index: The map's ids.
        examples: As `LoadExamples` returns them.
        tell: Called with the share done.

    Raises:
        MissingColumnError: The examples are of no kind that can be shown.
        InputError: None of them is on the map, or an id occurs twice.
    """
    kind_of(column_names(examples))  # of no known kind: say so before the work
    place_of = _places(index, examples)
    folder.mkdir()
    start = 0
    with _RecordBatches(folder / _EXAMPLES) as file:
        for batch in read_batches(examples):
            kept = place_of[start : start + len(batch)] >= 0
            file.add(batch if kept.all() else batch.filter(pa.array(kept)))
            start += len(batch)
            tell(start / len(place_of))
    np.save(folder / _PLACES, place_of[place_of >= 0])


def _places(index: pd.Index, examples: Any) -> npt.NDArray[np.int32]:
    """(rows,) the example on the map of each row of the dataset, -1 where it is not on the map."""
    column = pa.chunked_array([batch.column(0) for batch in read_batches(examples, ["id"])])
    ids = pd.Index(column.to_pandas())
    if ids.equals(index):  # as a rule; matching millions would take a gigabyte
        return np.arange(len(ids), dtype=np.int32)
    aligned = align(
        pd.DataFrame({"place": np.arange(len(index), dtype=np.int32)}, index=index),
        pd.DataFrame({"row": np.arange(len(ids), dtype=np.int32)}, index=ids),
    )
    place_of = np.full(len(ids), -1, np.int32)
    place_of[aligned.examples["row"].to_numpy()] = aligned.map_df["place"].to_numpy()
    return place_of


class _RecordBatches:
    """An Arrow file of record batches of `_BATCH` rows each, so that a row's number tells where it is."""

    def __init__(self, path: Path) -> None:
        self._sink = pa.OSFile(str(path), "wb")
        self._writer: Any = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def __enter__(self) -> "_RecordBatches":
        return self

    def __exit__(self, *_: object) -> None:
        self._write(self._rows)
        if self._writer is not None:
            self._writer.close()
        self._sink.close()

    def add(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._sink, batch.schema)
        self._waiting.append(batch)
        self._rows += len(batch)
        self._write(self._rows - self._rows % _BATCH)

    def _write(self, rows: int) -> None:
        """Write so many of the rows that wait."""
        if rows:
            table = pa.Table.from_batches(self._waiting).combine_chunks()
            self._writer.write_table(table.slice(0, rows), max_chunksize=_BATCH)
            self._waiting = table.slice(rows).to_batches()
            self._rows -= rows
