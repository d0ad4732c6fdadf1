"""From windows to examples: what the gold probability of a question is, and when it is answered correctly.

Per answer-bearing window p = P(start)·P(end), the likelihood of the gold span under the objective the model is
trained on; an example's p is the best of its answer-bearing windows, because at decoding any window suffices.
A window without the answer is trained towards [CLS] and never takes the answer's place. An unanswerable
question needs *every* window to say so: the minimum of P(null). An answer cut off in every window is missing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.reading import Reading
from dataset_cartography.log import Rows

Array = npt.NDArray[Any]

COLUMNS = (
    "start_logprob",
    "end_logprob",
    "gold_logprob",
    "null_logprob",
    "start_lse",
    "end_lse",
    "prediction_logprob",
    "margin",
    "has_answer",
    "has_target",
    "correct",
)
PREDICTION_COLUMNS = ("prediction_start", "prediction_end")


def pool_windows(
    window_rows: Rows, answerable: Array, *, reading: Reading, null_allowed: bool
) -> dict[str, Array]:
    """Pool one epoch's window rows into example rows.

    Args:
        window_rows: Columns as in `schema.QUESTION_ANSWERING`, the windows of an example side by side.
        answerable: Shape (examples,), whether each example of the dataset has an answer at all.
        reading: How to read.
        null_allowed: Whether "no answer" competes with spans when decoding (SQuAD v2 data).

    Returns:
        Arrays of shape (seen examples,): `example`, `gold_probability`, `correct` (0, 1, or NaN where the
        answer is cut off), `margin`, `loss` (-log p / 2 of the pooled span, which for one window is the
        training loss), `presentations` (of the window presented most often), `windows_seen`, and, where
        recorded, `prediction_start`, `prediction_end` (-1 = no answer).
    """
    rows = window_rows.columns
    example = rows["example"]
    if not len(example):
        names = ("gold_probability", "correct", "margin", "loss", "presentations", "windows_seen")
        recorded = [name for name in PREDICTION_COLUMNS if name in rows]
        return {"example": example, **{name: np.empty(0) for name in (*names, *recorded)}}
    starts = np.flatnonzero(np.concatenate(([True], example[1:] != example[:-1])))
    seen = example[starts]
    can_answer = answerable[seen]
    has_answer = rows["has_answer"].astype(bool)
    lse = rows["start_lse"] + rows["end_lse"]
    highest = _Pool(np.maximum, starts)
    lowest = _Pool(np.minimum, starts)

    # Gold probability.
    first = rows["start_logprob"] + rows["end_logprob"]
    gold = first if reading.answers == "first" else rows["gold_logprob"]
    null = rows["null_logprob"]
    if reading.probability == "mean":
        first = rows["start_logprob"]
        gold = np.log((np.exp(first) + np.exp(rows["end_logprob"])) / 2)
        null = gold  # An unanswerable example's targets are all [CLS]; only its null is ever used.
    elif reading.probability == "geometric":
        gold, null = gold / 2, null / 2
    # The first answer may lie in fewer windows than the gold answers together.
    bears = (
        has_answer
        if reading.answers == "all" and reading.probability != "mean"
        else rows["has_target"].astype(bool)
    )
    bearing = np.where(bears, gold, np.float32(-np.inf))
    match reading.windows:
        case "max":
            answer_logprob = highest(bearing)
        case "mean":
            count = np.add.reduceat(bears.astype(np.int64), starts)
            with np.errstate(divide="ignore", invalid="ignore"):
                answer_logprob = np.log(np.add.reduceat(np.exp(bearing), starts) / count)
        case "shared_norm":
            scale = 0.5 if reading.probability == "geometric" else 1.0
            shared = _log_sum_exp(rows["start_lse"], starts) + _log_sum_exp(rows["end_lse"], starts)
            own = lse * scale  # Windows overlap, so one span may stand in two: the larger, not their sum.
            answer_logprob = highest(bearing + own) - shared * scale
    logprob = np.where(can_answer, answer_logprob, lowest(null))
    logprob = np.where(np.isneginf(logprob), np.float32(np.nan), logprob)

    # Decoding over windows works on logits, which the log-sum-exps give back.
    null_logit = lowest(rows["null_logprob"] + lse)
    prediction = _nan_is_lowest(rows["prediction_logprob"] + lse)
    best_prediction = highest(prediction)
    best_row = _first_at_maximum(prediction, starts)
    margin = rows["margin"]
    # The prediction is the best gold span or the best other one, and the margin is their difference.
    hit_window = rows["correct"].astype(bool)
    other = np.where(hit_window, prediction - margin, prediction)
    gold = _nan_is_lowest(np.where(hit_window, prediction, prediction + margin))
    gold_logit = highest(np.where(has_answer, gold, np.float32(-np.inf)))
    other_logit = highest(_nan_is_lowest(other))
    if null_allowed:
        other_logit = np.maximum(other_logit, null_logit)
    says_null = null_logit > best_prediction if null_allowed else np.zeros(len(seen), bool)
    hit = hit_window[best_row] & ~says_null
    with np.errstate(invalid="ignore"):
        pooled_margin = np.where(can_answer, gold_logit - other_logit, null_logit - best_prediction)
    known = ~np.isnan(logprob)
    pooled = {
        "example": seen,
        "gold_probability": np.exp(logprob),
        "correct": np.where(known, np.where(can_answer, hit, says_null), np.nan),
        "margin": np.where(known & np.isfinite(pooled_margin), pooled_margin, np.nan),
        "loss": -logprob * (1.0 if reading.probability in ("geometric", "mean") else 0.5),
        "presentations": highest(window_rows.presentations),
        "windows_seen": np.diff(starts, append=len(example)),
    }
    for name in PREDICTION_COLUMNS:
        if name in rows:
            pooled[name] = np.where(says_null, -1, rows[name][best_row])
    return pooled


def _nan_is_lowest(values: Array) -> Array:
    lowest: Array = np.where(np.isnan(values), np.float32(-np.inf), values)
    return lowest


class _Pool:
    """Reduce consecutive rows of an example by a ufunc."""

    def __init__(self, ufunc: np.ufunc, starts: Array) -> None:
        self._ufunc = ufunc
        self._starts = starts

    def __call__(self, values: Array) -> Array:
        if len(values) == len(self._starts):  # One window each: nothing to pool.
            return values
        reduced: Array = self._ufunc.reduceat(values, self._starts)
        return reduced


def _log_sum_exp(values: Array, starts: Array) -> Array:
    highest = np.maximum.reduceat(values, starts)
    spread = np.repeat(highest, np.diff(np.append(starts, len(values))))
    summed: Array = highest + np.log(np.add.reduceat(np.exp(values - spread), starts))
    return summed


def _first_at_maximum(values: Array, starts: Array) -> Array:
    """Position of each example's largest value, the first one on ties."""
    if len(values) == len(starts):
        return starts
    sizes = np.diff(np.append(starts, len(values)))
    best = np.repeat(np.maximum.reduceat(values, starts), sizes)
    hits = np.flatnonzero(values == best)
    owner = np.repeat(np.arange(len(starts)), sizes)[hits]
    first: Array = hits[np.concatenate(([True], owner[1:] != owner[:-1]))]
    return first
