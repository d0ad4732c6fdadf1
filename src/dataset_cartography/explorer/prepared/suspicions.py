"""The ranking of the labels by suspicion: an Arrow file in the map's order, read a row at a time."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dataset_cartography.dynamics import Reading
from dataset_cartography.explorer.prepared.texts import Texts
from dataset_cartography.label_errors.find import find_label_errors
from dataset_cartography.pages.wrong_labels import ranking_columns

_FILE = "suspicions.arrow"
_NEEDED = {"answers": ("context", "answers"), "tags": ("tokens",)}
"""Columns of the examples that a ranking speaks of, by the one that says what is right."""


class Suspicions:
    """What a ranking says of each example of a map, memory-mapped.

    Args:
        folder: As `write_suspicions` writes into it.
    """

    def __init__(self, folder: Path) -> None:
        self._table = pa.ipc.open_file(pa.memory_map(str(folder / _FILE))).read_all()

    def numbers(self, name: str) -> npt.NDArray[np.float32]:
        """(examples,) a column as numbers, NaN where an example was never seen."""
        values: npt.NDArray[np.float32] = self._table.column(name).cast(pa.float32(), safe=False).to_numpy()
        return values

    def frame(self, indices: list[int]) -> pd.DataFrame:
        """The ranking's columns of some examples, in the order given."""
        chosen = self._table.take(pa.array(indices, pa.int64()))
        frame: pd.DataFrame = chosen.to_pandas(integer_object_nulls=True)
        return frame

    @classmethod
    def of(cls, folder: Path) -> "Suspicions | None":
        """What lies in a folder; None where the run had no log."""
        return cls(folder) if (folder / _FILE).exists() else None


def write_suspicions(folder: Path, directory: Path, index: pd.Index, texts: Texts, reading: Reading) -> None:
    """Rank the labels of a run, and write what the pages show of it.

    Args:
        folder: Where to; it exists.
        directory: With the log.
        index: The map's ids.
        texts: The examples.
        reading: How the map was read.
    """
    needed = _NEEDED.get(texts.kind.gold[0])
    examples = texts.columns(needed, index) if needed else None
    ranking = find_label_errors(directory, examples=examples, reading=reading)
    table = pa.Table.from_pandas(ranking_columns(ranking).reindex(index), preserve_index=False)
    with pa.OSFile(str(folder / _FILE), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
