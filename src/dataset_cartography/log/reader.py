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

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """One epoch's rows, each (example, window) once, sorted by example and window.

    Attributes:
        columns: One array per column asked for, all of equal length; always `example` (and `window`).
        presentations: How often each row's (example, window) was presented in the epoch.
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
        try:
            return pq.read_table(self.paths.examples)
        except (OSError, pa.ArrowException) as error:
            raise LogError(
                f"'{self.paths.examples}' cannot be read ({error}). Record the run again."
            ) from error

    @cached_property
    def ids(self) -> Array:
        """Shape (examples,): int64, or Python strings."""
        return self.examples.column("id").to_numpy()

    def facts(self, name: str) -> Array:
        """A further column of the examples' table."""
        return self.examples.column(name).to_numpy()

    @property
    def epochs(self) -> list[int]:
        """Numbers of the closed epochs."""
        return [epoch.number for epoch in self.manifest.epochs]

    def parts(self, epoch: int) -> list[Path]:
        """An epoch's part files whose attempt still counts, in the order they were written."""
        parts = []
        for path in sorted(self.paths.epoch(epoch).glob("*.parquet")):
            attempt = int(path.name.removeprefix("attempt").split("-")[0])
            if self.manifest.step_limit(attempt) != 0:
                parts.append(path)
        return parts

    def read(self, epoch: int, names: Sequence[str]) -> Rows:
        """Read columns of one epoch.

        Within an epoch the presentation with the lowest (global_step, rank) of an (example, window) counts,
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
        window = ["window"] if self.manifest.schema.windowed else []
        keys = ["example", *window, "attempt", "rank", "global_step"]
        wanted = list(dict.fromkeys([*keys, *names]))
        chunks = [self._read_part(path, wanted) for path in parts]
        columns = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in wanted}
        return _first_presentations(columns, bool(window))

    def _read_part(self, path: Path, names: list[str]) -> dict[str, Array]:
        try:
            table = pq.read_table(path, columns=names, use_threads=False, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise LogError(
                f"Part file '{path}' cannot be read ({error}). It was damaged after it was written; restore "
                "it from a copy, or delete it to go on without its rows."
            ) from error
        columns = {name: table.column(name).to_numpy() for name in names}
        limit = self.manifest.step_limit(int(columns["attempt"][0])) if table.num_rows else None
        if limit is not None:
            counts = columns["global_step"] < limit
            columns = {name: values[counts] for name, values in columns.items()}
        return columns


def _first_presentations(columns: dict[str, Array], windowed: bool) -> Rows:
    """Sort rows by (example, window) and keep the earliest presentation of each.

    Keys are dense small integers, so sorting is a scatter: each key's cell receives the position of its row.
    """
    example = columns["example"].astype(np.int64)
    windows = int(columns["window"].max(initial=0)) + 1 if windowed else 1
    key = example * windows + columns["window"] if windowed else example
    cells = (int(example.max(initial=-1)) + 1) * windows
    if cells > 64 * len(key) + 1024:  # A few examples with very many windows: number the keys that occur.
        _, key = np.unique(key, return_inverse=True)
        cells = int(key.max(initial=-1)) + 1
    counts = np.bincount(key, minlength=cells)
    rows = np.arange(len(key))
    if counts.max(initial=0) > 1:
        # Latest first, so that the earliest (step, rank) is the last to write its cell and stays.
        rows = np.lexsort((columns["rank"], columns["global_step"]))[::-1]
    cell = np.full(cells, -1, np.int64)
    cell[key[rows]] = rows
    kept = cell[cell >= 0]
    return Rows({name: values[kept] for name, values in columns.items()}, counts[counts > 0])
