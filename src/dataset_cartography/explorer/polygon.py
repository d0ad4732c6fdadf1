"""Which of millions of points lie inside a polygon."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt


class PolygonIndex:
    """Points sorted by height, so that an edge meets only those of its own heights.

    Testing every point against every edge of a lasso takes seconds for a million points; here an edge costs what
    lies between its two ends.

    Args:
        x: (n,) coordinates; a point without both is never inside.
        y: (n,)
    """

    def __init__(self, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> None:
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        self._size = len(x)
        self._order = known[np.argsort(y[known], kind="stable")].astype(np.int32)
        self._x = x[self._order]
        self._y = y[self._order]

    def inside(self, polygon: Sequence[tuple[float, float]]) -> npt.NDArray[np.bool_]:
        """(n,) whether each point lies inside by the even-odd rule, computed in double precision.

        Step by step what `d3.polygonContains` computes, so that a page and its server agree on every point: an edge
        meets the heights from its lower end up to, not including, its upper end; a point on a left border is inside.
        """
        found = np.zeros(len(self._x), bool)
        corners = np.asarray(polygon, np.float64).reshape(-1, 2)
        for (x0, y0), (x1, y1) in zip(np.roll(corners, 1, axis=0), corners, strict=True):
            if y0 != y1:
                part = slice(self._first_at(min(y0, y1)), self._first_at(max(y0, y1)))
                crossing = (x0 - x1) * (self._y[part].astype(np.float64) - y1) / (y0 - y1) + x1
                found[part] ^= self._x[part] < crossing
        inside = np.zeros(self._size, bool)
        inside[self._order[found]] = True
        return inside

    def _first_at(self, height: float) -> int:
        """The first point at this height or above; the height is not rounded to 32 bits, which would move points."""
        as_stored = np.float32(height)
        side: Literal["left", "right"] = "left" if float(as_stored) >= height else "right"
        return int(np.searchsorted(self._y, as_stored, side=side))
