"""The examples of a recorded stream, found when its log is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_cartography.errors import LogError
from dataset_cartography.log.paths import LogPaths

Array = npt.NDArray[Any]
_MERGE_ROWS = 2**20


@dataclass(frozen=True)
class StreamedExamples:
    """Which examples a stream presented, in the order of their ids.

    Attributes:
        examples: Table of `id` and, for windowed tasks, the facts that a dataset's table would hold.
        keys: Shape (examples,), sorted: what stands for an example in the rows.
        position: Shape (examples,): the example's place in the table, by key.
    """

    examples: pa.Table
    keys: Array
    position: Array

    def positions(self, keys: Array) -> Array:
        """Places in the table of the examples that rows name by key."""
        return self.position[np.searchsorted(self.keys, keys)]

    @classmethod
    def of(cls, paths: LogPaths, parts: Iterable[dict[str, Array]]) -> "StreamedExamples":
        """Collect the examples of rows.

        Args:
            paths: The log's.
            parts: The columns `example` (and `window`, `has_answer` for windowed tasks) of every part that counts.

        Raises:
            LogError: Ids are missing or damaged, or two of them share a hash.
        """
        found = _Found()
        for rows in parts:
            found.add(rows)
        keys, windows, answers = found.all()
        ids = _ids_of(keys, paths)
        order = pc.sort_indices(ids).to_numpy()
        position = np.empty(len(keys), np.int32)
        position[order] = np.arange(len(keys), dtype=np.int32)
        columns = {"id": ids.take(order)}
        if windows is not None and answers is not None:
            # As for a dataset without columns that say more: a question none of whose windows holds an answer is
            # taken as unanswerable.
            columns["answerable"] = columns["has_answer_window"] = pa.array(answers[order])
            columns["windows"] = pa.array(windows[order])
        return cls(pa.table(columns), keys, position)


class _Found:
    """Collects the distinct keys of rows, and per key how many windows it has and whether one holds an answer."""

    def __init__(self) -> None:
        self._parts: list[dict[str, Array]] = []
        self._waiting = 0

    def add(self, rows: dict[str, Array]) -> None:
        """Take a part's rows; merging only when as many wait as are known keeps the work in proportion."""
        self._parts.append(rows)
        self._waiting += len(rows["example"])
        if self._waiting > 2 * len(self._parts[0]["example"]) + _MERGE_ROWS:
            self._merge()

    def all(self) -> tuple[Array, Array | None, Array | None]:
        """Sorted keys; of windowed tasks the number of windows (int32) and whether one holds an answer."""
        if not self._parts:
            return np.empty(0, np.int64), None, None
        self._merge()
        (merged,) = self._parts
        windows = merged["window"] + np.int32(1) if "window" in merged else None
        return merged["example"], windows, merged.get("has_answer")

    def _merge(self) -> None:
        rows = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        if "window" in rows:
            # Sorted by key, so that each key's rows are a run whose largest value is wanted.
            order = np.argsort(rows["example"], kind="stable")
            key = rows["example"][order]
        else:
            key = np.sort(rows["example"])  # np.unique, which hashes integers, takes ten times as long
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        merged = {"example": key[first]}
        for name, dtype in (("window", np.int32), ("has_answer", bool)):
            if name in rows:
                merged[name] = np.maximum.reduceat(rows[name][order], first).astype(dtype)
        self._parts, self._waiting = [merged], 0


def _ids_of(keys: Array, paths: LogPaths) -> pa.Array:
    """The ids that keys stand for: themselves, if the stream's ids are integers."""
    files = sorted(paths.ids.glob("attempt*-rank*-*.parquet"))
    if not files:
        return pa.array(keys, pa.int64())
    try:
        table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    except (OSError, pa.ArrowException) as error:
        raise LogError(
            f"The ids in '{paths.ids}' cannot be read ({error}). Restore them from a copy."
        ) from error
    hashes, ids = table.column("hash").to_numpy(), table.column("id")
    order = np.argsort(hashes)
    hashes = hashes[order]
    # Each is there once per process and attempt that met it, or more often.
    again = np.flatnonzero(hashes[1:] == hashes[:-1])
    one, other = ids.take(pa.array(order[again])), ids.take(pa.array(order[again + 1]))
    shared = np.flatnonzero(pc.not_equal(one, other).to_numpy())
    if len(shared):
        first, second = sorted(column[int(shared[0])].as_py() for column in (one, other))
        raise LogError(
            f"The ids {first!r} and {second!r} in '{paths.ids}' share a hash of 64 bits, so that their rows cannot be "
            "told apart. Give one of them another id and record the run again."
        )
    found = np.searchsorted(hashes, keys)
    if len(keys) and (len(hashes) == 0 or (hashes[np.minimum(found, len(hashes) - 1)] != keys).any()):
        raise LogError(
            f"Some rows' ids are missing in '{paths.ids}': files were removed. Restore them from a copy, or record the "
            "run again."
        )
    # Never Python strings: of millions of ids they take seconds to sort, and hundreds of megabytes.
    return ids.take(pa.array(order[found])).combine_chunks()
