"""A log as dense arrays."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics import pooling, regression
from dataset_cartography.dynamics import question_answering as qa
from dataset_cartography.dynamics.reading import Reading
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader
from dataset_cartography.schema import TaskSchema

Array = npt.NDArray[Any]

UNITS = "units"
"""Column of `examples.parquet`: how many units or tokens an example has, where it may be seen in part; else 0."""


@dataclass(frozen=True)
class Dynamics:
    """What happened to every example in every epoch; examples are in the order of the log's ids.

    Attributes:
        epochs: Numbers of the epochs, in order.
        signals: Arrays of shape (examples, epochs), NaN where an example was not seen (or its answer is
            missing): `gold_probability` in [0, 1], `correct` 0 or 1 (of sequences, the share of their tokens),
            `margin`, `loss`, where it was recorded `el2n`, and of tasks with units or tokens `unit_accuracy`, the
            share of them that is right; and `presentations`, whole numbers, 0 where not seen. They are transposed
            views of (epochs, examples) buffers, so an epoch's column is contiguous.
        last_prediction: Columns of shape (examples,) that describe the last epoch's prediction, NaN where it did
            not see the example; their names are the schema's.
        predictions: The same columns of every epoch, of shape (examples, epochs); empty unless asked for.
        seen_in_part: Per epoch, how many examples had only some of their windows presented; they count as not seen.
    """

    epochs: tuple[int, ...]
    signals: dict[str, Array]
    last_prediction: dict[str, Array]
    predictions: dict[str, Array]
    seen_in_part: tuple[int, ...]


def load_dynamics(
    log: LogReader,
    *,
    epochs: Sequence[int] | None = None,
    reading: Reading | None = None,
    predictions: bool = False,
) -> Dynamics:
    """Read a log's rows into dense arrays.

    Args:
        log: The log.
        epochs: Which epochs (default: all closed ones).
        reading: How rows make an example; see `Reading`.
        predictions: Whether to read what was predicted in every epoch, and not in the last alone.

    Raises:
        InputError: No epoch was recorded to its end yet, or an epoch asked for was not.
    """
    numbers = tuple(log.epochs if epochs is None else epochs)
    if not numbers:
        raise InputError(
            f"'{log.paths.root}' holds no epoch that ran to its end yet: let the training finish one, or "
            "continue it with --resume_from_checkpoint."
        )
    schema = log.manifest.schema
    reading = reading or Reading()
    read = _reader_of(log, schema, reading)
    names = _signals_of(schema)
    shape = (len(numbers), log.size)
    signals = {name: np.empty(shape, np.float32) for name in names}
    signals["presentations"] = np.empty(shape, np.int32)
    in_part = [0] * len(numbers)
    # Of the epochs whose predictions are wanted: all, or the last.
    wanted = numbers if predictions else numbers[-1:]
    predicted = {name: np.full((len(wanted), log.size), np.nan) for name in schema.prediction}

    def fill(position: int) -> None:
        place = position - len(numbers) + len(wanted)
        prediction = schema.prediction if place >= 0 else ()
        rows, in_part[position] = read(numbers[position], prediction)
        example = rows.pop("example")
        all_seen = len(example) == shape[1]
        in_order = all_seen and bool((example[1:] > example[:-1]).all())
        for name, columns in signals.items():
            column = columns[position]
            if not all_seen:
                column.fill(0 if name == "presentations" else np.nan)
            column[slice(None) if in_order else example] = rows.pop(name)
        for name in prediction:
            predicted[name][place, example] = rows.pop(name)

    # NumPy and Parquet release the interpreter lock, so two epochs are read at a time.
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(fill, range(len(numbers))))
    return Dynamics(
        numbers,
        {name: values.T for name, values in signals.items()},
        {name: values[-1] for name, values in predicted.items()},
        {name: values.T for name, values in predicted.items()} if predictions else {},
        tuple(in_part),
    )


_Read = Callable[[int, Sequence[str]], tuple[dict[str, Array], int]]
"""One epoch's signals per example seen as a whole, with what was predicted, and how many were seen only in part."""


def _signals_of(schema: TaskSchema) -> list[str]:
    recorded = {column.name for column in schema.signals}
    pooled = ["unit_accuracy"] if schema.pooled else []
    return ["gold_probability", "correct", "margin", "loss", *({"el2n"} & recorded), *pooled]


def _reader_of(log: LogReader, schema: TaskSchema, reading: Reading) -> _Read:
    """How an epoch of a task is read."""
    if schema.windowed:
        return lambda epoch, prediction: _pool_windows(log, epoch, reading, prediction)
    if schema.pooled:
        return lambda epoch, _: _pool_pieces(log, schema, epoch, reading)
    if schema.task == "regression":
        scale = regression.scale_of(log, reading)

        def read(epoch: int, prediction: Sequence[str]) -> tuple[dict[str, Array], int]:
            rows = log.read(epoch, [*regression.COLUMNS, *prediction])
            return regression.regression_signals(rows, scale, reading), 0

        return read
    as_they_are = [name for name in _signals_of(schema) if name not in ("gold_probability", "loss")]
    return lambda epoch, prediction: (_read_rows(log, epoch, [*as_they_are, *prediction]), 0)


def _pool_windows(
    log: LogReader, epoch: int, reading: Reading, prediction: Sequence[str]
) -> tuple[dict[str, Array], int]:
    rows = log.read(epoch, [*qa.COLUMNS, *prediction])
    null_allowed = bool(log.manifest.options.get("null_allowed", False))
    pooled = qa.pool_windows(rows, log.facts("answerable"), reading=reading, null_allowed=null_allowed)
    # Of an example seen only in part (a pass cut short) the best window, or the last word, is not known.
    return _seen_whole(pooled, pooled.pop("windows_seen") == log.facts("windows")[pooled["example"]])


def _pool_pieces(
    log: LogReader, schema: TaskSchema, epoch: int, reading: Reading
) -> tuple[dict[str, Array], int]:
    rows = log.read(epoch, pooling.columns_of(schema))
    pooled = pooling.pool_pieces(rows, schema, reading)
    units = pooled.pop("units")
    # Known where a pass may be cut short in the middle of an example: packed sequences.
    if UNITS not in log.examples.column_names:
        return pooled, 0
    known = log.facts(UNITS)[pooled["example"]]
    return _seen_whole(pooled, (known == 0) | (units == known))


def _seen_whole(pooled: dict[str, Array], whole: Array) -> tuple[dict[str, Array], int]:
    if whole.all():
        return pooled, 0
    return {name: values[whole] for name, values in pooled.items()}, int((~whole).sum())


def _read_rows(log: LogReader, epoch: int, names: Sequence[str]) -> dict[str, Array]:
    """One epoch's signals per example seen, of a task whose examples are a row each."""
    rows = log.read(epoch, ["gold_logprob", *names])
    columns = rows.columns
    logprob = columns.pop("gold_logprob")
    columns["correct"] = np.where(np.isnan(logprob), np.float32(np.nan), columns["correct"])
    return {
        **columns,
        "gold_probability": np.exp(logprob),
        "loss": -logprob,
        "presentations": rows.presentations,
    }
