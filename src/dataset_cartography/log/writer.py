"""Writing a log: part files that are durable once they have their name, and never touched again."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import OutputExistsError, OutputNotWritableError
from dataset_cartography.log.manifest import Attempt, Epoch, Manifest
from dataset_cartography.log.paths import LogPaths
from dataset_cartography.schema import Column

Array = npt.NDArray[Any]
SPLIT = ("float32", "int32")
PART_ROWS = 131_072


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that its name only ever shows a whole, durable content.

    `write` fills a temporary name beside `path`; it is fsynced, renamed, and the directory fsynced.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def refuse_recorded(root: Path) -> None:
    """Refuse a directory in which rows were recorded; a manifest without any is no run.

    Raises:
        OutputExistsError: The sentence names the ways on.
    """
    if any(LogPaths(root).dynamics.glob("*/*.parquet")):
        raise OutputExistsError(
            f"'{root}' already holds a recorded run, and nothing recorded is overwritten: give another directory "
            "(--cartography_output_dir), go on with that run (--resume_from_checkpoint), or delete the directory."
        )


def check_writable(root: Path) -> None:
    """Make the directory and see that it can be written to: before training, not after its first epoch.

    Raises:
        OutputNotWritableError: It cannot.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / f".writable-{os.getpid()}.tmp"  # named as what `_remove_leftovers` removes
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _not_writable(root, error) from error


def _remove_leftovers(paths: LogPaths) -> None:
    """Remove what a killed process left half written; such files never had a name that is read."""
    for folder in (paths.root, paths.ids, *paths.dynamics.glob("epoch=*")):
        for path in folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _not_writable(root: Path, error: OSError) -> OutputNotWritableError:
    way = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
    return OutputNotWritableError(
        f"Cannot write to '{root}' ({error.strerror or error}): give another --cartography_output_dir, or {way}."
    )


def _stored(column: Column, rows: Mapping[str, Array]) -> Any:
    """A column's values as they are stored; see `schema.Column`."""
    values = rows[column.name].astype(column.dtype, copy=False)
    if column.resolution:
        values = (np.round(values / column.resolution) * column.resolution).astype(column.dtype)
    if column.sum_of:
        total = np.sum([rows[name] for name in column.sum_of], axis=0)
        return np.ma.masked_where(values == total, values)
    return values


class LogWriter:
    """Appends one process's rows to a log.

    Args:
        root: The cartography directory.
        manifest: The log's manifest, its last attempt being the one that writes.
        rank: This process's number among those that train together.
    """

    def __init__(self, root: Path, manifest: Manifest, *, rank: int = 0) -> None:
        self.paths = LogPaths(root)
        self.manifest = manifest
        self.rank = rank
        self._parts: dict[int, int] = {}
        self._id_parts = 0

    @classmethod
    def create(
        cls, root: Path, manifest: Manifest, ids: Array | None, facts: Mapping[str, Array]
    ) -> "LogWriter":
        """Begin a log in an empty or new directory.

        Args:
            root: The directory to make.
            manifest: What will be recorded.
            ids: Shape (examples,), the examples' ids; None for a stream, whose ids come with its rows.
            facts: Further columns of `examples.parquet`, each of shape (examples,), such as `answerable`.

        Raises:
            OutputExistsError: The directory already holds a run.
            OutputNotWritableError: It cannot be written to.
        """
        paths = LogPaths(root)
        refuse_recorded(root)
        writer = cls(root, manifest)
        try:
            paths.dynamics.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(paths)
            if ids is None:
                paths.ids.mkdir(exist_ok=True)
            else:
                kind = pa.int64() if manifest.id_type == "integer" else pa.string()
                columns = {key: pa.array(value) for key, value in facts.items()}
                table = pa.table({"id": pa.array(ids, type=kind), **columns})
                write_atomically(paths.examples, lambda path: pq.write_table(table, path, compression="zstd"))
            # The manifest comes last: a directory with a manifest is a whole log.
            writer.save_manifest()
        except OSError as error:
            raise _not_writable(root, error) from error
        return writer

    def begin_attempt(self, attempt: Attempt) -> None:
        """Let another attempt take over from its step, and remove the exports of what is void by it.

        Raises:
            OutputNotWritableError: The directory cannot be written to.
        """
        before = {epoch.number for epoch in self.manifest.epochs}
        self.manifest = self.manifest.with_attempt(attempt)
        void = before - {epoch.number for epoch in self.manifest.epochs}
        exports = [self.paths.epoch_json(number) for number in void]
        try:
            _remove_leftovers(self.paths)
            # Before the manifest: exports can be made again, and none must show what the log calls void.
            rankings = (self.paths.label_errors, self.paths.label_error_units)
            for path in [*exports, *((*self.paths.maps, *rankings) if void else ())]:
                path.unlink(missing_ok=True)
            self.save_manifest()
        except OSError as error:
            raise _not_writable(self.paths.root, error) from error

    def save_manifest(self) -> None:
        """Write the manifest as it stands."""
        text = self.manifest.to_json()
        write_atomically(self.paths.manifest, lambda path: path.write_text(text, encoding="utf-8"))

    def write_part(self, epoch: int, rows: Mapping[str, Array]) -> Path:
        """Append rows of one epoch as a part file, sorted by example.

        Args:
            epoch: Number of the pass, from 1.
            rows: One array per signal and key except attempt and rank, all of equal length.
        """
        length = len(rows["example"])
        attempt = self.manifest.attempt.number
        constants = {"attempt": attempt, "rank": self.rank}
        order = np.lexsort([rows[key] for key in ("global_step", "window", "unit", "example") if key in rows])
        columns = self.manifest.columns
        table = pa.table(
            {
                column.name: np.full(length, constants[column.name], column.dtype)
                if column.name in constants
                else _stored(column, rows)[order]
                for column in columns
            }
        )
        # Byte-stream-split puts bytes of one weight together; a sorted index shrinks to almost nothing as deltas.
        encodings = {column.name: "BYTE_STREAM_SPLIT" for column in columns if column.dtype in SPLIT}
        encodings["example"] = "DELTA_BINARY_PACKED"
        number = self._parts[epoch] = self._parts.get(epoch, 0) + 1
        path = self.paths.part(epoch, attempt, self.rank, number)
        # Not its parents: a log whose directory vanished is lost, and must not seem to go on.
        path.parent.mkdir(exist_ok=True)

        def write(temporary: Path) -> None:
            pq.write_table(
                table,
                temporary,
                compression="zstd",
                compression_level=9,
                use_dictionary=False,
                column_encoding=encodings,
                write_statistics=["example"],
                store_schema=False,  # two kilobytes a file that say what the Parquet types say
            )

        write_atomically(path, write)
        return path

    def write_epoch(self, number: int, rows: Mapping[str, Array], global_step: int) -> None:
        """Write an epoch of which all rows are there, and close it.

        Args:
            number: Number of the pass, from 1.
            rows: As of `write_part`.
            global_step: As of `close_epoch`.
        """
        for start in range(0, len(rows["example"]), PART_ROWS):
            self.write_part(number, {name: each[start : start + PART_ROWS] for name, each in rows.items()})
        self.close_epoch(number, global_step)

    def write_ids(self, hashes: Array, ids: Sequence[str]) -> Path:
        """Append ids of a stream; to be called before the rows that they name are written.

        Args:
            hashes: Shape (n,), int64: what stands for each id in the rows.
            ids: The n ids.
        """
        table = pa.table({"hash": hashes, "id": pa.array(ids, pa.string())})
        self._id_parts += 1
        path = self.paths.id_part(self.manifest.attempt.number, self.rank, self._id_parts)
        write_atomically(path, lambda temporary: pq.write_table(table, temporary, compression="zstd"))
        return path

    def close_epoch(self, number: int, global_step: int, *, complete: bool = True, note: str = "") -> None:
        """Note in the manifest that an epoch ran to its end, or why it did not."""
        epoch = Epoch(number, global_step, self.manifest.attempt.number, complete, note)
        self.manifest = self.manifest.with_epoch(epoch)
        self.save_manifest()
