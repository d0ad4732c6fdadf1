"""What `track` knows about tasks in which an example is many decisions: token classification, multi-label."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from dataset_cartography.dynamics.load import UNITS
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.undisturbed import untouched_random_states
from dataset_cartography.integrations.transformers.examples import TRAINING, StreamKeys, as_table, is_stream
from dataset_cartography.integrations.transformers.labels import (
    LabelledRows,
    described,
    nothing_carried,
    one_logits,
)
from dataset_cartography.schema import MULTI_LABEL, TOKEN_CLASSIFICATION, TaskSchema
from dataset_cartography.signals import FEATURE, multi_label_signals, tag_signals

Array = npt.NDArray[Any]

LABELS = ("labels", "label")
WORD_NUMBERS = "word_numbers"
"""Column of features: which word of its example each labelled token stands for; without it, labelled tokens count."""


class UnitSignals:
    """Signals of a batch of examples with a matrix of targets.

    Args:
        schema: `TOKEN_CLASSIFICATION` or `MULTI_LABEL`.
        label_names: What the batch may call its targets beside `labels` and `label`.
        classes: How wide the logits are, if known.
    """

    options: ClassVar[dict[str, Any]] = {}

    def __init__(
        self, schema: TaskSchema, label_names: Sequence[str] = (), classes: int | None = None
    ) -> None:
        self.schema = schema
        self.label_names = (*LABELS, *label_names)
        self.classes = classes

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no targets, or the outputs are no logits that fit them.
        """
        targets = next((inputs[name] for name in self.label_names if name in inputs), None)
        if not isinstance(targets, Tensor):
            raise InputError(
                f"track records the task '{self.schema.task}' from 'labels', but a batch has "
                f"{', '.join(map(repr, inputs))}: keep that column, or give track the task that is trained."
            )
        if self.schema.task == TOKEN_CLASSIFICATION.task:
            return self._of_tags(targets, outputs, carried)
        return self._of_labels(targets, outputs)

    def _of_tags(self, labels: Tensor, outputs: Any, carried: Mapping[str, Tensor]) -> dict[str, Tensor]:
        logits = one_logits(outputs, self.classes, ndim=3)
        if labels.is_floating_point() or logits is None or logits.shape[:-1] != labels.shape:
            raise self._refusal(
                "whole-number labels of shape (batch, tokens) and logits of shape (batch, tokens, tags)",
                labels,
                outputs,
            )
        signals = tag_signals(logits, labels)
        words = carried.get(WORD_NUMBERS)
        if words is not None:
            unit, feature = signals["unit"], signals[FEATURE]
            # A collator may pad or cut, so that there are more labelled tokens than we know words of.
            place = unit.clamp(0, words.shape[1] - 1)
            signals["unit"] = torch.where(unit >= 0, words.to(unit.device)[feature, place], -1)
        return signals

    def _of_labels(self, targets: Tensor, outputs: Any) -> dict[str, Tensor]:
        logits = one_logits(outputs, self.classes)
        if targets.ndim != 2 or logits is None or logits.shape != targets.shape:
            raise self._refusal(
                "labels of 1 and 0 and logits, both of shape (batch, labels)", targets, outputs
            )
        return multi_label_signals(logits, targets)

    def _refusal(self, needed: str, labels: Tensor, outputs: Any) -> InputError:
        return InputError(
            f"track records the task '{self.schema.task}' from {needed}; this batch has labels {described(labels)} and "
            f"outputs {described(outputs)}. Give track the task that is trained."
        )


def unit_rows(
    signals: UnitSignals, dataset: Any, id_column: str | None, where: str = TRAINING
) -> LabelledRows:
    """The rows of a map-style dataset of examples with lists of targets; how many units each has, where it tells.

    Raises:
        MissingColumnError, InputError: As `LabelledRows.of`; or targets of a multi-label task are neither 0 nor 1.
    """
    table = as_table(dataset, id_column, (*LABELS, WORD_NUMBERS), where)
    lists = next((_lists(table, name) for name in signals.label_names if name in table.column_names), None)
    facts: dict[str, Array] = {}
    carried: Callable[[list[int]], dict[str, Any]] = nothing_carried
    if lists is not None:
        owner, values = lists
        if signals.schema.task == MULTI_LABEL.task:
            _refuse_shares(values, where)
        facts[UNITS] = np.bincount(owner[values >= 0], minlength=len(table)).astype(np.int32)
        if WORD_NUMBERS in table.column_names and signals.schema.task == TOKEN_CLASSIFICATION.task:
            words = _lists(table, WORD_NUMBERS)
            # A column of this name may mean something else.
            if words is not None and (np.bincount(words[0], minlength=len(table)) == facts[UNITS]).all():
                carried = WordNumbers(table)
    return LabelledRows.of(signals, table, id_column, where, facts=facts, carried=carried)


def has_label_matrix(dataset: Any) -> bool:
    """Whether every example's labels are a list of numbers that are no whole ones, as multi-label training needs."""
    features = getattr(dataset, "features", None)
    for name in LABELS:
        if isinstance(features, Mapping) and name in features:
            kind = getattr(features[name], "feature", None)
            return getattr(kind, "dtype", "").startswith("float")
    if features is not None or is_stream(dataset) or not hasattr(dataset, "__getitem__") or not len(dataset):
        return False
    with untouched_random_states():
        first = dataset[0]
    labels = (
        next((first[name] for name in LABELS if name in first), None) if isinstance(first, Mapping) else None
    )
    values = np.asarray(labels if labels is not None else [])
    return values.ndim == 1 and values.dtype.kind == "f" and values.size > 1


class WordNumbers:
    """Which words the labelled tokens of rows stand for, fetched by row, whatever columns the loader sees.

    Args:
        dataset: The features.
    """

    def __init__(self, dataset: datasets.Dataset) -> None:
        self._columns = dataset.select_columns([WORD_NUMBERS]).with_format("arrow")

    def __call__(self, rows: list[int]) -> dict[str, Tensor]:
        """A batch's, of shape (batch, labelled tokens), padded with -1."""
        numbers = self._columns[rows].column(WORD_NUMBERS)
        return _padded(pc.list_value_length(numbers).to_numpy(), pc.list_flatten(numbers).to_numpy())


class WordFeatures:
    """The same of a stream, taken from the features themselves, with the examples' keys.

    Args:
        keys: What stands for the examples.
    """

    def __init__(self, keys: StreamKeys) -> None:
        self._keys = keys

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch's words, where all features tell them, and its keys."""
        carried = self._keys(features)
        if all(WORD_NUMBERS in feature for feature in features):
            lists = [np.asarray(feature[WORD_NUMBERS]) for feature in features]
            carried |= _padded(np.array([len(words) for words in lists]), np.concatenate(lists))
        return carried


def _padded(counts: Array, values: Array) -> dict[str, Tensor]:
    numbers = np.full((len(counts), max(1, counts.max())), -1)
    numbers[np.arange(numbers.shape[1]) < counts[:, np.newaxis]] = values
    return {WORD_NUMBERS: torch.from_numpy(numbers)}


def _lists(table: datasets.Dataset, name: str) -> tuple[Array, Array] | None:
    """The row that each value of a column of lists of numbers is of, and the values; None of other columns."""
    column = table.with_format("arrow")[name][:]
    kind = column.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        return None
    if not (
        pa.types.is_integer(kind.value_type)
        or pa.types.is_floating(kind.value_type)
        or pa.types.is_boolean(kind.value_type)
    ):
        return None
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    values = pc.list_flatten(column).to_numpy()
    return np.repeat(np.arange(len(lengths)), lengths), values.astype(np.float64)


def _refuse_shares(values: Array, where: str) -> None:
    odd = values[(values > 0) & (values != 1)]
    if len(odd):
        raise InputError(
            f"track records multi-label classification of labels that are given (1) or not (0), but {where} has labels "
            f"with the value {odd[0]:g}: round them, or train with targets of 0 and 1."
        )
