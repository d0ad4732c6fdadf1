"""Recording inside `transformers.Trainer` (extra: `train`)."""

from dataset_cartography.integrations.transformers.from_checkpoints import from_checkpoints
from dataset_cartography.integrations.transformers.packing import pack_examples
from dataset_cartography.integrations.transformers.track import Tracker, track

__all__ = ["Tracker", "from_checkpoints", "pack_examples", "track"]
