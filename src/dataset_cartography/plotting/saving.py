"""Figures to files, the same bytes for the same picture."""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_cartography.errors import InputError, OutputNotWritableError
from dataset_cartography.plotting.style import matplotlib_modules

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

# Without these, files carry the time and the versions they were made with.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save_figure(figure: "Figure | SubFigure", path: str | Path, *, dpi: int = 150) -> Path:
    """Write a figure as PNG, SVG or PDF, by the suffix of `path`; missing directories are made.

    Args:
        figure: a matplotlib Figure, such as `plot_data_map(df).figure`; of a SubFigure the whole.
        path: the file.
        dpi: dots per inch of a PNG, and of the rasterised points in an SVG or PDF.

    Returns:
        The path written.

    Raises:
        InputError: another suffix.
        OutputNotWritableError: the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise InputError(f"Cannot save a picture as '{path.name}'; the suffix must be .png, .svg or .pdf.")
    picture = figure_bytes(figure, suffix, dpi=dpi)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write the picture {path}: {error.strerror}. Choose a directory you can write to."
        ) from error
    return path


def figure_bytes(figure: "Figure | SubFigure", suffix: str, *, dpi: int = 150) -> bytes:
    """A figure as the content of a file: ".png", ".svg" or ".pdf"; the same bytes for the same picture."""
    picture = io.BytesIO()
    matplotlib = matplotlib_modules()
    with matplotlib.rc_context({"svg.hashsalt": "dataset-cartography"}), warnings.catch_warnings():
        # Scripts the font lacks are drawn as boxes; a warning per letter would bury everything else.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support .* natively")
        figure.get_figure(root=True).savefig(
            picture,
            format=suffix[1:],
            dpi=dpi,
            metadata=_METADATA[suffix],
            bbox_inches="tight",
            pad_inches=0.15,
        )
    return picture.getvalue()
