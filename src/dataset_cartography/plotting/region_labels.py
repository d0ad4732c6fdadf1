"""Region names on the map, placed where they hide the fewest examples and never one another."""

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.plotting import style
from dataset_cartography.plotting.facts import MapFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Box = tuple[float, float, float, float]  # left, right, bottom, top as fractions of the axes
    Range = tuple[float, float]

_GRID = 40  # candidate places per side, and cells per side for counting what lies beneath


def label_regions(ax: "Axes", known: pd.DataFrame, facts: MapFacts) -> None:
    """Name every region that has examples, with count and share, and draw the lines of a threshold rule."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    thresholds = facts.thresholds()
    if thresholds:
        _draw_lines(ax, *thresholds)
    if "category" not in known.columns or not known["category"].notna().any():
        return
    x = (known["variability"].to_numpy("float64") - left) / (right - left)
    y = (known["confidence"].to_numpy("float64") - bottom) / (top - bottom)
    cells = [np.clip((v * _GRID).astype(np.int64), 0, _GRID - 1) for v in (x, y)]
    below = np.bincount(cells[0] * _GRID + cells[1], minlength=_GRID * _GRID).reshape(_GRID, _GRID)
    # The thousandth example hides less than the first: what matters is where the cloud is.
    crowd = np.log1p(below) / np.log1p(below.max())
    counts = known["category"].value_counts()
    total = int(counts.sum())
    taken: list[Box] = []
    for name in sorted(style.CATEGORY_COLORS, key=lambda name: -int(counts.get(name, 0))):
        count = int(counts.get(name, 0))
        if not count:
            continue
        inside = (known["category"] == name).to_numpy(dtype=bool)
        region = _region(name, thresholds, (left, right), (bottom, top))
        size = _size(ax, f"{count:,} ({count / total:.1%})")
        middle = float(np.median(x[inside])), float(np.median(y[inside]))
        box = _place(middle, size, region, crowd, taken)
        taken.append(box)
        _write(ax, name, count, total, box)


def _draw_lines(ax: "Axes", variability: float, confidence: float) -> None:
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    line: dict[str, Any] = {"color": style.MUTED, "linewidth": 0.9, "linestyle": (0, (5, 4)), "zorder": 2.5}
    if left < variability < right:
        ax.plot([variability, variability], [bottom, top], **line)
    if bottom < confidence < top:
        ax.plot([left, min(variability, right)], [confidence, confidence], **line)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)


def _region(name: str, thresholds: "Range | None", x_range: "Range", y_range: "Range") -> "Box":
    """The part of the axes that belongs to a region under a threshold rule; all of it under others."""
    if thresholds is None:
        return 0.0, 1.0, 0.0, 1.0
    split_x = float(np.clip((thresholds[0] - x_range[0]) / (x_range[1] - x_range[0]), 0, 1))
    split_y = float(np.clip((thresholds[1] - y_range[0]) / (y_range[1] - y_range[0]), 0, 1))
    if name == "ambiguous":
        return split_x, 1.0, 0.0, 1.0
    return (0.0, split_x, split_y, 1.0) if name == "easy" else (0.0, split_x, 0.0, split_y)


def _size(ax: "Axes", second_line: str) -> tuple[float, float]:
    """Width and height of a label of two lines, as fractions of the axes, rather too large than too small."""
    extent = ax.get_window_extent()
    inch = ax.figure.dpi * 0.85  # the layout still has to make room for bar and title
    width = (max(len(second_line), len("ambiguous") + 1) * 6.1 + 14) / 72
    return min(width * inch / extent.width / 0.72, 0.9), min(0.52 * inch / extent.height / 0.72, 0.4)


def _place(
    middle: tuple[float, float],
    size: tuple[float, float],
    region: "Box",
    crowd: "Floats",
    taken: "list[Box]",
) -> "Box":
    """The box with the least to hide, near the region's middle, inside the region and free of others."""
    width, height = size
    best: tuple[float, Box] | None = None
    for across, up in product(
        np.linspace(0.012, 0.988 - width, _GRID), np.linspace(0.015, 0.985 - height, _GRID)
    ):
        box = (float(across), float(across + width), float(up), float(up + height))
        hidden = crowd[
            int(box[0] * _GRID) : int(box[1] * _GRID) + 1, int(box[2] * _GRID) : int(box[3] * _GRID) + 1
        ].mean()
        outside = sum(
            max(0.0, excess)
            for excess in (region[0] - box[0], box[1] - region[1], region[2] - box[2], box[3] - region[3])
        )
        overlap = any(
            box[0] < other[1] and other[0] < box[1] and box[2] < other[3] and other[2] < box[3]
            for other in taken
        )
        distance = np.hypot((box[0] + box[1]) / 2 - middle[0], (box[2] + box[3]) / 2 - middle[1])
        cost = 2.0 * hidden + 4.0 * outside + 100.0 * overlap + 0.8 * distance
        if best is None or cost < best[0]:
            best = (float(cost), box)
    assert best is not None  # noqa: S101 - the grid is never empty
    return best[1]


def _write(ax: "Axes", name: str, count: int, total: int, box: "Box") -> None:
    # White behind the words, so that they read over points too; the frame has the region's colour.
    x, y = (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
    ax.text(
        x,
        y,
        f"{name}\n{count:,} ({count / total:.1%})",
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=10,
        linespacing=1.3,
        color=style.INK,
        zorder=5,
        bbox={
            "boxstyle": "round,pad=0.35",
            "facecolor": "white",
            "alpha": 0.86,
            "edgecolor": style.CATEGORY_COLORS[name],
            "linewidth": 1.4,
        },
    )
