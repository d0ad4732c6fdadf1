"""A directory's map, read a column at a time: a picture of millions of examples needs three of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.datamap import FACTS, load_cartography_metrics
from dataset_cartography.errors import MissingColumnError
from dataset_cartography.log import LogPaths

PLACE = ("variability", "confidence")
"""The columns that say where an example lies on the picture."""


class MapFile:
    """The map that `load_cartography_metrics` loads from a directory; of a Parquet file only the columns asked for.

    Args:
        directory: The cartography directory.

    Attributes:
        empty: The map without its rows: its columns, and what it was recorded from.

    Raises:
        MissingFileError, LogError: There is no map to load.
        MissingColumnError: It has no place for its examples.
    """

    def __init__(self, directory: Path) -> None:
        self._path = LogPaths(directory).metrics_parquet
        self._whole: pd.DataFrame | None = None
        self.empty = self._read_empty(directory)
        for name in PLACE:
            if name not in self.empty.columns:
                raise MissingColumnError.of(
                    name, self.columns, f"the map in '{directory}'", "Make it anew: `datamap metrics`."
                )

    def _read_empty(self, directory: Path) -> pd.DataFrame:
        if self._path.is_file():
            try:
                # The file's own statistics say that no row is chosen, so none is read.
                return pd.read_parquet(self._path, filters=[(PLACE[1], "<", -1.0)])
            except (OSError, ValueError, KeyError):
                pass  # what is wrong with it, if anything, is said by:
        self._whole = load_cartography_metrics(directory)
        return self._whole.iloc[:0]

    @property
    def columns(self) -> list[str]:
        """Names of the map's columns."""
        return [str(name) for name in self.empty.columns]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the map was recorded from."""
        return self.empty.attrs.get(FACTS) or {}

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Some columns of the map, those of them that it has."""
        chosen = [name for name in names if name in self.empty.columns]
        if self._whole is not None:
            return self._whole[chosen]
        return pd.read_parquet(self._path, columns=chosen)

    def numbers(self, name: str) -> npt.NDArray[np.float32]:
        """(examples,) a column as numbers, NaN where there is none."""
        if self._whole is not None:
            return self._whole[name].to_numpy(dtype=np.float32, na_value=np.nan)
        column = pq.read_table(self._path, columns=[name]).column(name)
        values: npt.NDArray[np.float32] = column.cast(pa.float32(), safe=False).to_numpy()
        return values
