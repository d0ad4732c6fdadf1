"""The figure that pictures are drawn into where no axes are given; imported when something is drawn."""

from matplotlib.figure import Figure

from dataset_cartography.plotting.saving import figure_bytes


class NotebookFigure(Figure):
    """A Figure that a notebook shows as a picture, whether or not pyplot or `%matplotlib inline` is in use."""

    def _repr_png_(self) -> bytes:
        return figure_bytes(self, ".png", dpi=100)
