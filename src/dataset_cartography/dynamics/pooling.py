"""Units and tokens to examples: an example's tags, labels or target tokens make one gold probability."""

from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.reading import Reading
from dataset_cartography.errors import InputError
from dataset_cartography.log import Rows
from dataset_cartography.schema import TaskSchema

Array = npt.NDArray[Any]

UNIT_COLUMNS = ("gold_logprob", "margin", "correct")
TOKEN_COLUMNS = ("gold_logprob", "lowest_logprob", "margin", "tokens", "correct_tokens")


def columns_of(schema: TaskSchema) -> tuple[str, ...]:
    """The columns that pooling reads."""
    return UNIT_COLUMNS if schema.pieces == "units" else TOKEN_COLUMNS


def pool_pieces(rows: Rows, schema: TaskSchema, reading: Reading) -> dict[str, Array]:
    """Pool one epoch's unit or token rows into example rows.

    With n units (tokens) of an example, p_i their gold probabilities and m_i their margins: the gold probability is
    (Π p_i)^(1/n) ("geometric", which is exp(-loss)), min p_i ("min"), Π p_i ("product") or Σ p_i / n ("mean"); `loss`
    is -Σ log p_i / n, as training has it, and `margin` Σ m_i / n, however that is; `unit_accuracy` is the share of
    units that are right, and `correct` that share, or 1 only where all of them are (`Reading.right`).

    Args:
        rows: Columns as in `columns_of`, the pieces of an example side by side; a piece of a sequence may stand for
            several tokens, of which it holds the sums.
        schema: The task's.
        reading: How to read.

    Returns:
        Arrays of shape (seen examples,): `example`, `gold_probability`, `correct`, `unit_accuracy`, `margin`, `loss`,
        `units` (how many) and `presentations` (of the piece presented most often).

    Raises:
        InputError: The mean is asked for of tokens that were recorded together.
    """
    reading, columns = reading.of(schema), rows.columns
    example = columns["example"]
    if not len(example):
        names = ("gold_probability", "correct", "unit_accuracy", "margin", "loss", "units", "presentations")
        return {"example": example, **{name: np.empty(0) for name in names}}
    starts = np.flatnonzero(np.concatenate(([True], example[1:] != example[:-1])))
    logprob = columns["gold_logprob"]
    if schema.pieces == "units":
        tokens, right, lowest = np.ones(len(example), np.int32), columns["correct"], logprob
    else:
        tokens, right, lowest = (columns[name] for name in ("tokens", "correct_tokens", "lowest_logprob"))
        if reading.pooling == "mean" and (tokens > 1).any():
            raise InputError(
                "The pooling 'mean' needs every token by itself, but this log holds the tokens of a sequence together: "
                "record with tokens=True (run.py: --cartography_tokens), or choose geometric, min or product."
            )
    count = np.add.reduceat(tokens.astype(np.int64), starts)

    def total(values: Array) -> Array:
        summed: Array = np.add.reduceat(values.astype(np.float64), starts)
        return summed

    with np.errstate(divide="ignore", invalid="ignore"):
        mean_logprob = total(logprob) / count
        accuracy = np.where(np.isnan(mean_logprob), np.nan, total(right) / count)
        match reading.pooling:
            case "geometric":
                probability = np.exp(mean_logprob)
            case "product":
                probability = np.exp(mean_logprob * count)
            case "min":
                probability = np.exp(np.minimum.reduceat(lowest.astype(np.float64), starts))
            case "mean":
                probability = total(np.exp(logprob)) / count
        margin = total(columns["margin"]) / count
    all_right = np.where(np.isnan(accuracy), np.nan, accuracy == 1)
    return {
        "example": example[starts],
        "gold_probability": probability,
        "correct": all_right if reading.right == "all" else accuracy,
        "unit_accuracy": accuracy,
        "margin": margin,
        "loss": -mean_logprob,
        "units": count,
        "presentations": np.maximum.reduceat(rows.presentations, starts),
    }
