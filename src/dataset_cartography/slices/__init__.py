"""Slices: what an example looks like (question type, lengths, overlap), and how each slice fared.

`describe_examples` gives each question-answering example its features, `breakdown` counts the regions
and averages the metrics for every value of one of them, or of any other column. No file is touched.
"""

from dataset_cartography.slices.breakdown import breakdown, correlations
from dataset_cartography.slices.features import FEATURES, Feature, answer_spans, describe_examples
from dataset_cartography.slices.question_types import QUESTION_TYPES, question_type

__all__ = [
    "FEATURES",
    "QUESTION_TYPES",
    "Feature",
    "answer_spans",
    "breakdown",
    "correlations",
    "describe_examples",
    "question_type",
]
