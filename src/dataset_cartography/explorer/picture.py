"""A part of the map as the page draws it: points, or a grid of counts and means."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.explorer.points import MapPoints
from dataset_cartography.explorer.queries import Window

MOST_POINTS = 20_000  # in one view; above, the view is a grid


def draw(points: MapPoints, mask: npt.NDArray[np.bool_], window: Window) -> dict[str, Any]:
    """The chosen examples in a part of the map: points if there are few, else a grid of counts and means.

    Args:
        points: The map.
        mask: (examples,) which are chosen.
        window: The part of the map, its borders included; a grid's row 0 is at the bottom.
    """
    inside = (
        mask
        & (points.x >= np.float32(window.x0))
        & (points.x <= np.float32(window.x1))
        & (points.y >= np.float32(window.y0))
        & (points.y <= np.float32(window.y1))
    )
    index = np.flatnonzero(inside).astype(np.int32)
    x, y, correctness = points.x[index], points.y[index], points.correctness[index]
    if len(index) <= MOST_POINTS:
        arrays = {"index": index, "x": x, "y": y, "correctness": correctness}
        return {"kind": "points"} | {name: _typed(values) for name, values in arrays.items()}
    column = _cells(x, window.x0, window.x1, window.columns)
    cell = _cells(y, window.y0, window.y1, window.rows) * window.columns + column
    cells = window.columns * window.rows
    count = np.bincount(cell, minlength=cells)
    known = np.isfinite(correctness)
    told = count if known.all() else np.bincount(cell[known], minlength=cells)
    sums = np.bincount(cell, np.where(known, correctness, 0), cells)
    with np.errstate(invalid="ignore"):
        means = (sums / told).astype(np.float32)
    return {
        "kind": "grid",
        "columns": window.columns,
        "rows": window.rows,
        "count": _typed(count.astype(np.uint32)),
        "correctness": _typed(means),
    }


def _cells(values: npt.NDArray[np.float32], low: float, high: float, cells: int) -> npt.NDArray[np.int32]:
    place = ((values - np.float32(low)) * np.float32(cells / (high - low))).astype(np.int32)
    clipped: npt.NDArray[np.int32] = np.clip(place, 0, cells - 1)
    return clipped


def _typed(values: npt.NDArray[Any]) -> dict[str, str]:
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return {"dtype": little.dtype.str, "base64": base64.b64encode(little.tobytes()).decode("ascii")}
