"""Comparing maps of the same examples: two models, seeds, numbers of epochs, or versions of the labels.

`compare_maps` says of two maps how alike they rank and divide the examples, and which moved; `compare_runs` sets the
difference of two settings beside the spread of runs of one; `Condition` reads what a CI gate asks of their figures.
Correlations are an edge: they need the extra "report" (SciPy), imported when they are made.
"""

from dataset_cartography.comparison.compare import Comparison, compare_maps
from dataset_cartography.comparison.conditions import Condition
from dataset_cartography.comparison.pairs import Pairs, pair
from dataset_cartography.comparison.rank_correlation import Correlation, correlate
from dataset_cartography.comparison.relabelled import Relabelled, compare_labels
from dataset_cartography.comparison.runs import BETWEEN, RunsComparison, compare_runs
from dataset_cartography.comparison.suspects import Suspects, compare_suspects
from dataset_cartography.comparison.transitions import Kappa, cohen_kappa, transitions_of

__all__ = [
    "BETWEEN",
    "Comparison",
    "Condition",
    "Correlation",
    "Kappa",
    "Pairs",
    "Relabelled",
    "RunsComparison",
    "Suspects",
    "cohen_kappa",
    "compare_labels",
    "compare_maps",
    "compare_runs",
    "compare_suspects",
    "correlate",
    "pair",
    "transitions_of",
]
