"""A map as flat arrays that a server can search, count and sort within milliseconds."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dataset_cartography.errors import InputError
from dataset_cartography.explorer.mapfile import PLACE, MapFile
from dataset_cartography.explorer.polygon import PolygonIndex
from dataset_cartography.metrics import METRICS
from dataset_cartography.pages import last_columns
from dataset_cartography.regions import CATEGORIES

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]

MOST_ORDERS = 8  # sorted orders kept; 4 bytes an example each


class MapPoints:
    """A map of n examples; an example's index is its row.

    Args:
        df: Its columns "category", "variability" and "confidence"; the frame is not held on to.
        map_file: Where the other columns are read from, each when it is first asked for.

    Attributes:
        ids: (n,) Arrow array of 64-bit integers or text.
        category: (n,) the place in `CATEGORIES`, -1 without one.
        names: Of the map's metrics.
        facts: What the map was recorded from.
    """

    def __init__(self, df: pd.DataFrame, map_file: MapFile) -> None:
        ids = pa.array(df.index)
        self.ids: pa.Array = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
        codes = pd.Categorical(df["category"], categories=list(CATEGORIES)).codes
        self.category: npt.NDArray[np.int8] = codes.astype(np.int8)
        self.names = [name for name in METRICS if name in map_file.columns]
        self.facts = map_file.facts
        self._map_file = map_file
        self._metrics = {name: df[name].to_numpy(dtype=np.float32, na_value=np.nan) for name in PLACE}
        self._orders: dict[tuple[str, bool], Integers] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.category)

    @property
    def x(self) -> Floats:
        """(n,) variability."""
        return self.metric("variability")

    @property
    def y(self) -> Floats:
        """(n,) confidence."""
        return self.metric("confidence")

    @cached_property
    def correctness(self) -> Floats:
        """(n,) correctness; NaN in a map without it."""
        if "correctness" in self.names:
            return self.metric("correctness")
        return np.full(len(self), np.nan, np.float32)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """(n,) the columns of the last epoch's prediction."""
        names = last_columns(self._map_file.columns)
        return self._map_file.frame(names).reset_index(drop=True)

    def add(self, name: str, values: Floats) -> None:
        """Let a column that is not in the map's file be a metric too."""
        with self._lock:
            self._metrics[name] = values
            if name not in self.names:
                self.names = [*self.names, name]

    def metric(self, name: str) -> Floats:
        """(n,) the values of a metric, NaN where there is none.

        Raises:
            InputError: The map has no such metric.
        """
        if name not in self.names:
            raise InputError(f"The map has no metric '{name}'; it has: {', '.join(self.names)}.")
        with self._lock:
            if name not in self._metrics:
                self._metrics[name] = self._map_file.numbers(name)
            return self._metrics[name]

    @cached_property
    def placed(self) -> npt.NDArray[np.bool_]:
        """(n,) which examples have a place on the picture."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    @cached_property
    def polygons(self) -> PolygonIndex:
        """What tells the examples inside a polygon."""
        return PolygonIndex(self.x, self.y)

    def ids_at(self, indices: Sequence[int] | npt.NDArray[Any]) -> list[int | str]:
        """The ids of some examples, exactly as in the dataset."""
        ids: list[int | str] = self.ids.take(pa.array(indices, pa.int64())).to_pylist()
        return ids

    def could_have(self, id_: int | str) -> bool:
        """Whether an id is of the kind of the map's: integers of 64 bits, or text."""
        if pa.types.is_integer(self.ids.type):
            return isinstance(id_, int) and -(2**63) <= id_ < 2**63
        return isinstance(id_, str)

    def index_of(self, id_: int | str) -> int | None:
        """Where an id stands; None where it is not on the map."""
        if not self.could_have(id_):
            return None
        found: int = pc.index(self.ids, pa.scalar(id_, self.ids.type)).as_py()
        return found if found >= 0 else None

    def order(self, name: str, *, descending: bool) -> Integers:
        """(n,) indices sorted by a metric, those without a value last, equal values in the map's order.

        Raises:
            InputError: The map has no such metric.
        """
        values = self.metric(name)
        with self._lock:
            if (name, descending) not in self._orders:
                while len(self._orders) >= MOST_ORDERS:
                    self._orders.pop(next(iter(self._orders)))
                # NaN sorts last either way.
                sorted_ = np.argsort(-values if descending else values, kind="stable")
                self._orders[name, descending] = sorted_.astype(np.int32)
            return self._orders[name, descending]

    def values_at(self, index: int) -> dict[str, float | None]:
        """An example's metrics, None where there is no value."""
        values = {name: self.metric(name)[index] for name in self.names}
        # Seven digits are all that 32 bits hold; more would only show how they are stored.
        return {name: float(f"{value:.7g}") if np.isfinite(value) else None for name, value in values.items()}
