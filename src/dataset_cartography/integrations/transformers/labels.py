"""What `track` knows about tasks with one label an example: classification, NLI, multiple choice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array, check_unique_ids
from dataset_cartography.integrations.transformers.examples import (
    TRAINING,
    as_table,
    digest_of,
    find_id_column,
)
from dataset_cartography.schema import TaskSchema
from dataset_cartography.signals import classification_signals

Array = npt.NDArray[Any]


class LabelSignals:
    """Signals of a batch of labelled examples.

    Args:
        schema: The task's.
        label_names: What the batch may call its labels beside `labels` and `label`.
        classes: How wide the logits are, if known.
    """

    def __init__(
        self, schema: TaskSchema, label_names: Sequence[str] = (), classes: int | None = None
    ) -> None:
        self.schema = schema
        self.label_names = ("labels", "label", *label_names)
        self.classes = classes

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no integer labels, or the outputs are no logits that fit them.
        """
        labels = next((inputs[name] for name in self.label_names if name in inputs), None)
        if not isinstance(labels, Tensor):
            raise InputError(
                f"track records the task '{self.schema.task}' from 'labels', but a batch has "
                f"{', '.join(map(repr, inputs))}: keep that column, or give track the task that is trained."
            )
        logits = one_logits(outputs, self.classes)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels.squeeze(1)
        if labels.is_floating_point() or labels.ndim != 1 or logits is None or len(logits) != len(labels):
            raise InputError(
                f"track records the task '{self.schema.task}' from one whole-number label an example and logits of "
                f"shape (batch, labels); this batch has labels {_shape(labels)} and outputs {described(outputs)}. "
                "Give track the task that is trained."
            )
        return classification_signals(logits, labels)


class TakesSignals(Protocol):
    """How signals are taken from a batch whose features are an example each.

    One may have `options` for the manifest: how they are taken.
    """

    schema: TaskSchema

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Tensors named as the schema's columns."""


def nothing_carried(_rows: list[int]) -> dict[str, Any]:
    """Nothing travels with a batch but its row numbers."""
    return {}


@dataclass(frozen=True)
class LabelledRows:
    """Rows of a labelled dataset: one example each.

    Attributes:
        signals: How signals are taken.
        ids: Shape (examples,), in row order.
        id_column: The column of ids, if the user named one.
        options: For the manifest: how signals are taken, and a digest of the labels, which tells other ones.
        facts: Further columns of `examples.parquet`.
        carried: What travels with a batch beside its row numbers.
    """

    signals: TakesSignals
    ids: Array
    id_column: str | None
    options: dict[str, Any]
    facts: dict[str, Array]
    carried: Callable[[list[int]], dict[str, Any]]

    @classmethod
    def of(
        cls,
        signals: TakesSignals,
        dataset: Any,
        id_column: str | None,
        where: str = TRAINING,
        options: Mapping[str, Any] = MappingProxyType({}),
        facts: Mapping[str, Array] = MappingProxyType({}),
        carried: Callable[[list[int]], dict[str, Any]] = nothing_carried,
    ) -> "LabelledRows":
        """Read the ids of a map-style dataset.

        Args:
            signals: How signals are taken.
            dataset: The dataset.
            id_column: The column of ids, if the user named one.
            where: What the dataset is, for messages.
            options: What else the manifest shall tell.
            facts: Further columns of `examples.parquet`.
            carried: What travels with a batch beside its row numbers.

        Raises:
            MissingColumnError: There is no id column.
            InputError: An id occurs twice, or is none.
        """
        dataset = as_table(dataset, id_column, ("labels", "label"), where)
        name = find_id_column(list(dataset.column_names), id_column, where)
        ids = as_id_array(dataset.with_format(None)[name][:])
        check_unique_ids(ids, where)
        targets = digest_of(dataset, ("labels" if "labels" in dataset.column_names else "label",))
        told = {
            **getattr(signals, "options", {}),
            **options,
            **({} if targets is None else {"targets": targets}),
        }
        return cls(signals, ids, id_column, told, dict(facts), carried)

    @property
    def row_ids(self) -> Array:
        """A row is an example."""
        return self.ids

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

    signals: TakesSignals
    carried: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]

    ids = None
    row_ids = None
    id_column = None
    facts: ClassVar[dict[str, Array]] = {}

    @property
    def options(self) -> dict[str, Any]:
        """For the manifest: how signals are taken."""
        return dict(getattr(self.signals, "options", {}))

    @staticmethod
    def translate(columns: dict[str, Array]) -> dict[str, Array]:
        """A row is an example, by its key."""
        columns["example"] = columns.pop("row")
        return columns


def one_logits(outputs: Any, classes: int | None = None, ndim: int = 2) -> Tensor | None:
    """Logits of shape (batch, …, labels) of a model's output, be it a dictionary, a tuple or the tensor itself.

    Args:
        outputs: The output.
        classes: How wide they are; tells them from other tensors of a tuple.
        ndim: How many dimensions they have.
    """
    if isinstance(outputs, Mapping):
        outputs = [outputs.get("logits")]
    elif isinstance(outputs, Tensor):
        outputs = [outputs]
    elif not isinstance(outputs, (tuple, list)):
        outputs = [getattr(outputs, "logits", None)]
    found = [value for value in outputs if isinstance(value, Tensor) and value.ndim == ndim]
    if len(found) > 1:
        found = [value for value in found if value.shape[-1] == classes]
    return found[0] if len(found) == 1 else None


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
