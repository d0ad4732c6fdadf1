"""Wrong labels: what a recorded run says about which labels are wrong, and what the model would put there."""

from dataset_cartography.label_errors.find import REVIEW, find_label_errors
from dataset_cartography.label_errors.looks import LOOKS
from dataset_cartography.label_errors.signals import SIGNALS, Evidence, Signal
from dataset_cartography.label_errors.table import label_error_signals

__all__ = ["LOOKS", "REVIEW", "SIGNALS", "Evidence", "Signal", "find_label_errors", "label_error_signals"]
