"""Runs of two settings: how alike two runs of one are, beside how alike runs of different settings are."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dataset_cartography.comparison import BETWEEN, RunsComparison
from dataset_cartography.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class _Panel(NamedTuple):
    title: str
    least: float
    most: float
    alike: str


_RIGHT, _LEFT = "more alike →", "← more alike"
_PANELS = {
    "spearman_confidence": _Panel("Spearman's ρ\nof confidence", -1, 1, _RIGHT),
    "spearman_variability": _Panel("Spearman's ρ\nof variability", -1, 1, _RIGHT),
    "kappa": _Panel("Cohen's κ\nof regions", -1, 1, _RIGHT),
    "moved_share": _Panel("share that\nchanged region", 0, 1, _LEFT),
    "median_shift": _Panel("median shift\nin the picture", 0, float(np.sqrt(2)), _LEFT),
}
_COLORS = {True: style.CATEGORY_COLORS["hard"], False: style.CATEGORY_COLORS["easy"]}
_VERDICTS = {True: "beyond the spread", False: "overlaps the spread", None: "not judged"}
_NARROWEST = 0.04  # of an axis


def plot_runs(found: RunsComparison, ax: "Axes | None" = None, *, title: str | None = None) -> "Axes":
    """Draw each pair of runs as a point: pairs within a setting above, pairs of two settings below.

    The band is the spread: from the least to the most alike pair of runs of one setting. Where the points of two
    settings all lie beside it, on the side of less alike, the settings differ by more than runs of one do, and the
    panel says so. The tick is the mean.

    Args:
        found: what `compare_runs` says.
        ax: its place is divided into panels; a new figure of 13 x 3.6 inches by default.
        title: the heading.

    Returns:
        The axes that frame the panels (`ax.child_axes`: confidence, variability, kappa, share moved, median shift).

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    ax = style.new_axes(13, 3.6) if ax is None else ax
    ax.set_axis_off()
    kinds = list(dict.fromkeys(found.pairs["kind"]))
    names = [style.plain(kind, 30) for kind in kinds]
    width = 1 / len(_PANELS)
    for place, figure in enumerate(_PANELS):
        panel = ax.inset_axes((place * width, 0.0, width * 0.88, 0.74))
        _draw_panel(panel, found, figure, kinds)
        panel.set_yticks(range(len(kinds)), labels=names if place == 0 else [""] * len(kinds))
    counts = [
        f"{style.plain(name, 30)}: {style.count_words(len(runs), 'run')}"
        for name, runs in zip(found.names, found.runs, strict=True)
    ]
    parts = [
        style.count_words(found.examples, "example"),
        *counts,
        "a point is a pair of runs, the band the spread of pairs of one setting",
    ]
    style.set_title(
        ax,
        style.plain(title, 100) if title else "Runs compared two by two",
        style.joined(parts, 150),
        above=0.06,
    )
    return ax


def _draw_panel(panel: "Axes", found: RunsComparison, figure: str, kinds: list[str]) -> None:
    facts = _PANELS[figure]
    values = {
        kind: group.to_numpy("float64")[np.isfinite(group.to_numpy("float64"))]
        for kind, group in found.pairs.groupby("kind", sort=False)[figure]
    }
    spread = np.concatenate([some for kind, some in values.items() if kind != BETWEEN])
    for row, kind in enumerate(kinds):
        known, color = values[kind], _COLORS[kind == BETWEEN]
        panel.scatter(
            known,
            np.full(len(known), row),
            s=46,
            color=color,
            alpha=0.75,
            linewidths=0,
            clip_on=False,
            zorder=3,
        )
        if len(known):
            panel.plot([known.mean()] * 2, [row - 0.28, row + 0.28], color=style.INK, linewidth=1.4, zorder=4)
    if len(spread):
        # A single pair is a line.
        panel.axvspan(
            spread.min(), spread.max(), facecolor=_COLORS[False], edgecolor=_COLORS[False], alpha=0.13
        )
    shown = np.concatenate(list(values.values()))
    if len(shown):
        panel.set_xlim(*_limits(shown, facts))
        panel.xaxis.set_major_locator(style.matplotlib_modules().ticker.MaxNLocator(4))
        verdict = found.stands_out(figure)
    else:
        panel.set_xticks([])
        panel.text(
            0.5, 0.5, "not known", transform=panel.transAxes, ha="center", va="center", color=style.MUTED
        )
        verdict = None
    panel.set_ylim(len(kinds) - 0.5, -0.5)
    panel.set_title(facts.title, loc="left", fontsize=10, color=style.INK, pad=20)
    panel.annotate(
        _VERDICTS[verdict],
        (0, 1),
        (0, 6),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=9,
        color=_COLORS[True] if verdict else style.MUTED,
        fontweight="bold" if verdict else "normal",
    )
    panel.set_xlabel(
        facts.alike, loc="right" if facts.alike == _RIGHT else "left", fontsize=8.5, color=style.MUTED
    )
    panel.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.7)
    panel.set_axisbelow(True)
    style.tidy(panel)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0)


def _limits(values: "np.typing.NDArray[np.float64]", facts: _Panel) -> tuple[float, float]:
    """All values with a little room, within what the figure can be, and not so narrow that nothing looks like much."""
    low, high = float(values.min()), float(values.max())
    room = max(0.1 * (high - low), (_NARROWEST - (high - low)) / 2)
    return max(low - room, facts.least), min(high + room, facts.most)
