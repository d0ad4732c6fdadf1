"""Slices: what an example looks like (its label, question type, lengths, overlap), and how each slice fared.

`describe_examples` gives each example the features that its columns allow, `breakdown` counts the regions
and averages the metrics for every value of one of them, or of any other column. No file is touched.
"""

from dataset_cartography.slices.breakdown import breakdown, correlations
from dataset_cartography.slices.features import (
    FEATURES,
    Feature,
    answer_spans,
    describe_examples,
    label_positions,
)
from dataset_cartography.slices.kinds import KINDS, Kind, kind_of
from dataset_cartography.slices.question_types import QUESTION_TYPES, question_type

__all__ = [
    "FEATURES",
    "KINDS",
    "QUESTION_TYPES",
    "Feature",
    "Kind",
    "answer_spans",
    "breakdown",
    "correlations",
    "describe_examples",
    "kind_of",
    "label_positions",
    "question_type",
]
