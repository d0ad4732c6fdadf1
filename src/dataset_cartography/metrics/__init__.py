"""Metrics: from dynamics to one value per example.

Each formula is a pure NumPy function of dense (examples, epochs) arrays, NaN where an example was not seen.
`METRICS` holds what each says about itself; `compute` applies them. docs/metrics.md is the table to read.
"""

from dataset_cartography.metrics.aum import aum
from dataset_cartography.metrics.base import EPOCH_NUMBERS, Metric
from dataset_cartography.metrics.compute import compute
from dataset_cartography.metrics.confidence import confidence
from dataset_cartography.metrics.correctness import correctness
from dataset_cartography.metrics.el2n import el2n
from dataset_cartography.metrics.epochs import epoch_window
from dataset_cartography.metrics.epochs_seen import epochs_seen
from dataset_cartography.metrics.first_learned_epoch import first_learned_epoch
from dataset_cartography.metrics.forgetting_events import forgetting_events
from dataset_cartography.metrics.last_correct import last_correct
from dataset_cartography.metrics.last_gold_probability import last_gold_probability
from dataset_cartography.metrics.last_loss import last_loss
from dataset_cartography.metrics.mean_loss import mean_loss
from dataset_cartography.metrics.never_learned import never_learned
from dataset_cartography.metrics.presentations import presentations
from dataset_cartography.metrics.registry import METRICS
from dataset_cartography.metrics.threshold_closeness import threshold_closeness
from dataset_cartography.metrics.unit_accuracy import unit_accuracy
from dataset_cartography.metrics.variability import variability
from dataset_cartography.metrics.variability_ci import variability_ci

__all__ = [
    "EPOCH_NUMBERS",
    "METRICS",
    "Metric",
    "aum",
    "compute",
    "confidence",
    "correctness",
    "el2n",
    "epoch_window",
    "epochs_seen",
    "first_learned_epoch",
    "forgetting_events",
    "last_correct",
    "last_gold_probability",
    "last_loss",
    "mean_loss",
    "never_learned",
    "presentations",
    "threshold_closeness",
    "unit_accuracy",
    "variability",
    "variability_ci",
]
