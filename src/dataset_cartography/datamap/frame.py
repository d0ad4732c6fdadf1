"""A map as pandas knows it, that shows its picture in a notebook."""

import logging
from typing import ClassVar, Self

import pandas as pd

logger = logging.getLogger(__name__)

INDEX = "example_id"
"""Name of a map's index, and of its column in CSV."""


class MapFrame(pd.DataFrame):
    """A DataFrame in every respect but one: as the last line of a notebook's cell, a whole map shows its picture.

    Above the rows, as pandas shows them, stand the data map, the regions in numbers, what the epochs saw, and
    the map's warnings. Rows chosen from a map (`df.head()`, `df[df["category"] == "hard"]`) and what is
    computed from it (`df.describe()`) are shown as pandas shows them, and so is a map where the extra "plot"
    is not installed. pandas' option `display.notebook_repr_html` turns all of it off.
    """

    # What pandas hands on to copies and selections; the map itself is in the columns, its facts in `attrs`.
    _metadata: ClassVar[list[str]] = ["_examples"]
    _examples: int = -1

    @classmethod
    def of(cls, df: pd.DataFrame) -> Self:
        """Make a whole map of a frame, without copying it."""
        frame = cls(df, copy=False)
        frame.attrs = df.attrs
        frame._examples = len(df)
        return frame

    @property
    def _constructor(self) -> type["MapFrame"]:
        return MapFrame

    def _repr_html_(self) -> str | None:
        """HTML for a notebook; None where pandas is told to show text."""
        rows: str | None = super()._repr_html_()  # type: ignore[misc] # the stubs hide it
        if rows is None or not self._is_whole_map():
            return rows
        try:
            # The one arrow that runs uphill: a map is shown by the room that draws.
            from dataset_cartography.plotting.notebook import map_html

            return map_html(self) + rows
        except Exception:
            # Whatever keeps a picture from being drawn, the rows can be shown.
            logger.debug("The map's picture cannot be shown.", exc_info=True)
            return rows

    def _is_whole_map(self) -> bool:
        """Whether these are still a map's values, and all of its rows."""
        if len(self) != self._examples or not self._examples or self.index.name != INDEX:
            return False
        if not self.columns.is_unique or not {"confidence", "variability"} <= set(self.columns):
            return False
        axes = self[["confidence", "variability"]]
        floats = all(pd.api.types.is_float_dtype(dtype) for dtype in axes.dtypes)
        return floats and bool(axes.min().min() >= 0 and axes.max().max() <= 1)
