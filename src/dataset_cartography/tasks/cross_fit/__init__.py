"""Edge (extra: train): cross-fitting. Each example is judged by a model that was not trained on it."""

from dataset_cartography.tasks.cross_fit.fit import CrossFit, MakeTrainer
from dataset_cartography.tasks.cross_fit.folds import assign_folds, check_folds, check_processes

__all__ = ["CrossFit", "MakeTrainer", "assign_folds", "check_folds", "check_processes"]
