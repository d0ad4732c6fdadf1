"""Recording gradient-boosted trees: dynamics over the boosting rounds of a trained model (extra: `boosting`)."""

from dataset_cartography.integrations.boosting.record import record_boosting

__all__ = ["record_boosting"]
