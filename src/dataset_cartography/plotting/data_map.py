"""The data map: variability against confidence, coloured by correctness (Swayamdipta et al. 2020)."""

from typing import TYPE_CHECKING

import pandas as pd

from dataset_cartography.plotting import cloud, style
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.region_labels import label_regions

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    known = cloud.drawable(df)
    facts = MapFacts.of(df)
    x, y = cloud.coordinates(known)
    ax = style.new_axes(8.5, 7) if ax is None else ax

    limits = cloud.limits(x, y)
    cloud.set_axes(ax, limits, facts)
    scale = cloud.draw_examples(ax, x, y, known, facts)
    if scale is not None:
        cloud.draw_color_bar(ax, scale, facts, offset=0.16 if marginals else 0.03)
    if marginals:
        _draw_marginals(ax, x, y)
    label_regions(ax, known, facts)
    style.set_title(
        ax,
        style.plain(title) if title else facts.title(),
        facts.subtitle(df, len(known), limits.enlarged),
        above=0.13 if marginals else 0.0,
    )
    return ax


def _draw_marginals(ax: "Axes", x: cloud.Floats, y: cloud.Floats) -> None:
    """Histograms over the top and at the right, on the map's own axes."""
    top = ax.inset_axes((0, 1.015, 1, 0.1), sharex=ax)
    right = ax.inset_axes((1.015, 0, 0.1, 1), sharey=ax)
    top.hist(x, bins=60, range=ax.get_xlim(), color=style.MUTED, alpha=0.6)
    right.hist(y, bins=60, range=ax.get_ylim(), color=style.MUTED, alpha=0.6, orientation="horizontal")
    for margin in (top, right):
        margin.set_axis_off()
