"""The table of metrics, in display order.

A new metric is one file beside this one and one entry here; a user's own is `METRICS["name"] = Metric(...)`.
"""

from dataset_cartography.metrics.aum import METRIC as AUM
from dataset_cartography.metrics.base import Metric
from dataset_cartography.metrics.confidence import METRIC as CONFIDENCE
from dataset_cartography.metrics.correctness import METRIC as CORRECTNESS
from dataset_cartography.metrics.el2n import METRIC as EL2N
from dataset_cartography.metrics.epochs_seen import METRIC as EPOCHS_SEEN
from dataset_cartography.metrics.first_learned_epoch import METRIC as FIRST_LEARNED_EPOCH
from dataset_cartography.metrics.forgetting_events import METRIC as FORGETTING_EVENTS
from dataset_cartography.metrics.last_correct import METRIC as LAST_CORRECT
from dataset_cartography.metrics.last_gold_probability import METRIC as LAST_GOLD_PROBABILITY
from dataset_cartography.metrics.last_loss import METRIC as LAST_LOSS
from dataset_cartography.metrics.mean_loss import METRIC as MEAN_LOSS
from dataset_cartography.metrics.never_learned import METRIC as NEVER_LEARNED
from dataset_cartography.metrics.presentations import METRIC as PRESENTATIONS
from dataset_cartography.metrics.threshold_closeness import METRIC as THRESHOLD_CLOSENESS
from dataset_cartography.metrics.unit_accuracy import METRIC as UNIT_ACCURACY
from dataset_cartography.metrics.variability import METRIC as VARIABILITY
from dataset_cartography.metrics.variability_ci import METRIC as VARIABILITY_CI

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        CONFIDENCE,
        VARIABILITY,
        CORRECTNESS,
        UNIT_ACCURACY,
        FORGETTING_EVENTS,
        FIRST_LEARNED_EPOCH,
        NEVER_LEARNED,
        THRESHOLD_CLOSENESS,
        AUM,
        MEAN_LOSS,
        EL2N,
        VARIABILITY_CI,
        LAST_GOLD_PROBABILITY,
        LAST_CORRECT,
        LAST_LOSS,
        EPOCHS_SEEN,
        PRESENTATIONS,
    )
}
