"""The examples of a map on its two axes: points, or cells where there are too many, and their colour bar."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.plotting import style
from dataset_cartography.plotting.facts import MapFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

SCATTER_LIMIT = 50_000  # above, points hide each other and take seconds: the picture is binned
_BINS = 240  # cells per side of the binned picture
_DISCRETE_EPOCHS = 10  # up to so many epochs, correctness has its own colour per number of epochs


class Limits(NamedTuple):
    """The parts of both axes that are drawn, each (low, high)."""

    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def enlarged(self) -> bool:
        """Whether an axis is not drawn whole."""
        return self.x[1] - self.x[0] < 0.5 or self.y[1] - self.y[0] < 1


class Scale(NamedTuple):
    """How correctness becomes a colour; `steps` epochs have a colour each, 0 is a continuous ramp."""

    ramp: Any
    norm: Any
    steps: int


def drawable(df: pd.DataFrame) -> pd.DataFrame:
    """The examples of a map that have both coordinates.

    Raises:
        MissingColumnError: confidence or variability is missing.
        InputError: no example has both.
    """
    for column in ("confidence", "variability"):
        if column not in df.columns:
            raise MissingColumnError.of(
                column, [str(name) for name in df.columns], "the map", "A data map needs both of its axes."
            )
    x, y = coordinates(df)
    known = df[np.isfinite(x) & np.isfinite(y)]
    if known.empty:
        raise InputError(
            f"None of the map's {style.count_words(len(df), 'example')} has a confidence and a variability, "
            "so there is nothing to draw; was any example seen in training?"
        )
    return known


def coordinates(df: pd.DataFrame) -> tuple[Floats, Floats]:
    """Variability and confidence, (examples,) each."""
    return (
        df["variability"].to_numpy("float64", na_value=np.nan),
        df["confidence"].to_numpy("float64", na_value=np.nan),
    )


def limits(x: Floats, y: Floats) -> Limits:
    """The whole range of an axis, or the part in use if that is less than a quarter, at either end."""
    return Limits(_range(x, 0.5), _range(y, 1.0))


def _range(values: Floats, full: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if high > low and high < full / 4:
        return 0.0, high * 1.12
    if high > low and low > full * 3 / 4 and full == 1.0:
        return 1 - (1 - low) * 1.12, 1.0
    return min(0.0, low), max(full, high)


def set_axes(ax: "Axes", drawn: Limits, facts: MapFacts) -> None:
    """Set limits and labels."""
    (left, right), (bottom, top) = drawn
    margin_x, margin_y = 0.02 * (right - left), 0.02 * (top - bottom)
    ax.set_xlim(left - margin_x, right + margin_x)
    ax.set_ylim(bottom - margin_y, top + margin_y)
    probability = style.plain(facts.gold_probability)
    ax.set_xlabel(
        style.wrapped(f"variability: standard deviation over {facts.words.epochs} of {probability}", 70)
    )
    ax.set_ylabel(style.wrapped(f"confidence: mean over {facts.words.epochs} of {probability}", 60))
    style.tidy(ax)


def draw_examples(ax: "Axes", x: Floats, y: Floats, known: pd.DataFrame, facts: MapFacts) -> Scale | None:
    """Draw every example in the colour of its correctness; None if that is not known of any."""
    if "correctness" in known.columns:
        correctness = known["correctness"].to_numpy("float64", na_value=np.nan)
    else:
        correctness = np.full(len(x), np.nan)
    binned = len(x) > SCATTER_LIMIT
    colors = style.matplotlib_modules().colors
    ramp = colors.LinearSegmentedColormap.from_list("correctness", style.CORRECTNESS_COLORS)
    steps = 0 if binned or facts.shares or facts.n_epochs > _DISCRETE_EPOCHS else facts.n_epochs
    if steps:
        ramp = ramp.resampled(steps + 1)
        norm = colors.BoundaryNorm((np.arange(steps + 2) - 0.5) / steps, steps + 1)
    else:
        norm = colors.Normalize(0, 1)
    scale = Scale(ramp.with_extremes(bad=style.MUTED), norm, steps)
    (_draw_cells if binned else _draw_points)(ax, x, y, correctness, scale)
    return scale if np.isfinite(correctness).any() else None


def _draw_points(ax: "Axes", x: Floats, y: Floats, correctness: Floats, scale: Scale) -> None:
    # A fixed shuffle, so that no order of the file decides which colour lies on top.
    order = np.random.default_rng(0).permutation(len(x))
    ax.scatter(
        x[order],
        y[order],
        c=correctness[order],
        cmap=scale.ramp,
        norm=scale.norm,
        s=float(np.clip(9000 / len(x), 5, 42)),
        alpha=float(np.clip(4 / len(x) ** 0.22, 0.4, 0.9)),
        linewidths=0.3 if len(x) <= 2000 else 0,
        edgecolors="white",
        plotnonfinite=True,
        clip_on=False,
        rasterized=len(x) > 2000,
    )


def _draw_cells(ax: "Axes", x: Floats, y: Floats, correctness: Floats, scale: Scale) -> None:
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    column = np.clip((x - left) / (right - left) * _BINS, 0, _BINS - 1).astype(np.int64)
    row = np.clip((y - bottom) / (top - bottom) * _BINS, 0, _BINS - 1).astype(np.int64)
    cell = row * _BINS + column
    count = np.bincount(cell, minlength=_BINS * _BINS)
    known = np.isfinite(correctness)
    total = np.bincount(cell[known], weights=correctness[known], minlength=_BINS * _BINS)
    judged = np.bincount(cell[known], minlength=_BINS * _BINS)
    mean = np.divide(total, judged, out=np.full(total.shape, np.nan), where=judged > 0)
    image = scale.ramp(scale.norm(np.ma.masked_invalid(mean)))
    opacity = np.log1p(count) / np.log1p(count.max())
    image[:, 3] = np.where(count > 0, 0.4 + 0.6 * opacity, 0)
    ax.imshow(
        image.reshape(_BINS, _BINS, 4),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )


def draw_color_bar(ax: "Axes", scale: Scale, facts: MapFacts, offset: float) -> None:
    """Draw the colour bar at the right, `offset` axes widths away."""
    mappable = style.matplotlib_modules().cm.ScalarMappable(norm=scale.norm, cmap=scale.ramp)
    bar = ax.figure.colorbar(mappable, cax=ax.inset_axes((1 + offset, 0, 0.028, 1)))
    if steps := scale.steps:
        bar.set_ticks(
            [k / steps for k in range(steps + 1)], labels=[f"{k}/{steps}" for k in range(steps + 1)]
        )
    bar.minorticks_off()
    bar.ax.tick_params(labelsize=9, length=0)
    bar.outline.set_visible(False)
    bar.set_label(style.wrapped(facts.correctness, 60), fontsize=9)
