"""Regression: a number for a text."""

from dataset_cartography.tasks.regression.score import score_values
from dataset_cartography.tasks.regression.values import read_values

__all__ = ["read_values", "score_values"]
