"""Units as rows of their own: the dynamics of every tag or label, where a map has those of examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.load import Dynamics
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader

Array = npt.NDArray[Any]

_SIGNALS = ("gold_logprob", "margin", "correct")


@dataclass(frozen=True)
class UnitDynamics:
    """What happened to every unit in every epoch.

    Attributes:
        dynamics: As of examples, but a row is a unit; `predictions` holds the column `prediction`.
        example: Shape (units,), sorted: each unit's example, a position in the log's ids.
        unit: Shape (units,): its number within the example: the token's or the label's.
        gold: Shape (units,): the number of its gold label.
    """

    dynamics: Dynamics
    example: Array
    unit: Array
    gold: Array


def load_units(log: LogReader, *, epochs: Sequence[int] | None = None) -> UnitDynamics:
    """Read a log's rows unit by unit; of sequences, the tokens that were recorded by themselves.

    Args:
        log: Of a task with units, or with tokens.
        epochs: Which epochs (default: all closed ones).

    Raises:
        InputError: The task has no units, its tokens were recorded together, or no epoch ran to its end yet.
    """
    schema = log.manifest.schema
    if not schema.pooled:
        raise InputError(f"'{log.paths.root}' is of the task '{schema.task}', whose examples have no units.")
    numbers = tuple(log.epochs if epochs is None else epochs)
    if not numbers:
        raise InputError(f"'{log.paths.root}' holds no epoch that ran to its end yet.")
    of_tokens = schema.pieces == "tokens"
    names = [*(("gold_logprob", "margin", "correct_tokens", "tokens") if of_tokens else _SIGNALS)]
    read = [log.read(number, [*names, "gold", "prediction"]) for number in numbers]
    if of_tokens and any((rows.columns["tokens"] > 1).any() for rows in read):
        raise InputError(
            f"'{log.paths.root}' holds the tokens of a sequence together: record with tokens=True "
            "(run.py: --cartography_tokens) to see each by itself."
        )
    keys = [rows.columns["example"].astype(np.int64) << 32 | rows.columns["unit"] for rows in read]
    known = _united(keys)
    shape = (len(numbers), len(known))
    signals = {
        name: np.full(shape, np.nan, np.float32) for name in ("gold_probability", "correct", "margin", "loss")
    }
    signals["presentations"] = np.zeros(shape, np.int32)
    predictions = np.full(shape, np.nan)
    gold = np.zeros(len(known), np.int32)
    for position, (key, rows) in enumerate(zip(keys, read, strict=True)):
        place, columns = np.searchsorted(known, key), rows.columns
        logprob = columns["gold_logprob"]
        right = columns["correct_tokens" if of_tokens else "correct"]
        signals["gold_probability"][position, place] = np.exp(logprob)
        signals["loss"][position, place] = -logprob
        signals["margin"][position, place] = columns["margin"]
        signals["correct"][position, place] = np.where(np.isnan(logprob), np.nan, right)
        signals["presentations"][position, place] = rows.presentations
        predictions[position, place] = columns["prediction"]
        gold[place] = columns["gold"]
    dynamics = Dynamics(
        numbers,
        {name: values.T for name, values in signals.items()},
        {"prediction": predictions[-1]},
        {"prediction": predictions.T},
        (0,) * len(numbers),
    )
    return UnitDynamics(dynamics, (known >> 32).astype(np.int32), (known & 0xFFFFFFFF).astype(np.int32), gold)


def _united(keys: Sequence[Array]) -> Array:
    """The keys of all epochs, sorted, each once; as a rule every epoch has the same, sorted already."""
    first = keys[0]
    if (first[1:] > first[:-1]).all() and all(np.array_equal(first, key) for key in keys[1:]):
        return first
    return np.unique(np.concatenate(keys))
