"""Wrong labels planted on purpose, so that a user can measure on their own data how well a map finds wrong labels.

`plant_label_noise` corrupts a known share of the labels. What it did is the hidden truth: `write_planted` keeps it in a
file of its own, and only what evaluates reads it again (`read_planted`, `planted_report`), never what scores, maps or
exports. Importing this loads nothing heavy; planting needs the extra "train".
"""

from dataset_cartography.tasks.noise.planting import KINDS, TASKS, Planting, plant_label_noise
from dataset_cartography.tasks.noise.report import (
    AtK,
    PlantedReport,
    planted_report,
    planted_units,
    unit_keys,
)
from dataset_cartography.tasks.noise.truth import planted_path, read_planted, write_planted

__all__ = [
    "KINDS",
    "TASKS",
    "AtK",
    "PlantedReport",
    "Planting",
    "plant_label_noise",
    "planted_path",
    "planted_report",
    "planted_units",
    "read_planted",
    "unit_keys",
    "write_planted",
]
