"""Experiments: does training on a part of the data, chosen by its map, help? Trainings, controls and conclusions."""

from dataset_cartography.experiment.arms import (
    CLEANED,
    CORRECTED,
    FULL,
    RANDOM_REMOVAL,
    SUBSETS,
    Arm,
    Cell,
    make_arms,
    make_cells,
)
from dataset_cartography.experiment.cells import ALONE, CellFolder
from dataset_cartography.experiment.conclusions import conclude
from dataset_cartography.experiment.paired import Difference, paired_difference
from dataset_cartography.experiment.plan import (
    EQUAL,
    Plan,
    describe_arms,
    digest_cells,
    has_results,
    read_plan,
    settle_plan,
)
from dataset_cartography.experiment.results import read_scores, results_frame
from dataset_cartography.experiment.running import Progress, run_cells, write_results
from dataset_cartography.experiment.table import experiment_table

__all__ = [
    "ALONE",
    "CLEANED",
    "CORRECTED",
    "EQUAL",
    "FULL",
    "RANDOM_REMOVAL",
    "SUBSETS",
    "Arm",
    "Cell",
    "CellFolder",
    "Difference",
    "Plan",
    "Progress",
    "conclude",
    "describe_arms",
    "digest_cells",
    "experiment_table",
    "has_results",
    "make_arms",
    "make_cells",
    "paired_difference",
    "read_plan",
    "read_scores",
    "results_frame",
    "run_cells",
    "settle_plan",
    "write_results",
]
