"""The arms of an experiment: how far trainings of one lie apart, beside how far it lies from its control."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.arms import FULL
from dataset_cartography.experiment.conclusions import METRICS, evaluation_words
from dataset_cartography.experiment.paired import LEVEL
from dataset_cartography.experiment.table import planned, rows_of
from dataset_cartography.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 0.29  # inches
_OTHER = "#6b4a9c"  # an arm that is neither a region nor a control


class _Row(NamedTuple):
    """Where an arm stands."""

    arm: str
    control: str | None
    fraction: float
    y: float

    @property
    def color(self) -> str:
        if self.arm == FULL:
            return style.INK
        return style.CATEGORY_COLORS.get(self.arm, style.MUTED if self.control is None else _OTHER)


def plot_experiment(
    plan: Mapping[str, Any],
    table: pd.DataFrame,
    results: pd.DataFrame,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
) -> "Axes":
    """Draw the score of every arm in a panel per evaluation, with its seeds and its difference from its control.

    A dot is a seed, and the large mark their mean: a diamond for full and the controls. The bar is the interval of
    the paired difference from the control, drawn from the control's mean, which is a line through its group: a bar
    that leaves the line free excludes zero. The mark is filled where "better" or "worse" can be said, the bar dotted
    where seeds are wanting. The dashed line is the mean of full.

    Args:
        plan: What was asked for, as for `experiment_table`; also "metric".
        table: What `experiment_table` made of it.
        results: The finished cells that the table is of.
        ax: its place is divided into panels; a new figure as high as there are arms by default.
        title: the heading.

    Returns:
        The axes that frame the panels (`ax.child_axes`, one per evaluation).

    Raises:
        InputError: no training is finished.
        MissingExtraError: matplotlib is not installed.
    """
    if table.empty:
        raise InputError("No training of the experiment is finished, so there is nothing to draw.")
    rows, headings = _places(plan)
    height, evaluations = rows[-1].y + 1.3, list(plan["evaluations"])
    tall = max(0.8, _ROW * height)  # inches
    if ax is None:
        ax = style.new_axes(3.0 + 4.2 * len(evaluations), 1.6 + tall)
    ax.set_axis_off()
    width = 1 / len(evaluations)
    for place, evaluation in enumerate(evaluations):
        panel: Axes = ax.inset_axes((place * width, 0.0, width * 0.93, 1.0))
        panel.set_ylim(height - 0.6, -0.7)
        _draw_panel(panel, table[table["evaluation"] == evaluation], results, evaluation, rows)
        labels = [_label(plan, table, row) if place == 0 else "" for row in rows]
        panel.set_yticks([row.y for row in rows], labels=labels)
        for words, y in headings if place == 0 else []:
            _write_heading(panel, words, y)
        dataset = style.plain(PurePath(plan["evaluations"][evaluation]["dataset"]).name, 34)
        panel.set_title(
            f"{evaluation_words(evaluation)}: {dataset}", loc="left", fontsize=10, color=style.INK
        )
        panel.set_xlabel(f"{METRICS.get(plan['metric'], plan['metric'])}, %", fontsize=9)
    style.set_title(
        ax,
        style.plain(title, 100) if title else "Scores by what was trained on",
        _subtitle(plan, table, 64 * len(evaluations)),
        above=0.3 / tall,  # of the axes' height, for the panels' titles
    )
    return ax


def _places(plan: Mapping[str, Any]) -> tuple[list[_Row], list[tuple[str, float]]]:
    """The rows from above, and the heading of each group with its place."""
    rows: list[_Row] = []
    headings: list[tuple[str, float]] = []
    y, before = 0.0, np.nan
    for arm, fraction in planned(plan):
        if not np.isnan(fraction) and fraction != before:
            y, before = y + 0.3 * bool(rows), fraction
            headings.append((f"{100 * fraction:.3g}% of the examples", y))
            y += 1
        rows.append(_Row(arm["name"], arm["control"], fraction, y))
        y += 1
    return rows, headings


def _label(plan: Mapping[str, Any], table: pd.DataFrame, row: _Row) -> str:
    """An arm's name, and how many of its seeds are there if not all are."""
    found = rows_of(table, row.arm, row.fraction)
    done, seeds = int(found["seeds"].min()) if len(found) else 0, len(plan["seeds"])
    name = style.plain(row.arm, 48)
    return name if done == seeds else f"{name} ({done} of {style.count_words(seeds, 'seed')})"


def _draw_panel(
    panel: "Axes", table: pd.DataFrame, results: pd.DataFrame, evaluation: str, rows: list[_Row]
) -> None:
    """The arms of one evaluation."""
    for row in rows:
        found = rows_of(table, row.arm, row.fraction)
        if found.empty:
            continue
        scores = rows_of(results, row.arm, row.fraction)[evaluation]
        panel.scatter(scores, [row.y + 0.26] * len(scores), s=11, color=row.color, alpha=0.7, linewidths=0)
        if row.control is not None:
            _draw_interval(panel, table, row, found.iloc[0])
        elif row.arm != FULL:
            followers = [
                each.y for each in rows if each.control == row.arm and _same(each.fraction, row.fraction)
            ]
            _draw_line(panel, found["mean"].iloc[0], [row.y, *followers])
        told = found["control_verdict"].iloc[0] in ("better", "worse")
        panel.scatter(
            found["mean"],
            [row.y],
            s=46,
            marker="o" if row.control else "D",
            facecolors=row.color if told or row.control is None else "white",
            edgecolors=row.color,
            linewidths=1.5,
            zorder=4,
        )
    full = rows_of(table, FULL, np.nan)
    if len(full):
        panel.axvline(full["mean"].iloc[0], color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    _limit(panel, results[evaluation])
    panel.xaxis.set_major_locator(style.matplotlib_modules().ticker.MaxNLocator(6))
    panel.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.7)
    panel.set_axisbelow(True)
    style.tidy(panel)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0)


def _draw_interval(panel: "Axes", table: pd.DataFrame, row: _Row, found: "pd.Series[Any]") -> None:
    """The differences that would fit, from the mean of the control."""
    control = rows_of(table, str(row.control), row.fraction)
    if control.empty or np.isnan(found["control_low"]):
        return
    ends = control["mean"].iloc[0] + found[["control_low", "control_high"]].to_numpy("float64")
    linestyle = (0, (1, 1)) if found["control_verdict"] == "open" else "solid"
    panel.plot(ends, [row.y] * 2, color=row.color, linewidth=2.4, linestyle=linestyle, zorder=2)


def _limit(panel: "Axes", results: "pd.Series[Any]") -> None:
    """Bound the scores by those there are: intervals of two seeds are so wide that they would hide the rest."""
    lowest, highest = float(results.min()), float(results.max())
    room = max(highest - lowest, 1.0)
    drawn = panel.dataLim.intervalx
    low, high = max(drawn[0], lowest - room), min(drawn[1], highest + room)
    room = 0.05 * (high - low) or 1  # where all scores are the same
    panel.set_xlim(low - room, high + room)


def _draw_line(panel: "Axes", mean: float, ys: list[float]) -> None:
    """A control's mean through the group that it controls."""
    panel.plot([mean] * 2, [min(ys) - 0.4, max(ys) + 0.4], color=style.MUTED, linewidth=1, zorder=1)


def _same(one: float, other: float) -> bool:
    return one == other or (np.isnan(one) and np.isnan(other))


def _write_heading(panel: "Axes", words: str, y: float) -> None:
    """A group's heading over the names of its arms."""
    panel.annotate(
        words,
        (0, y),
        (-4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=9,
        fontweight="bold",
        color=style.INK,
    )


def _subtitle(plan: Mapping[str, Any], table: pd.DataFrame, width: int) -> str:
    examples = style.count_words(plan["examples"], "example")
    seeds = style.count_words(len(plan["seeds"]), "seed")
    parts = [
        f"{examples}, {seeds}, equal {plan['equal']}",
        "a dot is a seed, the large mark their mean",
        "dashed: full",
        f"bar: {LEVEL:.0%} interval of the difference from the control, drawn from the control's line",
        "filled: it excludes zero",
    ]
    if ((table["control_verdict"] == "open") & table["control_low"].notna()).any():
        parts.append("dotted: too few seeds to tell")
    return style.joined(parts, width)
