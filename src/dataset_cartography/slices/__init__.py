"""Slices: what an example looks like (its label, question type, lengths, overlap), and how each slice fared.

`describe_examples` gives each example the features that its columns allow, `breakdown` counts the regions
and averages the metrics for every value of one of them, or of any other column; `explain` says which of them hold more
hard and ambiguous examples than chance, and `compare_ablation` what a map without part of the input tells. No file is
touched.
"""

from dataset_cartography.slices.ablation import Ablation, compare_ablation
from dataset_cartography.slices.answer_types import ANSWER_TYPES, answer_type
from dataset_cartography.slices.breakdown import breakdown, correlations
from dataset_cartography.slices.explain import EXPLAINED, Explanation, Rule, explain
from dataset_cartography.slices.features import FEATURES, Feature, describe_examples
from dataset_cartography.slices.kinds import KINDS, REGRESSION, Kind, kind_of
from dataset_cartography.slices.measures import answer_spans, label_positions
from dataset_cartography.slices.question_subjects import QUESTION_SUBJECTS, question_subject
from dataset_cartography.slices.question_types import QUESTION_TYPES, question_type
from dataset_cartography.slices.words import as_text, names_of

__all__ = [
    "ANSWER_TYPES",
    "EXPLAINED",
    "FEATURES",
    "KINDS",
    "QUESTION_SUBJECTS",
    "QUESTION_TYPES",
    "REGRESSION",
    "Ablation",
    "Explanation",
    "Feature",
    "Kind",
    "Rule",
    "answer_spans",
    "answer_type",
    "as_text",
    "breakdown",
    "compare_ablation",
    "correlations",
    "describe_examples",
    "explain",
    "kind_of",
    "label_positions",
    "names_of",
    "question_subject",
    "question_type",
]
