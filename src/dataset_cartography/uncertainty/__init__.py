"""How far a map can be trusted: several runs as one map, the jackknife of one run, and how much is enough.

`merge_runs` makes one map of several runs, with what differs between them beside it; `reliability_table` says from it
how many runs are enough. `jackknife_epochs` and `enough_epochs` say what one run can tell of itself.
"""

from dataset_cartography.uncertainty.epochs import EpochsNeeded, enough_epochs
from dataset_cartography.uncertainty.jackknife import jackknife, jackknife_epochs, pooled_errors
from dataset_cartography.uncertainty.merge import MERGED, merge_runs
from dataset_cartography.uncertainty.probability import pooled, region_probabilities
from dataset_cartography.uncertainty.reliability import (
    TARGET,
    intraclass_correlation,
    reliability_table,
    runs_needed,
    spearman_brown,
)
from dataset_cartography.uncertainty.stable import STABLE, stability_table

__all__ = [
    "MERGED",
    "STABLE",
    "TARGET",
    "EpochsNeeded",
    "enough_epochs",
    "intraclass_correlation",
    "jackknife",
    "jackknife_epochs",
    "merge_runs",
    "pooled",
    "pooled_errors",
    "region_probabilities",
    "reliability_table",
    "runs_needed",
    "spearman_brown",
    "stability_table",
]
