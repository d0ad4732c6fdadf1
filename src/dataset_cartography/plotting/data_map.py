"""The data map: variability against confidence, coloured by correctness (Swayamdipta et al. 2020)."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.plotting import style
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.region_labels import label_regions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCATTER_LIMIT = 50_000  # above, points hide each other and take seconds: the picture is binned
_BINS = 240  # cells per side of the binned picture
_DISCRETE_EPOCHS = 10  # up to so many epochs, correctness has its own colour per number of epochs


def plot_data_map(
    df: pd.DataFrame, ax: "Axes | None" = None, *, title: str | None = None, marginals: bool = True
) -> "Axes":
    """Draw the data map: x variability, y confidence, colour correctness, the regions with their counts.

    Up to 50,000 examples are drawn as points; more as an image of cells, coloured by mean correctness, the
    more opaque the more examples. Axes run from 0 to 0.5 and 0 to 1 unless the data fill less than a
    quarter of an axis, which is then enlarged, and the subtitle says so. Nothing is drawn at random.

    Args:
        df: a map with confidence and variability, and if known correctness and category;
            `df.attrs["cartography"]` may hold the facts the axes are labelled with.
        ax: axes to draw into; a new figure of 8.5 x 7 inches by default.
        title: the heading; "Data map" with model and dataset by default.
        marginals: whether to draw histograms of both axes at the top and the right.

    Returns:
        The axes of the map.

    Raises:
        MissingColumnError: confidence or variability is missing.
        InputError: no example has both.
        MissingExtraError: matplotlib is not installed.
    """
    for column in ("confidence", "variability"):
        if column not in df.columns:
            raise MissingColumnError.of(
                column, [str(name) for name in df.columns], "the map", "A data map needs both of its axes."
            )
    known = df[
        np.isfinite(df[["confidence", "variability"]].to_numpy("float64", na_value=np.nan)).all(axis=1)
    ]
    if known.empty:
        raise InputError(
            f"None of the map's {style.count_words(len(df), 'example')} has a confidence and a variability, "
            "so there is nothing to draw; was any example seen in training?"
        )
    facts = MapFacts.of(df)
    x, y = known["variability"].to_numpy("float64"), known["confidence"].to_numpy("float64")
    ax = style.new_axes(8.5, 7) if ax is None else ax

    limits = _limits(x, 0.5), _limits(y, 1.0)
    _set_axes(ax, limits, facts)
    _draw_examples(ax, x, y, known, facts, offset=0.16 if marginals else 0.03)
    if marginals:
        _draw_marginals(ax, x, y)
    label_regions(ax, known, facts)
    enlarged = (limits[0][1] - limits[0][0] < 0.5) or (limits[1][1] - limits[1][0] < 1)
    style.set_title(
        ax,
        style.plain(title) if title else facts.title(),
        facts.subtitle(df, len(known), enlarged),
        above=0.13 if marginals else 0.0,
    )
    return ax


def _limits(values: "Floats", full: float) -> tuple[float, float]:
    """The whole range of an axis, or the part in use if that is less than a quarter, at either end."""
    low, high = float(values.min()), float(values.max())
    if high > low and high < full / 4:
        return 0.0, high * 1.12
    if high > low and low > full * 3 / 4 and full == 1.0:
        return 1 - (1 - low) * 1.12, 1.0
    return min(0.0, low), max(full, high)


def _set_axes(ax: "Axes", limits: tuple[tuple[float, float], tuple[float, float]], facts: MapFacts) -> None:
    (left, right), (bottom, top) = limits
    margin_x, margin_y = 0.02 * (right - left), 0.02 * (top - bottom)
    ax.set_xlim(left - margin_x, right + margin_x)
    ax.set_ylim(bottom - margin_y, top + margin_y)
    probability = style.plain(facts.gold_probability)
    ax.set_xlabel(
        style.wrapped(f"variability: standard deviation over {facts.words.epochs} of {probability}", 70)
    )
    ax.set_ylabel(style.wrapped(f"confidence: mean over {facts.words.epochs} of {probability}", 60))
    style.tidy(ax)


def _draw_examples(
    ax: "Axes", x: "Floats", y: "Floats", known: pd.DataFrame, facts: MapFacts, offset: float
) -> None:
    if "correctness" in known.columns:
        correctness = known["correctness"].to_numpy("float64", na_value=np.nan)
    else:
        correctness = np.full(len(x), np.nan)
    binned = len(x) > SCATTER_LIMIT
    colors = style.matplotlib_modules().colors
    ramp = colors.LinearSegmentedColormap.from_list("correctness", style.CORRECTNESS_COLORS)
    steps = facts.n_epochs if not binned and 0 < facts.n_epochs <= _DISCRETE_EPOCHS else 0
    if steps:
        ramp = ramp.resampled(steps + 1)
        norm = colors.BoundaryNorm((np.arange(steps + 2) - 0.5) / steps, steps + 1)
    else:
        norm = colors.Normalize(0, 1)
    ramp = ramp.with_extremes(bad=style.MUTED)
    (_draw_cells if binned else _draw_points)(ax, x, y, correctness, ramp, norm)
    if np.isfinite(correctness).any():
        _draw_color_bar(ax, ramp, norm, facts, steps, offset)


def _draw_points(ax: "Axes", x: "Floats", y: "Floats", correctness: "Floats", ramp: Any, norm: Any) -> None:
    # A fixed shuffle, so that no order of the file decides which colour lies on top.
    order = np.random.default_rng(0).permutation(len(x))
    ax.scatter(
        x[order],
        y[order],
        c=correctness[order],
        cmap=ramp,
        norm=norm,
        s=float(np.clip(9000 / len(x), 5, 42)),
        alpha=float(np.clip(4 / len(x) ** 0.22, 0.4, 0.9)),
        linewidths=0.3 if len(x) <= 2000 else 0,
        edgecolors="white",
        plotnonfinite=True,
        clip_on=False,
        rasterized=len(x) > 2000,
    )


def _draw_cells(ax: "Axes", x: "Floats", y: "Floats", correctness: "Floats", ramp: Any, norm: Any) -> None:
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    column = np.clip((x - left) / (right - left) * _BINS, 0, _BINS - 1).astype(np.int64)
    row = np.clip((y - bottom) / (top - bottom) * _BINS, 0, _BINS - 1).astype(np.int64)
    cell = row * _BINS + column
    count = np.bincount(cell, minlength=_BINS * _BINS)
    known = np.isfinite(correctness)
    total = np.bincount(cell[known], weights=correctness[known], minlength=_BINS * _BINS)
    judged = np.bincount(cell[known], minlength=_BINS * _BINS)
    mean = np.divide(total, judged, out=np.full(total.shape, np.nan), where=judged > 0)
    image = ramp(norm(np.ma.masked_invalid(mean)))
    opacity = np.log1p(count) / np.log1p(count.max())
    image[:, 3] = np.where(count > 0, 0.4 + 0.6 * opacity, 0)
    ax.imshow(
        image.reshape(_BINS, _BINS, 4),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )


def _draw_color_bar(ax: "Axes", ramp: Any, norm: Any, facts: MapFacts, steps: int, offset: float) -> None:
    scale = style.matplotlib_modules().cm.ScalarMappable(norm=norm, cmap=ramp)
    bar = ax.figure.colorbar(scale, cax=ax.inset_axes((1 + offset, 0, 0.028, 1)))
    if steps:
        bar.set_ticks(
            [k / steps for k in range(steps + 1)], labels=[f"{k}/{steps}" for k in range(steps + 1)]
        )
    bar.minorticks_off()
    bar.ax.tick_params(labelsize=9, length=0)
    bar.outline.set_visible(False)
    words = f": {style.plain(facts.correct)}" if facts.correct else ""
    bar.set_label(style.wrapped(f"correctness, share of {facts.words.epochs}{words}", 60), fontsize=9)


def _draw_marginals(ax: "Axes", x: "Floats", y: "Floats") -> None:
    """Histograms over the top and at the right, on the map's own axes."""
    top = ax.inset_axes((0, 1.015, 1, 0.1), sharex=ax)
    right = ax.inset_axes((1.015, 0, 0.1, 1), sharey=ax)
    top.hist(x, bins=60, range=ax.get_xlim(), color=style.MUTED, alpha=0.6)
    right.hist(y, bins=60, range=ax.get_ylim(), color=style.MUTED, alpha=0.6, orientation="horizontal")
    for margin in (top, right):
        margin.set_axis_off()
