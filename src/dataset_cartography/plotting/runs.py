"""Runs of two settings: how alike two runs of one are, beside how alike runs of different settings are."""

from typing import TYPE_CHECKING

import numpy as np

from dataset_cartography.comparison import BETWEEN, RunsComparison
from dataset_cartography.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLES = {
    "spearman_confidence": "Spearman's ρ\nof confidence",
    "spearman_variability": "Spearman's ρ\nof variability",
    "kappa": "Cohen's κ\nof regions",
    "moved_share": "share that\nchanged region",
}
_COLORS = {True: style.CATEGORY_COLORS["hard"], False: style.CATEGORY_COLORS["easy"]}


def plot_runs(found: RunsComparison, ax: "Axes | None" = None, *, title: str | None = None) -> "Axes":
    """Draw each pair of runs as a point: pairs within a setting above, pairs of two settings below.

    Where the points below lie apart from those above, the settings differ by more than two runs of one do. The tick
    is the mean.

    Args:
        found: what `compare_runs` says.
        ax: its place is divided into panels; a new figure of 11 x 3.4 inches by default.
        title: the heading.

    Returns:
        The axes that frame the panels (`ax.child_axes`: confidence, variability, kappa, share moved).

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    ax = style.new_axes(11, 3.4) if ax is None else ax
    ax.set_axis_off()
    kinds = list(dict.fromkeys(found.pairs["kind"]))
    names = [style.plain(kind, 30) for kind in kinds]
    width = 1 / len(_TITLES)
    for place, (figure, words) in enumerate(_TITLES.items()):
        panel = ax.inset_axes((place * width, 0.0, width * 0.88, 0.8))
        for row, kind in enumerate(kinds):
            values = found.pairs.loc[found.pairs["kind"] == kind, figure].to_numpy("float64")
            known = values[np.isfinite(values)]
            color = _COLORS[kind == BETWEEN]
            panel.scatter(
                known, np.full(len(known), row), s=46, color=color, alpha=0.75, linewidths=0, clip_on=False
            )
            if len(known):
                panel.plot([known.mean()] * 2, [row - 0.28, row + 0.28], color=style.INK, linewidth=1.4)
        panel.set_ylim(len(kinds) - 0.5, -0.5)
        panel.set_yticks(range(len(kinds)), labels=names if place == 0 else [""] * len(kinds))
        panel.set_title(words, loc="left", fontsize=10, color=style.INK)
        panel.margins(x=0.12)
        panel.xaxis.set_major_locator(style.matplotlib_modules().ticker.MaxNLocator(4))
        panel.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.7)
        panel.set_axisbelow(True)
        style.tidy(panel)
        panel.spines["left"].set_visible(False)
        panel.tick_params(axis="y", length=0)
    counts = [
        f"{style.plain(name, 30)}: {style.count_words(len(runs), 'run')}"
        for name, runs in zip(found.names, found.runs, strict=True)
    ]
    style.set_title(
        ax,
        style.plain(title, 100) if title else "Runs compared two by two",
        style.joined(
            [style.count_words(found.examples, "example"), *counts, "a point is a pair of runs"], 130
        ),
        above=0.06,
    )
    return ax
