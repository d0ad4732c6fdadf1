"""Recording inside training loops of one's own, with or without Accelerate (extra: `train`)."""

from dataset_cartography.integrations.pytorch.dataset import WithIds, with_ids
from dataset_cartography.integrations.pytorch.recorder import DynamicsRecorder

__all__ = ["DynamicsRecorder", "WithIds", "with_ids"]
