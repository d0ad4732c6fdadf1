"""What `track` knows about extractive question answering."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.ids import as_id_array
from dataset_cartography.schema import QUESTION_ANSWERING
from dataset_cartography.signals import span_signals

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
ID_COLUMNS = ("example_id", "id", "guid")


def find_id_column(columns: list[str], asked: str | None) -> str:
    """The column that holds the example ids: the one asked for, or the first of the usual names."""
    for name in (asked,) if asked else ID_COLUMNS:
        if name in columns:
            return name
    if asked:
        raise MissingColumnError.of(asked, columns, "the training dataset", "Give its name as id_column.")
    raise MissingColumnError(
        f"example_id not found in inputs: the training dataset has the columns {', '.join(columns)}. Keep the "
        "id column when preparing features, or name it with id_column=…; generate_hash_ids makes ids."
    )


class CarriedColumns:
    """Columns that help to take signals, fetched by row: whatever format or columns the user's features have.

    Args:
        dataset: The training dataset.
    """

    def __init__(self, dataset: Any) -> None:
        names = ("context_start", "context_end", "cls_index", "gold_starts", "gold_ends")
        self.names = tuple(name for name in names if name in dataset.column_names)
        self._columns = dataset.select_columns(list(self.names)).with_format("arrow")

    def __call__(self, rows: list[int]) -> dict[str, Tensor]:
        """A batch's columns as tensors; gold spans, shape (batch, spans, 2), are padded with -1."""
        if not self.names:
            return {}
        table: pa.Table = self._columns[rows]
        packed: dict[str, Tensor] = {
            name: torch.tensor(table.column(name).to_numpy()).long()
            for name in ("context_start", "context_end", "cls_index")
            if name in self.names
        }
        if "gold_starts" in self.names:
            counts = pc.list_value_length(table.column("gold_starts")).to_numpy()
            spans = np.full((len(rows), max(1, counts.max()), 2), -1)
            filled = np.arange(spans.shape[1]) < counts[:, np.newaxis]
            for side, name in enumerate(("gold_starts", "gold_ends")):
                spans[filled, side] = pc.list_flatten(table.column(name)).to_numpy()
            packed["gold_spans"] = torch.from_numpy(spans)
        return packed


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
    """

    schema = QUESTION_ANSWERING

    ids: Array
    example: Array
    window: Array
    answerable: Array
    carried: CarriedColumns
    offsets: Any
    has_answer_window: Array
    max_answer_length: int

    @classmethod
    def of(cls, dataset: Any, id_column: str | None, max_answer_length: int) -> "QuestionAnsweringRows":
        """Read what is needed from a map-style dataset of features with `start_positions`."""
        columns = list(dataset.column_names)
        row_ids = as_id_array(dataset.with_format(None)[find_id_column(columns, id_column)][:])
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
        holds = table["has_answer"][:].to_numpy() if "has_answer" in columns else labelled
        can_answer = table["answerable"][:].to_numpy() if "answerable" in columns else holds
        has_answer_window, answerable = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
        np.logical_or.at(has_answer_window, example, holds)
        np.logical_or.at(answerable, example, can_answer)
        if "gold_starts" in columns:
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
            "context_known": "context_start" in self.carried.names,
            "several_gold_spans": "gold_starts" in self.carried.names,
        }

    def signals(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs."""
        start_logits, end_logits = outputs["start_logits"], outputs["end_logits"]
        context: dict[str, Any] = {name: value for name, value in carried.items() if name != "row"}
        if "context_end" not in context and "attention_mask" in inputs:
            # Padding is no answer: with right padding the last real token is as many as the mask counts.
            context["context_end"] = inputs["attention_mask"].sum(-1) - 1
        return span_signals(
            start_logits,
            end_logits,
            inputs["start_positions"],
            inputs["end_positions"],
            max_answer_length=self.max_answer_length,
            **context,
        )

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


def rows_of(
    dataset: Any, *, task: str | None, id_column: str | None, max_answer_length: int
) -> QuestionAnsweringRows:
    """Find out what a training dataset is for, and read what recording needs from it.

    Raises:
        InputError: The task cannot be told or is not recorded yet.
        MissingColumnError: The dataset has no id column.
    """
    columns = list(dataset.column_names) if isinstance(dataset, datasets.Dataset) else []
    if not columns:
        raise InputError(
            "track needs a `datasets.Dataset` as the trainer's train_dataset, with an id column."
        )
    found = "qa" if {"start_positions", "end_positions"} <= set(columns) else None
    if task not in (None, "qa") or found is None:
        raise InputError(
            f"track records question answering (task='qa', columns 'start_positions' and 'end_positions'); "
            f"this training dataset has the columns {', '.join(columns)}."
        )
    if task is None:
        logger.info("Recording task 'qa': the training dataset has start_positions and end_positions.")
    return QuestionAnsweringRows.of(dataset, id_column, max_answer_length)
