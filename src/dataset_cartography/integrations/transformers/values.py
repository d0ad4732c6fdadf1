"""What `track` knows about regression: real-valued targets, one an example, or several outputs' at once."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from dataset_cartography.dynamics.regression import SCALE, spread
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.examples import TRAINING, as_table
from dataset_cartography.integrations.transformers.labels import LabelledRows, described
from dataset_cartography.schema import REGRESSION, TaskSchema
from dataset_cartography.signals import regression_signals

LABELS = ("labels", "label")


class ValueSignals:
    """Signals of a batch of examples with real-valued targets.

    Args:
        label_names: What the batch may call its targets beside `labels` and `label`.
        mean: What the model was told to take from the targets,
        scale: and to divide them by: rows are recorded in the data's own unit.
    """

    schema: TaskSchema = REGRESSION

    def __init__(self, label_names: Sequence[str] = (), mean: float = 0.0, scale: float = 1.0) -> None:
        self.label_names = (*LABELS, *label_names)
        self.mean, self.scale = mean, scale

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no targets, or the outputs are no values that fit them.
        """
        targets = next((inputs[name] for name in self.label_names if name in inputs), None)
        if not isinstance(targets, Tensor):
            raise InputError(
                f"track records the task 'regression' from 'labels', but a batch has "
                f"{', '.join(map(repr, inputs))}: keep that column, or give track the task that is trained."
            )
        values = _values(outputs, targets)
        if values is None:
            raise InputError(
                "track records the task 'regression' from a number an example, or as many as there are outputs, and "
                f"logits of the same shape; this batch has labels {described(targets)} and outputs "
                f"{described(outputs)}."
            )
        targets = targets.reshape(values.shape)
        return regression_signals(values * self.scale + self.mean, targets * self.scale + self.mean)


def _values(outputs: Any, targets: Tensor) -> Tensor | None:
    """The output that has a number for every target, shaped (batch,) or (batch, outputs)."""
    if isinstance(outputs, Mapping):
        outputs = [outputs.get("logits")]
    elif isinstance(outputs, Tensor):
        outputs = [outputs]
    elif not isinstance(outputs, (tuple, list)):
        outputs = [getattr(outputs, "logits", None)]
    found = [
        value
        for value in outputs
        if isinstance(value, Tensor)
        and value.ndim in (1, 2)
        and targets.ndim in (1, 2)
        and len(value) == len(targets)
        and value.numel() == targets.numel()
    ]
    # A loss, which comes before the logits, is a single number too where the batch has one example.
    return found[-1] if found else None


def value_rows(
    signals: ValueSignals, dataset: Any, id_column: str | None, where: str = TRAINING
) -> LabelledRows:
    """The rows of a map-style dataset of real-valued targets, whose spread the manifest tells.

    Raises:
        MissingColumnError, InputError: As `LabelledRows.of`.
    """
    table = as_table(dataset, id_column, LABELS, where)
    name = next((name for name in signals.label_names if name in table.column_names), None)
    options: dict[str, Any] = {}
    if name is not None:
        targets = np.asarray(table.with_format(None)[name][:], np.float64) * signals.scale
        options["targets"] = hashlib.blake2b(targets.tobytes(), digest_size=8).hexdigest()
        if scale := spread(targets):
            options[SCALE] = scale
    return LabelledRows.of(signals, table, id_column, where, options)
