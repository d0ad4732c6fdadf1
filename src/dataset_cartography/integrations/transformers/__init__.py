"""Recording inside `transformers.Trainer` (extra: `train`)."""

from dataset_cartography.integrations.transformers.track import Tracker, track

__all__ = ["Tracker", "track"]
