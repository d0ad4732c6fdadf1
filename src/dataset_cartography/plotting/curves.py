"""The gold probability of single examples over the epochs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset_cartography.datamap import ModeWords, mode_words
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader
from dataset_cartography.metrics import METRICS
from dataset_cartography.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# Okabe and Ito's colours for all colour visions, without the yellow that white paper swallows.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1c1c1c", "#8a8a8a")
_TICKED_EPOCHS = 20
_PREDICTED = ("predicted right", "predicted wrong")
_PARTLY = ("at least half right", "less than half right")  # where an example counts by its share


class _Curve(NamedTuple):
    """One example: its id, and (epochs,) gold probability, right or wrong, and presentations."""

    name: str
    probability: NDArray[Any]
    correct: NDArray[Any]
    presentations: NDArray[Any]

    @property
    def point(self) -> tuple[float, float]:
        """Confidence and variability: the example's place on the map."""
        confidence, variability = (
            METRICS[name].function(self.probability[None])[0] for name in ("confidence", "variability")
        )
        return float(confidence), float(variability)


def plot_example(
    directory: str | Path,
    ids: str | int | Iterable[str | int],
    ax: "Axes | None" = None,
    *,
    reading: Reading | None = None,
    title: str | None = None,
) -> "Axes":
    """Draw the gold probability of one example, or of up to eight, over the epochs of a run.

    Filled marks are epochs that predicted the example correctly (of a sequence: at least half of its tokens), hollow
    ones those that did not; where an epoch did not see the example its line is broken. Of a single example the
    confidence is a dashed line and the variability a band about it: the two numbers that place it on the map.

    Args:
        directory: the cartography directory, with its log.
        ids: one id, or a list of them; exactly as in the dataset.
        ax: axes to draw into; a new figure by default.
        reading: how windows make an example (tasks with windows), as for `compute_metrics`.
        title: the heading; by default the id, or how many examples there are.

    Returns:
        The axes, a line per example (its label the id).

    Raises:
        MissingFileError: there is no log in the directory.
        InputError: an id is not in the log, there are none or more than eight, or none was ever seen.
        MissingExtraError: matplotlib is not installed.
    """
    chosen: list[str | int] = list(ids) if isinstance(ids, Iterable) and not isinstance(ids, str) else [ids]
    if not 0 < len(chosen) <= len(_COLORS):
        raise InputError(
            f"Give between 1 and {len(_COLORS)} ids, which one picture can tell apart; got {len(chosen)}."
        )
    log = LogReader(directory)
    rows = _rows_of(log, chosen)
    dynamics = load_dynamics(log, reading=reading)
    words, signals = mode_words(log.manifest.mode), dynamics.signals
    curves = [
        _Curve(
            style.plain(example, 32),
            *(signals[name][row].astype(float) for name in ("gold_probability", "correct", "presentations")),
        )
        for example, row in zip(chosen, rows, strict=True)
    ]
    if not any(np.isfinite(curve.probability).any() for curve in curves):
        raise InputError(
            words.say(
                f"No epoch has a gold probability of {', '.join(repr(example) for example in chosen)}: never "
                "seen, or without a usable answer; so there is nothing to draw."
            )
        )
    ax = style.new_axes(7, 4) if ax is None else ax
    epochs = np.array(dynamics.epochs)
    if len(curves) == 1:
        _draw_place(ax, *curves[0].point)
    lines = [_draw_curve(ax, epochs, curve, color) for curve, color in zip(curves, _COLORS, strict=False)]
    _set_axes(ax, epochs, words, (reading or Reading()).gold_probability(log.manifest.schema))
    schema, given = log.manifest.schema, reading or Reading()
    _draw_legend(ax, lines, _PARTLY if (given.right or schema.right) == "share" else _PREDICTED)
    default = curves[0].name if len(curves) == 1 else style.count_words(len(curves), "example")
    style.set_title(ax, style.plain(title, 60) if title else default, _subtitle(curves, epochs, words))
    return ax


def _rows_of(log: LogReader, chosen: Sequence[object]) -> list[int]:
    """Where the examples stand in the log's arrays."""
    rows = []
    for example in chosen:
        # Text and numbers are compared as what they are: "7" is not 7.
        same_type = isinstance(example, str) == (log.id_type == "string") and not isinstance(example, bool)
        found = np.flatnonzero(log.ids == example) if same_type else np.empty(0)
        if not len(found):
            kind = "integers" if log.id_type == "integer" else "text"
            first = ", ".join(repr(known) for known in log.ids[:3].tolist())
            raise InputError(
                f"There is no example {example!r} in '{log.paths.root}'; its ids are {kind}, such as {first}."
            )
        rows.append(int(found[0]))
    return rows


def _draw_place(ax: "Axes", confidence: float, variability: float) -> None:
    ax.axhspan(confidence - variability, confidence + variability, color=style.FAINT, alpha=0.55, lw=0)
    ax.axhline(confidence, color=style.MUTED, linewidth=0.9, linestyle=(0, (5, 4)))


def _draw_curve(ax: "Axes", epochs: NDArray[Any], curve: _Curve, color: str) -> "Line2D":
    (line,) = ax.plot(epochs, curve.probability, color=color, linewidth=1.8, label=curve.name, zorder=3)
    right, known = curve.correct >= 0.5, np.isfinite(curve.probability)
    for chosen, fill in ((known & right, color), (known & ~right, "white")):
        ax.scatter(
            epochs[chosen],
            curve.probability[chosen],
            s=46,
            facecolors=fill,
            edgecolors=color,
            linewidths=1.6,
            zorder=4,
            clip_on=False,
        )
    drawn: Line2D = line
    return drawn


def _set_axes(ax: "Axes", epochs: NDArray[Any], words: ModeWords, probability: str) -> None:
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlim(epochs[0] - 0.35, epochs[-1] + 0.35)
    if len(epochs) <= _TICKED_EPOCHS:
        ax.set_xticks(epochs)
    else:
        ax.xaxis.set_major_locator(style.matplotlib_modules().ticker.MaxNLocator(integer=True))
    ax.set_xlabel(words.epoch)
    ax.set_ylabel(style.wrapped(style.plain(probability), 40))
    ax.grid(axis="y", color=style.FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    style.tidy(ax)


def _draw_legend(ax: "Axes", lines: Sequence["Line2D"], marks: tuple[str, str]) -> None:
    """What filled and hollow marks mean, and which example's line is whose, in the order of where they end."""
    line = style.matplotlib_modules().lines.Line2D
    mark = {"color": style.MUTED, "marker": "o", "linestyle": "none", "markersize": 6.5}
    shown = {
        marks[0]: line([], [], **mark),
        marks[1]: line([], [], **mark, markerfacecolor="white"),
    }
    named = sorted(lines, key=lambda line: -_last(np.asarray(line.get_ydata()))) if len(lines) > 1 else []
    legend = ax.legend(
        [*named, *shown.values()],
        [str(place) for place in range(len(named) + len(shown))],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        borderaxespad=0,
    )
    # Written afterwards: matplotlib leaves out labels that begin with an underscore, as ids may.
    for text, words_of_it in zip(
        legend.get_texts(), [*(line.get_label() for line in named), *shown], strict=True
    ):
        text.set_text(words_of_it)


def _last(values: NDArray[Any]) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else -1.0


def _subtitle(curves: Sequence[_Curve], epochs: NDArray[Any], words: ModeWords) -> str:
    """Of one example its numbers and gaps; of several, whose lines have gaps."""
    if len(curves) > 1:
        gaps = sum(bool(np.isnan(curve.probability).any()) for curve in curves)
        broken = f"{style.count_words(gaps, 'line')} broken where the example was not seen"
        return style.joined([*([words.short] if words.short else []), *([broken] if gaps else [])], 72)
    (curve,) = curves
    confidence, variability = curve.point
    missing = np.isnan(curve.probability)
    unseen, unknown = epochs[curve.presentations == 0], epochs[missing & (curve.presentations > 0)]
    parts = [f"confidence {confidence:.2f} (dashed)", f"variability {variability:.2f} (band)"]
    parts += [f"not seen in {_numbered(words, unseen)}"] if len(unseen) else []
    parts += [f"without a gold probability in {_numbered(words, unknown)}"] if len(unknown) else []
    return style.joined(parts, 72)


def _numbered(words: ModeWords, epochs: NDArray[Any]) -> str:
    """The epochs by their numbers, or how many they are."""
    if len(epochs) > 5:
        return f"{len(epochs)} {words.epochs}"
    return f"{words.epoch if len(epochs) == 1 else words.epochs} {', '.join(map(str, epochs))}"
