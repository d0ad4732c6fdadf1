"""What `track` knows about extractive question answering."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array
from dataset_cartography.integrations.transformers.examples import (
    TRAINING,
    StreamKeys,
    as_table,
    digest_of,
    find_id_column,
)
from dataset_cartography.integrations.transformers.labels import described
from dataset_cartography.schema import QUESTION_ANSWERING
from dataset_cartography.signals import span_signals

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]

CARRIED = ("context_start", "context_end", "cls_index", "gold_starts", "gold_ends")
"""Columns of prepared features that help to take signals."""

OTHERS = ("start_positions", "window", "has_answer", "answerable", "offset_mapping")
"""Columns of prepared features that say what an example is."""


def _ours(columns: Mapping[str, Any]) -> bool:
    """Whether features were prepared by this package: a column of such a name alone may mean something else."""
    return {*CARRIED, "has_answer", "answerable"} <= set(columns)


def pack(columns: pa.Table) -> dict[str, Tensor]:
    """A batch's helping columns as tensors; gold spans, shape (batch, spans, 2), are padded with -1."""
    packed: dict[str, Tensor] = {
        name: torch.tensor(columns.column(name).to_numpy()).long()
        for name in ("context_start", "context_end", "cls_index")
    }
    counts = pc.list_value_length(columns.column("gold_starts")).to_numpy()
    spans = np.full((len(columns), max(1, counts.max()), 2), -1)
    filled = np.arange(spans.shape[1]) < counts[:, np.newaxis]
    for side, name in enumerate(("gold_starts", "gold_ends")):
        spans[filled, side] = pc.list_flatten(columns.column(name)).to_numpy()
    packed["gold_spans"] = torch.from_numpy(spans)
    return packed


class CarriedColumns:
    """Columns that help to take signals, fetched by row: whatever format or columns the user's features have.

    Args:
        dataset: The training dataset.
    """

    def __init__(self, dataset: datasets.Dataset) -> None:
        self._columns = (
            dataset.select_columns(list(CARRIED)).with_format("arrow") if _ours(dataset.features) else None
        )

    def __call__(self, rows: list[int]) -> dict[str, Tensor]:
        """A batch's columns as tensors."""
        return {} if self._columns is None else pack(self._columns[rows])

    def __bool__(self) -> bool:
        return self._columns is not None


class CarriedFeatures:
    """The same of a stream, taken from the features themselves, with the examples' keys.

    Which window of its example a feature is, it must tell by a whole number in `window`; else it is the first.

    Args:
        keys: What stands for the examples.
    """

    def __init__(self, keys: StreamKeys) -> None:
        self._keys = keys

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch's columns as tensors, its keys, and which window of its example each row is."""
        told = [_listed(feature.get("window")) for feature in features]
        windows = [window if isinstance(window, int) else 0 for window in told]
        carried = {**self._keys(features), "window": torch.tensor(windows)}
        if all(_ours(feature) for feature in features):
            columns = {name: [_listed(feature[name]) for feature in features] for name in CARRIED}
            carried |= pack(pa.table(columns))
        return carried


def _listed(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


class QuestionAnsweringSignals:
    """Signals of a batch of windows.

    Args:
        max_answer_length: Longest span that is decoded, in tokens.
    """

    schema = QUESTION_ANSWERING

    def __init__(self, max_answer_length: int) -> None:
        self.max_answer_length = max_answer_length

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no targets, or the outputs are no span logits.
        """
        if not {"start_positions", "end_positions"} <= set(inputs):
            raise InputError(
                "track records question answering from 'start_positions' and 'end_positions', but a batch has "
                f"{', '.join(map(repr, inputs))}: keep these columns, or give track the task that is trained."
            )
        start_logits, end_logits = two_logits(outputs)
        known = ("context_start", "context_end", "cls_index", "gold_spans")
        context: dict[str, Any] = {name: carried[name] for name in known if name in carried}
        if "context_end" not in context and "attention_mask" in inputs:
            # Padding is no answer: with right padding the last real token is as many as the mask counts.
            context["context_end"] = inputs["attention_mask"].sum(-1) - 1
        signals = span_signals(
            start_logits,
            end_logits,
            inputs["start_positions"],
            inputs["end_positions"],
            max_answer_length=self.max_answer_length,
            **context,
        )
        return {**signals, "window": carried["window"]} if "window" in carried else signals


def two_logits(outputs: Any) -> tuple[Tensor, Tensor]:
    """Start and end logits, each of shape (batch, tokens), of a model's output, be it a dictionary or a tuple."""
    if isinstance(outputs, Mapping) and {"start_logits", "end_logits"} <= set(outputs):
        return outputs["start_logits"], outputs["end_logits"]
    if isinstance(outputs, (tuple, list)):
        logits = [value for value in outputs if isinstance(value, Tensor) and value.ndim == 2]
        if len(logits) >= 2:
            return logits[0], logits[1]
    raise InputError(
        "track records question answering from a model that gives 'start_logits' and 'end_logits'; this one gives "
        f"{described(outputs)}. Give track the task that is trained."
    )


@dataclass(frozen=True)
class QuestionAnsweringRows:
    """Rows of a prepared question-answering dataset: one window each.

    Attributes:
        ids: Shape (examples,), in the order of first appearance.
        example: Shape (rows,), each row's example.
        window: Shape (rows,), each row's window within its example.
        answerable: Shape (examples,), whether the example has an answer at all.
        carried: Columns that help to take signals and travel with the batch.
        offsets: The rows' character offsets, or None where the dataset has none.
        has_answer_window: Shape (examples,), whether some window holds an answer.
        max_answer_length: Longest span that is decoded, in tokens.
        id_column: The column of ids, if the user named one.
        targets: A digest of the training targets.
    """

    ids: Array
    example: Array
    window: Array
    answerable: Array
    carried: CarriedColumns
    offsets: Any
    has_answer_window: Array
    max_answer_length: int
    id_column: str | None
    targets: str | None

    @property
    def row_ids(self) -> Array:
        """Shape (rows,), the id of each window's example."""
        ids: Array = self.ids[self.example]
        return ids

    @property
    def signals(self) -> QuestionAnsweringSignals:
        """How signals are taken."""
        return QuestionAnsweringSignals(self.max_answer_length)

    @classmethod
    def of(
        cls, dataset: Any, id_column: str | None, max_answer_length: int, where: str = TRAINING
    ) -> "QuestionAnsweringRows":
        """Read what is needed from a map-style dataset of features with `start_positions`.

        Raises:
            InputError: There are no `start_positions`.
            MissingColumnError: There is no id column.
        """
        dataset = as_table(dataset, id_column, (*CARRIED, *OTHERS), where)
        columns = list(dataset.column_names)
        if "start_positions" not in columns:
            raise InputError(
                "track records question answering from features with 'start_positions' and 'end_positions', but "
                f"{where} has the columns {', '.join(columns)}."
            )
        row_ids = as_id_array(dataset.with_format(None)[find_id_column(columns, id_column, where)][:])
        ids, first, inverse = np.unique(row_ids, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        example = rank[inverse].astype(np.int32)
        by_example = np.argsort(example, kind="stable")
        starts = np.flatnonzero(np.diff(example[by_example], prepend=-1))
        window = np.empty(len(example), np.int16)
        window[by_example] = np.arange(len(example)) - np.repeat(
            starts, np.diff(np.append(starts, len(example)))
        )
        table = dataset.with_format("arrow")
        # Without these columns, a window holds an answer if it is not labelled [CLS], and a question is taken as
        # unanswerable if none of its windows does.
        labelled = table["start_positions"][:].to_numpy() > 0
        prepared = _ours(dataset.features)
        holds = table["has_answer"][:].to_numpy() if prepared else labelled
        can_answer = table["answerable"][:].to_numpy() if prepared else holds
        has_answer_window, answerable = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
        np.logical_or.at(has_answer_window, example, holds)
        np.logical_or.at(answerable, example, can_answer)
        if prepared:
            _warn_of_long_answers(table, example, has_answer_window, max_answer_length)
        offsets = (
            dataset.select_columns(["offset_mapping"]).with_format("arrow")
            if "offset_mapping" in columns
            else None
        )
        carried = CarriedColumns(dataset)
        return cls(
            ids[order],
            example,
            window,
            answerable,
            carried,
            offsets,
            has_answer_window,
            max_answer_length,
            id_column,
            digest_of(dataset, ("start_positions", "end_positions")),
        )

    @property
    def facts(self) -> dict[str, Array]:
        """Further columns for `examples.parquet`."""
        windows = np.bincount(self.example, minlength=len(self.ids))
        return {
            "answerable": self.answerable,
            "has_answer_window": self.has_answer_window,
            "windows": windows.astype(np.int32),
        }

    @property
    def options(self) -> dict[str, Any]:
        """How signals are taken, for the manifest."""
        return {
            "max_answer_length": self.max_answer_length,
            "null_allowed": not bool(self.answerable.all()),
            "prediction_unit": "tokens" if self.offsets is None else "characters",
            "context_known": bool(self.carried),
            "several_gold_spans": bool(self.carried),
            "targets": self.targets,
        }

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """Name rows by example and window, and token positions by characters."""
        rows = columns.pop("row")
        if self.offsets is not None:
            tokens = columns["prediction_start"], columns["prediction_end"]
            columns["prediction_start"], columns["prediction_end"] = self._characters(rows, *tokens)
        columns["example"], columns["window"] = self.example[rows], self.window[rows]
        return columns

    def _characters(self, rows: Array, first: Array, last: Array) -> tuple[Array, Array]:
        """Characters (start, end) of spans of tokens; -1 where there is no span."""
        table: pa.Table = self.offsets[rows.tolist()]
        offsets = table.column("offset_mapping").combine_chunks()
        lengths = pc.list_value_length(offsets).to_numpy()
        base = np.cumsum(lengths) - lengths
        flat = offsets.flatten().flatten().to_numpy().reshape(-1, 2)
        known = first >= 0
        begin = np.where(known, flat[base + np.maximum(first, 0), 0], -1)
        end = np.where(known, flat[base + np.maximum(last, 0), 1], -1)
        return begin, end


def _warn_of_long_answers(table: Any, example: Array, has_answer: Array, max_answer_length: int) -> None:
    """Say how many examples can never be predicted correctly, since all their answers are too long to be decoded."""
    starts, ends = table["gold_starts"][:], table["gold_ends"][:]
    owner = np.repeat(example, pc.list_value_length(starts).to_numpy())
    lengths = pc.list_flatten(ends).to_numpy() - pc.list_flatten(starts).to_numpy() + 1
    decodable = np.zeros(len(has_answer), bool)
    decodable[owner[lengths <= max_answer_length]] = True
    too_long = int((has_answer & ~decodable).sum())
    if too_long:
        logger.warning(
            "%d of %d examples have answers of more than %d tokens only, which are never decoded, so that their "
            "predictions never count as correct; a larger --max_answer_length decodes them.",
            too_long,
            len(has_answer),
            max_answer_length,
        )


@dataclass(frozen=True)
class QuestionAnsweringStream:
    """Windows of a stream: what they are is told by the features as they come.

    Attributes:
        carried: What travels with a batch.
        max_answer_length: Longest span that is decoded, in tokens.
    """

    carried: CarriedFeatures
    max_answer_length: int

    ids = None
    row_ids = None
    id_column = None
    facts: ClassVar[dict[str, Array]] = {}

    @property
    def signals(self) -> QuestionAnsweringSignals:
        """How signals are taken."""
        return QuestionAnsweringSignals(self.max_answer_length)

    @property
    def options(self) -> dict[str, Any]:
        """How signals are taken, for the manifest."""
        return {"max_answer_length": self.max_answer_length, "prediction_unit": "tokens"}

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """Name rows by example."""
        columns["example"] = columns.pop("row")
        return columns
