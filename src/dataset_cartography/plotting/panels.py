"""Pictures beside the map: distributions, correlations, and regions per slice."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.metrics import METRICS
from dataset_cartography.plotting import style
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.slices import correlations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_PANELS_A_ROW = 3
_MOST_ROWS = 30
_FEW_VALUES = 12


def metric_columns(df: pd.DataFrame) -> list[str]:
    """The numeric metrics a map has, without those that are the same for every example; in registry order."""
    return [
        name
        for name, metric in METRICS.items()
        if name in df.columns and metric.dtype != "boolean" and _varies(df[name])
    ]


def plot_distributions(
    df: pd.DataFrame, ax: "Axes | None" = None, *, columns: Sequence[str] | None = None
) -> "Axes":
    """Draw a histogram per column, stacked by region.

    Args:
        df: a map with "category".
        ax: its place is divided into panels; a new figure by default.
        columns: numeric columns; the metrics the map has by default. Missing values are left out.

    Returns:
        The axes that frame the panels (`ax.child_axes`).

    Raises:
        MissingColumnError: "category" or one of the columns is missing.
        InputError: there is no column to draw, or one does not hold numbers.
    """
    columns = metric_columns(df) if columns is None else list(columns)
    _check_columns(df, ["category", *columns])
    _check_numeric(df, columns)
    if not columns:
        raise InputError("The map has no column with values, so there is no distribution to draw.")
    rows, across = -(-len(columns) // _PANELS_A_ROW), min(len(columns), _PANELS_A_ROW)
    ax = style.new_axes(3.4 * across + 0.4, 2.4 * rows + 0.9) if ax is None else ax
    ax.set_axis_off()
    for place, name in enumerate(columns):
        row, column = divmod(place, _PANELS_A_ROW)
        box = (
            (column + 0.1) / across,
            1 - (row + 0.86) / rows,
            0.84 / across,
            0.66 / rows,
        )
        panel = ax.inset_axes(box)
        _draw_histogram(panel, df, name)
        if not column:
            panel.set_ylabel("examples", fontsize=8.5)
    _draw_legend(ax)
    style.set_title(ax, "Distributions by region")
    return ax


def plot_correlations(
    df: pd.DataFrame, ax: "Axes | None" = None, *, columns: Sequence[str] | None = None
) -> "Axes":
    """Draw Spearman's rank correlations of the columns as a matrix with numbers; a dash where undefined.

    Args:
        df: a map.
        ax: axes to draw into; a new figure by default.
        columns: numeric columns; the metrics the map has by default.

    Raises:
        MissingColumnError: one of the columns is missing.
        InputError: there is no column to draw, or one does not hold numbers.
    """
    columns = metric_columns(df) if columns is None else list(columns)
    _check_columns(df, columns)
    _check_numeric(df, columns)
    if not columns:
        raise InputError("The map has no column with values, so there is no correlation to draw.")
    values = correlations(df, columns).to_numpy()
    n = len(columns)
    ax = style.new_axes(2.6 + 0.68 * n, 2.0 + 0.52 * n) if ax is None else ax
    ramp = style.matplotlib_modules().colors.LinearSegmentedColormap.from_list(
        "correlation", ("#a3300c", "#f3d3c4", "#ffffff", "#c9dff0", "#17558f")
    )
    ramp = ramp.with_extremes(bad="#eeeeee")
    image = ax.imshow(np.ma.masked_invalid(values), cmap=ramp, vmin=-1, vmax=1, aspect="auto")
    for row in range(n):
        for column in range(n):
            value = values[row, column]
            words = f"{value:z.2f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else "\N{EN DASH}"
            color = "white" if np.isfinite(value) and abs(value) > 0.72 else style.INK
            ax.text(column, row, words, ha="center", va="center", fontsize=8.5, color=color)
    labels = [_readable(name) for name in columns]
    ax.set_xticks(range(n), labels=labels, rotation=40, ha="right", rotation_mode="anchor", fontsize=9)
    ax.set_yticks(range(n), labels=labels, fontsize=9)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, cax=ax.inset_axes((1.03, 0, 0.03, 1)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, length=0)
    style.set_title(ax, "Rank correlations (Spearman)")
    return ax


def plot_breakdown(table: pd.DataFrame, ax: "Axes | None" = None, *, title: str | None = None) -> "Axes":
    """Draw the shares of the regions in every slice as stacked bars, with the number of examples.

    Args:
        table: from `breakdown`: a row per slice; the first 30 are drawn, and a note names the rest.
        ax: axes to draw into; a new figure by default.
        title: the heading; the name of the table's index by default.

    Raises:
        MissingColumnError: the table is not one of `breakdown`.
        InputError: the table has no row.
    """
    _check_columns(table, ["count", *(f"{name}_share" for name in CATEGORIES)])
    if table.empty:
        raise InputError("The breakdown has no row, so there is nothing to draw.")
    rows = table.head(_MOST_ROWS)
    ax = style.new_axes(8, 1.5 + 0.36 * len(rows)) if ax is None else ax
    place = np.arange(len(rows), dtype=np.float64)
    start = np.zeros(len(rows))
    for name in CATEGORIES:
        share = rows[f"{name}_share"].to_numpy("float64")
        ax.barh(place, share, left=start, height=0.76, color=style.CATEGORY_COLORS[name])
        ink = style.INK if name == "ambiguous" else "white"
        for y, left, width in zip(place, start, share, strict=True):
            if width >= 0.06:
                ax.text(
                    left + width / 2, y, f"{width:.0%}", ha="center", va="center", fontsize=8.5, color=ink
                )
        start += share
    for y, count in zip(place, rows["count"], strict=True):
        ax.text(1.015, y, f"n = {count:,}", va="center", fontsize=8.5, color=style.MUTED)
    ax.set_yticks(place, labels=[style.plain(label, 36) for label in rows.index], fontsize=9)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(style.matplotlib_modules().ticker.PercentFormatter(1))
    style.tidy(ax)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    more = len(table) - len(rows)
    ax.set_xlabel("share of the slice's examples" + (f" (and {more:,} smaller slices)" if more else ""))
    _draw_legend(ax)
    style.set_title(ax, style.plain(title if title is not None else _readable(table.index.name), 60))
    return ax


def _varies(values: "pd.Series[Any]") -> bool:
    numbers = values.to_numpy("float64", na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    return bool(len(known) and known.min() < known.max())


def _check_columns(df: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in df.columns:
            raise MissingColumnError.of(
                column, [str(name) for name in df.columns], "the table to draw", "Choose one of these."
            )


def _check_numeric(df: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if not pd.api.types.is_numeric_dtype(df[column]):
            raise InputError(
                f"Column {column!r} holds {df[column].dtype}, not numbers, so it cannot be drawn as one; "
                "plot_breakdown(breakdown(df, column)) draws the regions per value."
            )


def _readable(name: object) -> str:
    if isinstance(name, str) and name in METRICS:
        return METRICS[name].title
    return style.plain(name, 28).replace("_", " ")


def _draw_legend(ax: "Axes") -> None:
    """The regions' colours, at the right above the axes."""
    patch = style.matplotlib_modules().patches.Patch
    ax.legend(
        handles=[patch(color=style.CATEGORY_COLORS[name], label=name) for name in CATEGORIES],
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        frameon=False,
        fontsize=9,
        borderaxespad=0.4,
    )


def _draw_histogram(panel: "Axes", df: pd.DataFrame, name: str) -> None:
    values = df[name].to_numpy("float64", na_value=np.nan)
    finite = np.isfinite(values)
    edges, few = _bin_edges(values[finite])
    bottom = np.zeros(len(edges) - 1)
    for category in CATEGORIES:
        chosen = (df["category"] == category).to_numpy(dtype=bool, na_value=False) & finite
        height = np.histogram(values[chosen], bins=edges)[0].astype("float64")
        panel.bar(
            (edges[:-1] + edges[1:]) / 2,
            height,
            np.diff(edges) * (0.85 if len(few) else 1.0),
            bottom=bottom,
            color=style.CATEGORY_COLORS[category],
            linewidth=0,
        )
        bottom += height
    panel.set_title(_readable(name), fontsize=10, loc="left", pad=3)
    ticker = style.matplotlib_modules().ticker
    panel.yaxis.set_major_locator(ticker.MaxNLocator(3, integer=True))
    panel.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    if len(few):
        panel.set_xticks(few[:: -(-len(few) // 6)])
    else:
        panel.xaxis.set_major_locator(ticker.MaxNLocator(5))
    style.tidy(panel)
    panel.tick_params(labelsize=8)


def _bin_edges(values: "Floats") -> "tuple[Floats, Floats]":
    """Edges of the bins; and the values themselves where they are few and even, so that bars stand apart."""
    distinct = np.unique(values)
    if len(distinct) < 2:
        middle = float(distinct[0]) if len(distinct) else 0.0
        room = max(abs(middle), 1.0) / 10
        return np.linspace(middle - room, middle + room, 32), np.empty(0)
    step, span = float(np.diff(distinct).min()), float(distinct[-1] - distinct[0])
    if len(distinct) <= _FEW_VALUES and span / step <= 2 * _FEW_VALUES:
        return np.arange(distinct[0] - step / 2, distinct[-1] + step, step), distinct
    return np.linspace(distinct[0], distinct[-1], 31), np.empty(0)
