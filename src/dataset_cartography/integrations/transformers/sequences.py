"""What `track` knows about sequences: a language model's target tokens, of examples that may be packed into rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from dataset_cartography.dynamics.load import UNITS
from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array
from dataset_cartography.integrations.transformers.examples import ID_COLUMNS, TRAINING
from dataset_cartography.integrations.transformers.labels import LabelledRows, described
from dataset_cartography.schema import CAUSAL_LM, TaskSchema
from dataset_cartography.signals.sequences import IGNORED, Pieces, answered_signals, sequence_signals

Array = npt.NDArray[Any]

PACKED_IDS = "example_ids"
"""The column that says of each token of a packed row whose it is."""


class SequenceSignals:
    """Signals of a batch of sequences.

    Args:
        schema: The task's.
        label_names: What the batch may call its labels beside `labels`.
        vocabulary: How wide the logits are, if known.
        tokens: Whether every target token is a row of its own.
    """

    def __init__(
        self,
        schema: TaskSchema,
        label_names: Sequence[str] = (),
        vocabulary: int | None = None,
        *,
        tokens: bool = False,
    ) -> None:
        self.schema = schema
        self.label_names = ("labels", *label_names)
        self.vocabulary = vocabulary
        self.tokens = tokens

    @property
    def options(self) -> dict[str, Any]:
        """For the manifest: whether every token is a row."""
        return {"tokens": True} if self.tokens else {}

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Take the batch's signals from the model's inputs and outputs.

        Raises:
            InputError: The batch has no labels, they belong to other rows than its features, or the outputs are no
                logits that fit them.
        """
        labels = next((inputs[name] for name in self.label_names if name in inputs), None)
        if not isinstance(labels, Tensor) or labels.ndim != 2:
            raise InputError(
                f"track records the task '{self.schema.task}' from 'labels' of shape (batch, tokens), but a batch has "
                f"{', '.join(map(repr, inputs))}: let the data collator make them."
            )
        shift = self.schema is CAUSAL_LM
        logits = three_dimensional(outputs, self.vocabulary)
        if logits is not None and logits.shape[:1] == labels.shape[:1] and logits.shape[1] >= labels.shape[1]:
            labels = labels.to(logits.device)
            pieces = pieces_of(labels, inputs, carried)
            return sequence_signals(logits, labels, shift=shift, pieces=pieces, tokens=self.tokens)
        logprobs, right = (_given(outputs, name) for name in ("log_probs", "is_top1"))
        if shift and logprobs is not None and right is not None and logits is None:
            labels = labels.to(logprobs.device)
            pieces = pieces_of(labels, inputs, carried)
            return answered_signals(logprobs, right, labels, pieces=pieces, tokens=self.tokens)
        raise InputError(
            f"track records the task '{self.schema.task}' from logits of shape (batch, tokens, vocabulary) that fit "
            f"the labels {tuple(labels.shape)}; this model gives {described(outputs)}. Where a kernel computes the "
            "loss without them (use_liger_kernel), leave it out; where the model gives the last ones only, let it give "
            "all."
        )


def pieces_of(labels: Tensor, inputs: Mapping[str, Any], carried: Mapping[str, Tensor]) -> Pieces | None:
    """Which of the batch's pieces each token belongs to; None where each row is a piece.

    Args:
        labels: Shape (batch, length).
        inputs: The batch.
        carried: `row`, one of each piece; `lengths`, its tokens, where the rows are not a piece each; `in_row`, how
            many of a packed dataset's pieces lie in each of its rows.

    Raises:
        InputError: The batch has other rows than its features.
    """
    in_row, lengths = carried.get("in_row"), carried.get("lengths")
    features = len(carried["row"] if in_row is None else in_row)
    if len(labels) == features and in_row is None:
        return None
    if lengths is None or len(labels) not in (1, features):
        raise InputError(
            f"track cannot tell which example a row of a batch is: of {features} features the data collator made "
            f"{len(labels)} rows."
        )
    lengths = lengths.to(labels.device, non_blocking=True)
    flat = len(labels) < features or in_row is None
    mask = inputs.get("attention_mask")
    return Pieces.packed(
        lengths,
        None if flat or in_row is None else in_row.to(labels.device, non_blocking=True),
        labels,
        mask if isinstance(mask, Tensor) and mask.shape == labels.shape else None,
    )


def three_dimensional(outputs: Any, width: int | None = None) -> Tensor | None:
    """Logits of shape (batch, tokens, width) of a model's output, be it a dictionary, a tuple or the tensor itself.

    Args:
        outputs: The output.
        width: How wide they are; tells them from other tensors of a tuple.
    """
    if isinstance(outputs, (Tensor, tuple, list)) and not isinstance(outputs, Mapping):
        several = [outputs] if isinstance(outputs, Tensor) else outputs
        found = [value for value in several if isinstance(value, Tensor) and value.ndim == 3]
        if len(found) > 1:
            found = [value for value in found if value.shape[2] == width]
        return found[0] if len(found) == 1 else None
    logits = _given(outputs, "logits")
    return logits if logits is not None and logits.ndim == 3 else None


def _given(outputs: Any, name: str) -> Tensor | None:
    value = outputs.get(name) if isinstance(outputs, Mapping) else getattr(outputs, name, None)
    return value if isinstance(value, Tensor) else None


@dataclass(frozen=True)
class PackedRows:
    """Rows of a dataset that holds several examples in a row, or parts of them, each token with its example's id.

    A piece is a part of a row that belongs to one example: what is recorded together, and numbered by its place in the
    dataset. A piece's first token is no target: it is predicted from another example, if at all.

    Attributes:
        signals: How signals are taken.
        ids: Shape (examples,), in the order of their first tokens.
        id_column: The column of ids.
        options: For the manifest.
        facts: `units`: of examples that are cut into several pieces, how many targets they have; else 0.
        example: Shape (pieces,), each piece's example, -1 for padding.
        piece: Shape (pieces,), its number within the example.
        before: Shape (pieces,), how many targets the example's earlier pieces have.
        lengths: Shape (pieces,), its tokens.
        starts: Shape (rows + 1,), the number of each row's first piece.
    """

    signals: SequenceSignals
    ids: Array
    id_column: str
    options: dict[str, Any]
    facts: dict[str, Array]
    example: Array
    piece: Array
    before: Array
    lengths: Array
    starts: Array

    row_ids = None

    @classmethod
    def of(cls, signals: SequenceSignals, dataset: datasets.Dataset, column: str, where: str) -> "PackedRows":
        """Read whose the tokens are.

        Args:
            signals: How signals are taken.
            dataset: The packed dataset.
            column: The column of ids, a list per row: of each token, its example's; null for padding.
            where: What the dataset is, for messages.

        Raises:
            InputError: A row has another number of ids than tokens, or padding is a target.
        """
        owners, ends = flat(dataset, column)
        codes = owners.dictionary_encode()
        code = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        targets, token_ends = _targets(dataset)
        if not np.array_equal(ends, token_ends):
            row = int(np.flatnonzero(ends != token_ends)[0])
            raise InputError(
                f"Row {row} of {where} has another number of ids in '{column}' than tokens: a packed dataset needs an "
                "id of each token."
            )
        # A piece begins with a row, and where the id changes.
        first = np.zeros(len(code), bool)
        first[np.concatenate(([0], ends[:-1]))[np.diff(ends, prepend=0) > 0]] = True
        first[1:] |= code[1:] != code[:-1]
        begins = np.flatnonzero(first)
        example, lengths = code[begins], np.diff(begins, append=len(code))
        targets &= ~first
        wanted = np.add.reduceat(targets.astype(np.int64), begins) if len(begins) else np.zeros(0, np.int64)
        if wanted[example < 0].any():
            raise InputError(f"{where} has targets without an id in '{column}': give each its example's.")
        in_order = np.argsort(example, kind="stable")
        of, count = example[in_order], wanted[in_order]
        changes = np.flatnonzero(np.diff(of, prepend=-2))
        run = np.diff(changes, append=len(of))
        piece, before = np.empty_like(example), np.empty_like(example)
        piece[in_order] = np.arange(len(of)) - np.repeat(changes, run)
        total = count.cumsum() - count
        before[in_order] = total - np.repeat(total[changes], run)
        known = len(codes.dictionary)
        pieces = np.bincount(example[example >= 0], minlength=known)
        units = np.bincount(example[example >= 0], weights=wanted[example >= 0], minlength=known)
        return cls(
            signals,
            as_id_array(codes.dictionary.to_pylist()),
            column,
            dict(signals.options),
            {UNITS: np.where(pieces > 1, units, 0).astype(np.int32)},
            example,
            piece,
            before,
            lengths,
            np.searchsorted(begins, np.concatenate(([0], ends))),
        )

    def carried(self, rows: list[int]) -> dict[str, Any]:
        """The rows' pieces, how long they are, and how many lie in each row."""
        in_row = self.starts[np.asarray(rows) + 1] - self.starts[rows]
        pieces = np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])
        return {
            "row": torch.from_numpy(pieces),
            "lengths": torch.from_numpy(self.lengths[pieces]),
            "in_row": torch.from_numpy(in_row),
        }

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """A row is a piece of an example, or one of its tokens."""
        piece = columns.pop("row")
        columns["example"] = self.example[piece].astype(np.int32)
        earlier = self.before if self.signals.tokens else self.piece
        columns["unit"] = earlier[piece] + columns["unit"]
        return columns


def sequence_rows(
    signals: SequenceSignals,
    dataset: Any,
    id_column: str | None,
    where: str = TRAINING,
    *,
    packs: bool = False,
) -> LabelledRows | PackedRows:
    """What knows about the examples of a map-style dataset of sequences: one a row, or packed.

    Args:
        signals: How signals are taken.
        dataset: The dataset.
        id_column: The column of ids, if the user named one.
        where: What the dataset is, for messages.
        packs: Whether the trainer packed it itself.

    Raises:
        MissingColumnError: There is no id column.
        InputError: An id occurs twice, or the trainer's packing lost them.
    """
    names = (id_column,) if id_column else (*ID_COLUMNS, PACKED_IDS)
    columns = getattr(dataset, "column_names", ())
    if packs and not any(name in columns for name in names):
        raise InputError(
            f"track cannot tell the examples apart in {where}: SFTTrainer's packing=True drops their ids. Pack them "
            "beforehand with pack_examples, and train on that with packing=False, padding_free=True, max_length=None."
        )
    if isinstance(dataset, datasets.Dataset):
        kinds = dataset.features.arrow_schema
        for name in names:
            if name in columns and pa.types.is_nested(kinds.field(name).type):
                return PackedRows.of(signals, dataset, name, where)
    return LabelledRows.of(signals, dataset, id_column, where)


def _targets(dataset: datasets.Dataset) -> tuple[Array, Array]:
    """Which tokens are targets, by the dataset's own labels; and where each row ends."""
    column = "labels" if "labels" in dataset.column_names else "input_ids"
    values, ends = flat(dataset, column)
    if column == "input_ids":
        return np.ones(len(values), bool), ends
    return pc.not_equal(values, IGNORED).to_numpy(zero_copy_only=False), ends


def flat(dataset: datasets.Dataset, column: str) -> tuple[pa.Array, Array]:
    """A column of lists, laid end to end; and where each row ends."""
    lists = dataset.select_columns([column]).with_format("arrow")[:][column].combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    ends = pc.list_value_length(lists).to_numpy(zero_copy_only=False).cumsum()
    return lists.flatten(), ends.astype(np.int64)
