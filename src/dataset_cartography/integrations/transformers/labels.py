"""What `track` knows about tasks with one label an example: classification, NLI, multiple choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array, check_unique_ids
from dataset_cartography.integrations.transformers.examples import (
    TRAINING,
    StreamKeys,
    as_table,
    find_id_column,
)
from dataset_cartography.schema import TaskSchema
from dataset_cartography.signals import classification_signals

Array = npt.NDArray[Any]


class LabelSignals:
    """Signals of a batch of labelled examples.

    Args:
        schema: The task's.
    """

    def __init__(self, schema: TaskSchema) -> None:
        self.schema = schema

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no integer labels, or the outputs are no logits that fit them.
        """
        labels = inputs["labels"] if "labels" in inputs else inputs.get("label")
        if not isinstance(labels, Tensor):
            raise InputError(
                f"track records the task '{self.schema.task}' from 'labels', but a batch has "
                f"{', '.join(map(repr, inputs))}: keep that column, or give track the task that is trained."
            )
        logits = one_logits(outputs)
        if labels.is_floating_point() or labels.ndim != 1 or logits is None or len(logits) != len(labels):
            raise InputError(
                f"track records the task '{self.schema.task}' from one whole-number label an example and logits of "
                f"shape (batch, labels); this batch has labels {_shape(labels)} and outputs {described(outputs)}. "
                "Multi-label, regression and token tasks are not recorded yet."
            )
        return classification_signals(logits, labels)


@dataclass(frozen=True)
class LabelledRows:
    """Rows of a labelled dataset: one example each.

    Attributes:
        signals: How signals are taken.
        ids: Shape (examples,), in row order.
    """

    signals: LabelSignals
    ids: Array

    facts: ClassVar[dict[str, Array]] = {}
    options: ClassVar[dict[str, Any]] = {}

    @classmethod
    def of(
        cls, schema: TaskSchema, dataset: Any, id_column: str | None, where: str = TRAINING
    ) -> "LabelledRows":
        """Read the ids of a map-style dataset.

        Raises:
            MissingColumnError: There is no id column.
            InputError: An id occurs twice, or is none.
        """
        dataset = as_table(dataset, id_column, (), where)
        name = find_id_column(list(dataset.column_names), id_column, where)
        ids = as_id_array(dataset.with_format(None)[name][:])
        check_unique_ids(ids, where)
        return cls(LabelSignals(schema), ids)

    @staticmethod
    def carried(_rows: list[int]) -> dict[str, Any]:
        """Nothing travels with a batch but its row numbers."""
        return {}

    @staticmethod
    def translate(columns: dict[str, Array]) -> dict[str, Array]:
        """A row is an example."""
        columns["example"] = columns.pop("row").astype(np.int32)
        return columns


@dataclass(frozen=True)
class LabelledStream:
    """Examples of a stream, named by the features as they come.

    Attributes:
        signals: How signals are taken.
        carried: What travels with a batch.
    """

    signals: LabelSignals
    carried: StreamKeys

    ids = None
    facts: ClassVar[dict[str, Array]] = {}
    options: ClassVar[dict[str, Any]] = {}

    @staticmethod
    def translate(columns: dict[str, Array]) -> dict[str, Array]:
        """A row is an example, by its key."""
        columns["example"] = columns.pop("row")
        return columns


def one_logits(outputs: Any) -> Tensor | None:
    """Logits of shape (batch, labels) of a model's output, be it a dictionary, a tuple or the tensor itself."""
    if isinstance(outputs, Mapping):
        outputs = [outputs.get("logits")]
    elif isinstance(outputs, Tensor):
        outputs = [outputs]
    elif not isinstance(outputs, (tuple, list)):
        outputs = [getattr(outputs, "logits", None)]
    return next((value for value in outputs if isinstance(value, Tensor) and value.ndim == 2), None)


def described(outputs: Any) -> str:
    """A model's output in words, for messages."""
    if isinstance(outputs, Mapping):
        return ", ".join(f"'{name}' {_shape(value)}" for name, value in outputs.items())
    if isinstance(outputs, (tuple, list)):
        return f"a {type(outputs).__name__} with values " + ", ".join(map(_shape, outputs))
    return _shape(outputs)


def _shape(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"of shape {tuple(value.shape)} ({str(value.dtype).removeprefix('torch.')})"
    return f"({type(value).__name__})"
