"""Two maps of the same examples side by side, and the examples that moved."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dataset_cartography.comparison import Pairs, pair, transitions_of
from dataset_cartography.errors import InputError
from dataset_cartography.plotting import cloud, style
from dataset_cartography.plotting.facts import MapFacts, rule_words
from dataset_cartography.plotting.region_labels import label_regions
from dataset_cartography.regions import CATEGORIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 8  # movers written out beside the maps
_PANELS = ((0.0, 0.0, 0.36, 1.0), (0.395, 0.0, 0.36, 1.0))
_TABLE, _LIST = (0.875, 0.66, 0.125, 0.26), (0.875, 0.0, 0.125, 0.5)


def plot_movers(
    first: pd.DataFrame,
    second: pd.DataFrame,
    ax: "Axes | None" = None,
    *,
    names: tuple[str, str] = ("first run", "second run"),
    most: int = 25,
    title: str | None = None,
) -> "Axes":
    """Draw two maps side by side on the same axes, and arrows for the examples that moved furthest.

    The examples are matched by id, and only those that are on both maps are drawn; the subtitle counts the
    others. A move's length is that in the picture: both axes count by their whole range (variability 0.5,
    confidence 1). An arrow has the colour of the region that its example went to, or is black where the
    region stayed. Beside the maps stand the changes of region of all examples, and the furthest movers by id.

    Args:
        first: a map, such as of the run before a change.
        second: a map of the same dataset; for the changes of region both need "category".
        ax: its place is divided into panels; a new figure of 15 x 6.4 inches by default.
        names: what the two are called.
        most: so many arrows, 0 or more.
        title: the heading.

    Returns:
        The axes that frame the panels (`ax.child_axes`: first map, second map, and with categories the changes).

    Raises:
        MissingColumnError: a map lacks confidence or variability.
        InputError: the maps share no example that is on both, ids repeat, or `most` is negative.
        MissingExtraError: matplotlib is not installed.
    """
    if most < 0:
        raise InputError(f"most is {most}; give how many movers to draw, 0 or more.")
    names = style.plain(names[0], 40), style.plain(names[1], 40)
    pairs = pair(first, second, names)
    ax = style.new_axes(15, 6.4) if ax is None else ax
    ax.set_axis_off()
    places = [cloud.coordinates(df) for df in (pairs.first, pairs.second)]
    drawn = cloud.limits(*(np.concatenate(values) for values in zip(*places, strict=True)))
    facts = [MapFacts.of(first), MapFacts.of(second)]
    categorized = all(
        "category" in df.columns and df["category"].notna().any() for df in (pairs.first, pairs.second)
    )
    moved = slice(0, int(np.count_nonzero(pairs.shifts[:most])))
    colors = _colors(pairs, moved) if categorized else [style.INK] * moved.stop

    panels, scales = [], []
    for box, df, place, fact, name in zip(
        _PANELS, (pairs.first, pairs.second), places, facts, names, strict=True
    ):
        panel = ax.inset_axes(box)
        cloud.set_axes(panel, drawn, fact)
        scales.append(cloud.draw_examples(panel, *place, df, fact))
        label_regions(panel, df, fact)
        panel.set_title(name, loc="left", fontsize=11, color=style.INK)
        panels.append(panel)
    if panels[0].get_ylabel() == panels[1].get_ylabel():
        panels[1].set_ylabel("")
    if scales[1] is not None:
        cloud.draw_color_bar(panels[1], scales[1], facts[1], offset=0.03)
    _draw_moves(panels, [(x[moved], y[moved]) for x, y in places], colors)
    if categorized:
        _draw_changes(ax.inset_axes(_TABLE), pairs, names)
    _list_movers(ax, pairs, min(moved.stop, _NAMED), categorized)
    style.set_title(
        ax,
        style.plain(title, 100) if title else f"Data maps: {names[0]} → {names[1]}",
        _subtitle(pairs, moved.stop, names, facts, drawn),
        above=0.05,
    )
    return ax


def _colors(pairs: Pairs, moved: slice) -> list[str]:
    before = pairs.first["category"].iloc[moved].astype(object)
    after = pairs.second["category"].iloc[moved].astype(object)
    return [
        style.CATEGORY_COLORS.get(new, style.INK) if new != old else style.INK
        for old, new in zip(before, after, strict=True)
    ]


def _draw_moves(
    panels: "list[Axes]", places: list[tuple[cloud.Floats, cloud.Floats]], colors: list[str]
) -> None:
    """On the first map rings where they were, on the second arrows from there to where they are."""
    (x, y), (new_x, new_y) = places
    for color, width in (("white", 2.8), (colors, 1.5)):
        panels[0].scatter(x, y, s=36, facecolors="none", edgecolors=color, linewidths=width, zorder=4)
    panels[1].quiver(
        x,
        y,
        new_x - x,
        new_y - y,
        color=colors,
        edgecolors="white",
        linewidths=0.4,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.0045,
        headwidth=4.5,
        headlength=6,
        zorder=4,  # under the names of the regions
    )


def _draw_changes(ax: "Axes", pairs: Pairs, names: tuple[str, str]) -> None:
    """A table: how many examples went from each region (row) to each (column)."""
    n = len(CATEGORIES)
    table = transitions_of(pairs.first, pairs.second, names).to_numpy()
    changed = table.sum() - np.trace(table)
    colors = style.matplotlib_modules().colors
    for row, column in np.ndindex(n, n):
        count = int(table[row, column])
        share = count / max(int(table[row].sum()), 1)
        tint = style.FAINT if row == column else style.CATEGORY_COLORS[CATEGORIES[column]]
        face = colors.to_rgba(tint, 0.35 if row == column else min(0.75, share * 1.5) * (count > 0))
        ax.add_patch(
            style.matplotlib_modules().patches.Rectangle(
                (column, row), 1, 1, facecolor=face, edgecolor="white"
            )
        )
        ax.text(
            column + 0.5, row + 0.5, f"{count:,}", ha="center", va="center", fontsize=9.5, color=style.INK
        )
    ax.set_xlim(0, n)
    ax.set_ylim(n, 0)
    ticks = np.arange(n) + 0.5
    ax.set_xticks(ticks, labels=CATEGORIES, fontsize=8.5)
    ax.set_yticks(ticks, labels=CATEGORIES, fontsize=8.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(f"{changed:,} changed region", loc="left", fontsize=11, color=style.INK, pad=22)
    ax.set_xlabel(f"down: {names[0]}\nacross: {names[1]}", fontsize=8.5, color=style.MUTED, loc="left")


def _list_movers(ax: "Axes", pairs: Pairs, count: int, categorized: bool) -> None:
    """The furthest movers by id, with the regions they went between."""
    lines = []
    for row in range(count):
        name = style.plain(pairs.first.index[row], 24)
        if categorized:
            old, new = (df["category"].iloc[row] for df in (pairs.first, pairs.second))
            lines.append(f"{name}: {old}" + (f" → {new}" if old != new else " still"))
        else:
            lines.append(name)
    if lines:
        ax.text(_LIST[0], _LIST[3], "Moved furthest", fontsize=11, color=style.INK, va="top")
        ax.text(
            _LIST[0],
            _LIST[3] - 0.06,
            "\n".join(lines),
            fontsize=8.5,
            color=style.INK,
            va="top",
            linespacing=1.6,
        )


def _subtitle(
    pairs: Pairs, arrows: int, names: tuple[str, str], facts: list[MapFacts], drawn: cloud.Limits
) -> str:
    parts = [f"{style.count_words(len(pairs.first), 'example')} on both maps"]
    parts += [f"{pairs.only_first:,} only in “{names[0]}”"] if pairs.only_first else []
    parts += [f"{pairs.only_second:,} only in “{names[1]}”"] if pairs.only_second else []
    parts += [f"{pairs.unplaced:,} without a place on one of them"] if pairs.unplaced else []
    parts.append(f"median shift {np.median(pairs.shifts):.2f}")
    parts.append(
        f"arrows: the {style.count_words(arrows, 'example')} that moved furthest, from the old place to the new"
        if arrows
        else "no arrows"
    )
    rules = [fact.rule for fact in facts]
    if None not in rules and rules[0] != rules[1]:
        parts += [
            f"{name}: {style.plain(rule_words(rule))}"
            for name, rule in zip(names, rules, strict=True)
            if rule
        ]
    elif rules[0] is not None and rules[1] is not None:
        parts.append(style.plain(rule_words(rules[0])))
    parts += ["axes enlarged"] if drawn.enlarged else []
    return style.joined(parts, 150)
