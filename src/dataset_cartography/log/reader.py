"""Reading a log: only rows that count, each presentation once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import InputError, LogError
from dataset_cartography.log.manifest import Manifest
from dataset_cartography.log.paths import LogPaths
from dataset_cartography.log.stream import StreamedExamples

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """One epoch's rows: each (example, piece) once, the pieces of an example side by side and in order.

    Attributes:
        columns: One array per column asked for, all of equal length; always `example` (and `window` or `unit`).
        presentations: How often each row's (example, piece) was presented in the epoch.
    """

    columns: dict[str, Array]
    presentations: Array


class LogReader:
    """A recorded run, open for reading.

    Args:
        root: The cartography directory.

    Raises:
        MissingFileError: There is no log in it.
        LogError: The log is damaged or of another schema version.
    """

    def __init__(self, root: str | Path) -> None:
        self.paths = LogPaths(Path(root))
        self.manifest = Manifest.read(self.paths.root)

    @cached_property
    def examples(self) -> pa.Table:
        """The examples' table: `id` and the facts about each."""
        if self.manifest.examples is None:
            return self._stream.examples
        try:
            table = pq.read_table(self.paths.examples)
        except (OSError, pa.ArrowException) as error:
            raise LogError(
                f"'{self.paths.examples}' cannot be read ({error}). Record the run again."
            ) from error
        if len(table) != self.manifest.examples:
            raise LogError(
                f"'{self.paths.examples}' holds {len(table)} examples, but the manifest says "
                f"{self.manifest.examples}. Restore it from a copy, or record the run again."
            )
        return table

    @property
    def size(self) -> int:
        """Number of examples; of a stream, those that its closed epochs presented."""
        return len(self.examples) if self.manifest.examples is None else self.manifest.examples

    def is_larger_than(self, limit: int) -> bool:
        """Whether there are more examples; of a stream, whether an epoch has more rows, told without reading them."""
        if self.manifest.examples is not None:
            return self.manifest.examples > limit
        return any(
            sum(pq.read_metadata(part).num_rows for part in self.parts(epoch)) > limit
            for epoch in self.epochs
        )

    @property
    def id_type(self) -> str:
        """What ids are: "integer" or "string"."""
        if self.manifest.examples is None:
            return "integer" if pa.types.is_integer(self.examples.schema.field("id").type) else "string"
        return self.manifest.id_type

    @cached_property
    def _stream(self) -> StreamedExamples:
        keys = ["example", *(["window", "has_answer"] if self.manifest.schema.windowed else ())]
        parts = [part for epoch in self.epochs for part in self.parts(epoch)]
        return StreamedExamples.of(self.paths, (self._read_part(part, keys, raw=True) for part in parts))

    @cached_property
    def ids(self) -> Array:
        """Shape (examples,): int64, or Python strings."""
        ids: Array = self.examples.column("id").to_numpy()
        return ids

    def facts(self, name: str) -> Array:
        """A further column of the examples' table."""
        values: Array = self.examples.column(name).to_numpy()
        return values

    def steps(self, epoch: int) -> Array:
        """Sorted optimizer steps of an epoch, closed or not, of which there are rows that count."""
        parts = self.parts(epoch)
        return np.unique(self._read_parts(parts, ["global_step"])["global_step"]) if parts else np.array([])

    @property
    def epochs(self) -> list[int]:
        """Numbers of the closed epochs that have rows."""
        return [epoch.number for epoch in self.manifest.epochs if self.parts(epoch.number)]

    def parts(self, epoch: int) -> list[Path]:
        """An epoch's part files whose attempt still counts, in the order they were written."""
        parts = []
        for path in sorted(self.paths.epoch(epoch).glob("attempt*-rank*-*.parquet")):
            if self.manifest.step_limit(epoch, _attempt_of(path)) != 0:
                parts.append(path)
        return parts

    def read(self, epoch: int, names: Sequence[str]) -> Rows:
        """Read columns of one epoch.

        Within an epoch the presentation with the lowest (global_step, rank) of an (example, piece) counts,
        so that a sampler's padding does not; presentations are counted. Rows that a later attempt took the
        place of are passed over.

        Raises:
            InputError: The epoch was not recorded; the sentence names those that were.
            LogError: A part is damaged.
        """
        parts = self.parts(epoch)
        if not parts:
            known = ", ".join(map(str, self.epochs)) or "none"
            raise InputError(f"Epoch {epoch} is not in '{self.paths.root}'; recorded epochs: {known}.")
        column = self.manifest.schema.piece
        piece = None if column is None else column.name
        wanted = list(dict.fromkeys(["example", *([piece] if piece else []), *names]))
        columns = self._read_parts(parts, wanted)
        key, cells = _keys(columns, piece)
        counts = np.bincount(key, minlength=cells)
        if counts.max(initial=0) <= 1:
            if piece and columns[piece].max(initial=0) > 0:
                columns = _take(columns, _by_key(key, cells, np.arange(len(key))))
            return Rows(columns, np.ones(len(key), np.int32))
        # Something was presented twice: only then does it matter when, and where.
        when = self._read_parts(parts, ["global_step", "rank"])
        # Latest first, so that the earliest (step, rank) is the last to write its cell and stays.
        latest_first = np.lexsort((when["rank"], when["global_step"]))[::-1]
        return Rows(_take(columns, _by_key(key, cells, latest_first)), counts[counts > 0])

    def _read_parts(self, parts: Sequence[Path], names: list[str]) -> dict[str, Array]:
        chunks = [self._read_part(path, names) for path in parts]
        return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}

    def _read_part(self, path: Path, names: list[str], *, raw: bool = False) -> dict[str, Array]:
        limit = self.manifest.step_limit(_epoch_of(path), _attempt_of(path))
        sums = {column.name: column.sum_of for column in self.manifest.schema.signals if column.sum_of}
        terms = [term for name in names for term in sums.get(name, ())]
        wanted = list(dict.fromkeys([*names, *terms, *([] if limit is None else ["global_step"])]))
        try:
            table = pq.read_table(path, columns=wanted, use_threads=True, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise LogError(
                f"Part file '{path}' cannot be read ({error}). It was damaged after it was written; restore "
                "it from a copy, or delete it to go on without its rows."
            ) from error
        columns = {name: table.column(name).to_numpy() for name in wanted}
        for name in sums.keys() & columns.keys():
            total = np.sum([columns[term] for term in sums[name]], axis=0)
            columns[name] = np.where(np.isnan(columns[name]), total, columns[name])
        if limit is not None:
            columns = _take(columns, columns["global_step"] < limit)
        if self.manifest.examples is None and "example" in columns and not raw:
            columns["example"] = self._stream.positions(columns["example"])
        return {name: columns[name] for name in names}


def _epoch_of(path: Path) -> int:
    return int(path.parent.name.removeprefix("epoch="))


def _attempt_of(path: Path) -> int:
    return int(path.name.removeprefix("attempt").split("-")[0])


def _take(columns: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}


def _keys(columns: dict[str, Array], piece: str | None) -> tuple[Array, int]:
    """Number each row's (example, piece) densely; the numbers, and how many there could be."""
    example = columns["example"]
    pieces = int(columns[piece].max(initial=0)) + 1 if piece else 1
    if piece is None or pieces == 1:
        return example, int(example.max(initial=-1)) + 1
    key = example.astype(np.int64) * pieces + columns[piece]
    cells = int(key.max(initial=-1)) + 1
    if cells > 64 * len(key) + 1024:  # A few examples with very many pieces: number the keys that occur.
        _, key = np.unique(key, return_inverse=True)
        cells = int(key.max(initial=-1)) + 1
    return key, cells


def _by_key(key: Array, cells: int, rows: Array) -> Array:
    """Positions of the rows in the order of their keys; of several with one key the last of `rows`.

    Keys are small integers, so sorting is a scatter: each key's cell receives the position of its row.
    """
    cell = np.full(cells, -1, np.int64)
    cell[key[rows]] = rows
    ordered: Array = cell[cell >= 0]
    return ordered
