"""Packing tokenised examples into rows of one length, so that each token still tells whose it is.

For padding-free training, where several examples share a row. TRL's own packing drops the ids; this is its stead.
"""

import bisect
import logging
from typing import Any, Literal

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.ids import check_unique_ids
from dataset_cartography.integrations.transformers.examples import find_id_column
from dataset_cartography.integrations.transformers.sequences import PACKED_IDS, flat
from dataset_cartography.signals.sequences import IGNORED

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
Strategy = Literal["best_fit", "in_order"]
MASKS = ("completion_mask", "assistant_masks")
"""What TRL calls the columns that say which tokens are learnt."""

_Packed = tuple[Array, Array, Array, Array]
"""Of each piece, in the rows' order: its example, its first token there, its tokens; and how many a row has."""


def pack_examples(
    dataset: datasets.Dataset,
    max_length: int,
    *,
    id_column: str | None = None,
    strategy: Strategy = "best_fit",
) -> datasets.Dataset:
    """Pack tokenised examples into rows of at most so many tokens.

    A piece's first token is no label: nothing of its own example comes before it. All columns lie in memory.

    Args:
        dataset: With ``input_ids``, an id, and what says which tokens are targets: ``labels`` (-100 is none), or TRL's
            masks, ``completion_mask`` and ``assistant_masks`` (1 = target; of both, where both say so); else all are.
        max_length: Most tokens of a row.
        id_column: The column of ids; default the first of `example_id`, `id`, `guid`.
        strategy: "best_fit" keeps examples whole, each in the fullest row that has room, the longest first, and cuts
            off what is longer than a row; "in_order" lays them end to end and cuts that into rows, so that an example
            may be continued in the next.

    Returns:
        Rows with ``input_ids``, ``labels``, ``position_ids`` (from 0 in each piece), ``seq_lengths`` (the pieces') and
        ``example_ids`` (each token's). For TRL's `SFTTrainer` with packing=False, padding_free=True, max_length=None;
        for `Trainer` with a batch size of 1, or with a collator that pads ``position_ids``.

    Raises:
        InputError: An option is unknown, an id occurs twice, or labels do not fit their tokens.
        MissingColumnError: There are no ids, or no tokens.
    """
    if max_length < 2:
        raise InputError(f"max_length must be 2 or more, but is {max_length}.")
    if strategy not in ("best_fit", "in_order"):
        raise InputError(f"strategy must be best_fit or in_order, but is '{strategy}'.")
    if "input_ids" not in dataset.column_names:
        hint = "Tokenise the examples first."
        raise MissingColumnError.of("input_ids", dataset.column_names, "the dataset to pack", hint)
    name = find_id_column(dataset.column_names, id_column, "the dataset to pack")
    ids = dataset.with_format("arrow")[name][:]
    check_unique_ids(np.asarray(ids.to_pylist(), dtype=object), "the dataset to pack")
    tokens, ends = flat(dataset, "input_ids")
    labels = _labels_of(dataset, tokens, ends)
    lengths = np.diff(ends, prepend=0)
    pack = _best_fit if strategy == "best_fit" else _in_order
    owner, begin, size, in_row = pack(lengths, max_length)
    if strategy == "best_fit" and (cut := int((lengths > max_length).sum())):
        logger.warning(
            "%s of %s examples are longer than %d tokens and lose their end; strategy='in_order' would continue them.",
            f"{cut:,}",
            f"{len(lengths):,}",
            max_length,
        )
    # Where each token of the packed rows lies in the dataset.
    first = size.cumsum() - size
    place = np.arange(size.sum()) - np.repeat(first, size)
    source = np.repeat((ends - lengths)[owner] + begin, size) + place
    learnt = labels[source]
    learnt[place == 0] = IGNORED
    pieces = np.concatenate(([0], in_row.cumsum()))
    rows = pa.array(np.concatenate(([0], size.cumsum()))[pieces], pa.int32())
    return datasets.Dataset(
        pa.table(
            {
                "input_ids": pa.ListArray.from_arrays(rows, tokens.take(pa.array(source)).cast(pa.int32())),
                "labels": pa.ListArray.from_arrays(rows, pa.array(learnt, pa.int32())),
                "position_ids": pa.ListArray.from_arrays(rows, pa.array(place, pa.int32())),
                "seq_lengths": pa.ListArray.from_arrays(
                    pa.array(pieces, pa.int32()), pa.array(size, pa.int32())
                ),
                PACKED_IDS: pa.ListArray.from_arrays(
                    rows, pa.chunked_array(ids).combine_chunks().take(pa.array(np.repeat(owner, size)))
                ),
            }
        )
    )


def _labels_of(dataset: datasets.Dataset, tokens: pa.Array, ends: Array) -> Array:
    """(tokens,) what each token is as a target, -100 where it is none."""
    columns = dataset.column_names
    if "labels" in columns:
        given: Array = _beside(dataset, "labels", ends).astype(np.int64)
        return given
    labels: Array = tokens.to_numpy(zero_copy_only=False).astype(np.int64)
    for name in MASKS:
        if name in columns:
            labels = np.where(_beside(dataset, name, ends), labels, IGNORED)
    return labels


def _beside(dataset: datasets.Dataset, name: str, ends: Array) -> Array:
    """A column that says something of every token, (tokens,)."""
    values, value_ends = flat(dataset, name)
    if not np.array_equal(ends, value_ends):
        row = int(np.flatnonzero(np.diff(ends, prepend=0) != np.diff(value_ends, prepend=0))[0])
        raise InputError(f"Row {row} of the dataset to pack has another number of {name} than of tokens.")
    told: Array = values.to_numpy(zero_copy_only=False)
    return told


def _best_fit(lengths: Array, most: int) -> _Packed:
    """Whole examples, the longest first, each into the row with the least room that is enough."""
    size = np.minimum(lengths, most)
    rows: list[list[int]] = []
    with_room: dict[int, list[int]] = {}  # room -> rows that have it
    rooms: list[int] = []  # sorted
    for example in np.argsort(-size, kind="stable").tolist():
        needed = int(size[example])
        if not needed:
            continue
        place = bisect.bisect_left(rooms, needed)
        if place < len(rooms):
            room = rooms[place]
            row = with_room[room].pop()
            if not with_room[room]:
                del with_room[room], rooms[place]
        else:
            room, row = most, len(rows)
            rows.append([])
        rows[row].append(example)
        if left := room - needed:
            if left not in with_room:
                bisect.insort(rooms, left)
            with_room.setdefault(left, []).append(row)
    owner = _numbers(example for row in rows for example in row)
    return owner, np.zeros_like(owner), size[owner], _numbers(map(len, rows))


def _in_order(lengths: Array, most: int) -> _Packed:
    """Examples end to end, cut where a row is full."""
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    edges = np.union1d(ends - lengths, np.arange(0, total, most))
    edges = edges[edges < total]
    owner = np.searchsorted(ends, edges, side="right")
    size = np.diff(edges, append=total)
    in_row = np.bincount(edges // most, minlength=-(-total // most))
    return owner, edges - (ends - lengths)[owner], size, in_row


def _numbers(values: Any) -> Array:
    return np.fromiter(values, np.int64)
