"""One batch of model output to per-example signals: pure functions of tensors, on the tensors' own device.

Every function takes logits and gold labels and returns a dict of tensors of shape (batch,), named as the
task's columns in `dataset_cartography.schema`; for tasks with units or tokens of shape (rows,), with `unit` (-1 = leave
this row out) and `FEATURE` among them. None of them copies to the host or waits for the device.
This room needs torch; nothing that only reads a log imports it.
"""

from dataset_cartography.signals.classification import classification_signals
from dataset_cartography.signals.preference import preference_signals, sequence_logprobs
from dataset_cartography.signals.question_answering import span_signals
from dataset_cartography.signals.regression import regression_signals
from dataset_cartography.signals.units import FEATURE, multi_label_signals, tag_signals

__all__ = [
    "FEATURE",
    "classification_signals",
    "multi_label_signals",
    "preference_signals",
    "regression_signals",
    "sequence_logprobs",
    "span_signals",
    "tag_signals",
]
