"""Single-label classification of texts: rows, labels, features, scores. NLI is the same on pairs of texts."""

from dataset_cartography.tasks.classification.features import LabelledCollator, prepare_features
from dataset_cartography.tasks.classification.labels import Labels, fit_labels, read_labels
from dataset_cartography.tasks.classification.load import load_examples
from dataset_cartography.tasks.classification.rows import Text, check_rows, normalize
from dataset_cartography.tasks.classification.score import score_labels

__all__ = [
    "LabelledCollator",
    "Labels",
    "Text",
    "check_rows",
    "fit_labels",
    "load_examples",
    "normalize",
    "prepare_features",
    "read_labels",
    "score_labels",
]
