"""What all pictures share: matplotlib on demand, colours, and dataset text made safe to draw."""

import re
import textwrap
from typing import TYPE_CHECKING, Any

from dataset_cartography.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue, gold and vermilion differ in hue and lightness for every common colour vision.
CATEGORY_COLORS = {"easy": "#1f6cab", "ambiguous": "#e3ae3a", "hard": "#bf3f13"}
# Correctness 0 to 1 runs through the same colours, so that red is hard and blue is easy in all pictures.
CORRECTNESS_COLORS = ("#a3300c", "#e07a3f", "#ecc45c", "#76b1d6", "#17558f")
INK, MUTED, FAINT = "#1c1c1c", "#5a5a5a", "#d9d9d9"

_UNPRINTABLE = re.compile(r"\s+")


def matplotlib_modules() -> Any:
    """The matplotlib package with the parts used here loaded; never pyplot.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib
        import matplotlib.cm
        import matplotlib.colors
        import matplotlib.figure
        import matplotlib.lines
        import matplotlib.patches
        import matplotlib.ticker
    except ImportError as error:
        raise MissingExtraError.of("Plotting", "plot") from error
    return matplotlib


def new_axes(width: float, height: float) -> "Axes":
    """The axes of a new figure of so many inches."""
    matplotlib_modules()
    from dataset_cartography.plotting.figure import NotebookFigure

    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    figure.patch.set_facecolor("white")
    ax: Axes = figure.subplots()
    return ax


def plain(text: object, width: int | None = None) -> str:
    """Text of the dataset as matplotlib may draw it: no mathtext, one line, no control characters.

    Args:
        text: anything; shown by `str`.
        width: cut longer text to so many characters.
    """
    line = "".join(character if character.isprintable() else " " for character in str(text))
    line = _UNPRINTABLE.sub(" ", line).strip()
    if width is not None and len(line) > width:
        line = line[: width - 1] + "…"
    return line.replace("$", r"\$")


def wrapped(text: str, width: int) -> str:
    """The text in as few lines of at most `width` characters as it needs, of about equal length."""
    lines = textwrap.wrap(text, width)
    if len(lines) < 2:
        return text
    balanced = textwrap.wrap(text, min(width, len(text) // len(lines) + 8))
    return "\n".join(balanced if len(balanced) == len(lines) else lines)


def joined(parts: list[str], width: int) -> str:
    """The parts with dots between them, in lines of at most `width` characters if no part is longer."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + 3 + len(part) > width:
            lines.append("")
        lines[-1] += f" · {part}" if lines[-1] else part
    return "\n".join(lines)


def count_words(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 example", "12,000 examples"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def set_title(ax: "Axes", title: str, subtitle: str = "", *, above: float = 0.0) -> None:
    """A bold title and a muted subtitle at the left, `above` axes heights over the axes."""
    lines = subtitle.count("\n") + 1 if subtitle else 0
    ax.annotate(
        subtitle,
        (0, 1 + above),
        (0, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=9,
        color=MUTED,
        va="bottom",
        linespacing=1.35,
    )
    ax.annotate(
        title,
        (0, 1 + above),
        (0, 13 + 12.5 * lines),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=13,
        fontweight="bold",
        color=INK,
        va="bottom",
    )


def tidy(ax: "Axes") -> None:
    """Only the left and bottom frame, quiet ticks."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    ax.tick_params(colors=INK, labelsize=9, width=0.7)
