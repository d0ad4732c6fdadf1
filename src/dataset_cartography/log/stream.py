"""The examples of a recorded stream, found when its log is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import LogError
from dataset_cartography.log.paths import LogPaths

Array = npt.NDArray[Any]


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
        keys, windows, answers = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, bool)
        for rows in parts:
            all_keys = np.concatenate([keys, rows["example"]])
            keys, place = np.unique(all_keys, return_inverse=True)
            if "window" in rows:
                counts, answered = np.zeros(len(keys), np.int32), np.zeros(len(keys), bool)
                np.maximum.at(counts, place, np.concatenate([windows, rows["window"] + 1]).astype(np.int32))
                np.logical_or.at(answered, place, np.concatenate([answers, rows["has_answer"]]))
                windows, answers = counts, answered
        ids = _ids_of(keys, paths)
        order = np.argsort(ids, kind="stable")
        position = np.empty(len(keys), np.int32)
        position[order] = np.arange(len(keys), dtype=np.int32)
        columns = {"id": pa.array(ids[order], pa.int64() if ids.dtype.kind == "i" else pa.string())}
        if len(windows):
            # As for a dataset without columns that say more: a question none of whose windows holds an answer is
            # taken as unanswerable.
            columns["answerable"] = columns["has_answer_window"] = pa.array(answers[order])
            columns["windows"] = pa.array(windows[order])
        return cls(pa.table(columns), keys, position)


def _ids_of(keys: Array, paths: LogPaths) -> Array:
    """The ids that keys stand for: themselves, if the stream's ids are integers."""
    files = sorted(paths.ids.glob("attempt*-rank*-*.parquet"))
    if not files:
        return keys
    try:
        table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    except (OSError, pa.ArrowException) as error:
        raise LogError(
            f"The ids in '{paths.ids}' cannot be read ({error}). Restore them from a copy."
        ) from error
    # Before ids are made into Python strings: each is there once per process and attempt that met it, or more often.
    table = table.group_by(["hash", "id"]).aggregate([])
    hashes = table.column("hash").to_numpy()
    order = np.argsort(hashes)
    hashes = hashes[order]
    if (hashes[1:] == hashes[:-1]).any():
        place = int(np.flatnonzero(hashes[1:] == hashes[:-1])[0])
        first, second = (table.column("id")[int(row)].as_py() for row in order[place : place + 2])
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
    ids: Array = table.column("id").take(pa.array(order[found])).to_numpy(zero_copy_only=False)
    return ids
