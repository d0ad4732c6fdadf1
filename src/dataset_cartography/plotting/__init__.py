"""Static pictures of a map. An edge: drawing needs the extra "plot" (matplotlib), imported when it is used.

Every function takes an `ax` or makes a figure of its own, never touches pyplot or a global setting, and
returns the main Axes (`ax.figure` is the figure). `save_figure` writes equal bytes for equal pictures.
"""

from dataset_cartography.plotting.curves import plot_example
from dataset_cartography.plotting.data_map import plot_data_map
from dataset_cartography.plotting.experiment import plot_experiment
from dataset_cartography.plotting.movers import plot_movers
from dataset_cartography.plotting.panels import plot_breakdown, plot_correlations, plot_distributions
from dataset_cartography.plotting.runs import plot_runs
from dataset_cartography.plotting.saving import save_figure
from dataset_cartography.plotting.style import CATEGORY_COLORS

__all__ = [
    "CATEGORY_COLORS",
    "plot_breakdown",
    "plot_correlations",
    "plot_data_map",
    "plot_distributions",
    "plot_example",
    "plot_experiment",
    "plot_movers",
    "plot_runs",
    "save_figure",
]
