"""Multiple choice: rows, features, batches."""

from dataset_cartography.tasks.multiple_choice.collate import MultipleChoiceCollator
from dataset_cartography.tasks.multiple_choice.features import ABLATIONS, prepare_features
from dataset_cartography.tasks.multiple_choice.load import load_examples

__all__ = ["ABLATIONS", "MultipleChoiceCollator", "load_examples", "prepare_features"]
