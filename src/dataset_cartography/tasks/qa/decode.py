"""Logits of windows -> one answer an example, as Hugging Face's `postprocess_qa_predictions` finds it."""

from typing import Any, NamedTuple

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from dataset_cartography.errors import InputError

BATCH = 1024  # windows searched at a time

Logits = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


class Prediction(NamedTuple):
    """The answer to one example.

    Attributes:
        text: The answer's characters in the context; empty for "unanswerable" and where no span is valid.
        start: First character in the context, -1 if the text is empty.
        end: One past the last character, -1 if the text is empty.
        score: Start logit plus end logit of the best span, chosen or not; -inf if there is none.
        null_score: The same for the empty answer, the lowest over the example's windows; inf without windows.
    """

    text: str
    start: int
    end: int
    score: float
    null_score: float


def decode_answers(
    examples: datasets.Dataset,
    features: datasets.Dataset,
    start_logits: Logits,
    end_logits: Logits,
    *,
    n_best: int = 20,
    max_answer_length: int = 30,
    version_2_with_negative: bool = False,
    null_score_diff_threshold: float = 0.0,
) -> dict[Any, Prediction]:
    """Find each example's best answer over its windows.

    The best span is the one with the highest sum of start and end logit, over all windows, among the spans of
    context tokens whose start is one of the window's `n_best` starts and whose end one of its `n_best` ends.

    Args:
        examples: With columns ``id`` and ``context``.
        features: Their windows, as `prepare_eval_features` or `prepare_train_features` returns them.
        start_logits: (windows, tokens), rows as in `features`; columns beyond a window's tokens are ignored.
        end_logits: The same for ends.
        n_best: Candidates per window for start and for end.
        max_answer_length: Most tokens in an answer.
        version_2_with_negative: Whether an example may be unanswerable: the answer is empty where its null
            score exceeds the best score by more than the threshold.
        null_score_diff_threshold: That threshold.

    Returns:
        Example id to `Prediction`, in the order of `examples`.

    Raises:
        InputError: Logits and windows do not match, or a window belongs to no example.
    """
    if start_logits.shape != end_logits.shape or start_logits.ndim != 2 or len(start_logits) != len(features):
        raise InputError(
            f"The logits do not match the windows: {start_logits.shape} for starts and {end_logits.shape} "
            f"for ends, but {len(features)} windows."
        )
    columns = ["example_id", "offset_mapping", "context_start", "context_end"]
    nulls = ["cls_index"] if "cls_index" in features.column_names else []
    table = features.select_columns([*columns, *nulls]).with_format("arrow")[:]
    lengths = pc.list_value_length(table["offset_mapping"]).to_numpy()
    bounds = table["context_start"].to_numpy(), table["context_end"].to_numpy()
    cls = table["cls_index"].to_numpy() if nulls else np.zeros(len(features), dtype=np.int64)

    ids = examples["id"][:]
    index_of = {id_: index for index, id_ in enumerate(ids)}
    try:
        example = np.array([index_of[id_] for id_ in table["example_id"].to_pylist()], dtype=np.int64)
    except KeyError as error:
        raise InputError(f"A window belongs to example {error}, which is not among the examples.") from error

    score = np.empty(len(features), dtype=np.float32)
    first, last = np.empty((2, len(features)), dtype=np.int64)
    for begin in range(0, len(features), BATCH):
        rows = slice(begin, begin + BATCH)
        score[rows], first[rows], last[rows] = best_spans(
            start_logits[rows],
            end_logits[rows],
            lengths[rows],
            (bounds[0][rows], bounds[1][rows]),
            n_best=n_best,
            max_answer_length=max_answer_length,
        )
    null_scores = np.full(len(ids), np.inf, dtype=np.float32)
    window = np.arange(len(features))
    nulls_of_windows = start_logits[window, cls] + end_logits[window, cls]
    np.minimum.at(
        null_scores, example, np.nan_to_num(nulls_of_windows, nan=np.inf, posinf=np.inf, neginf=-np.inf)
    )

    order = np.lexsort((-score, example))  # stable: of equal windows the first
    winners = order[np.flatnonzero(np.diff(example[order], prepend=-1))]
    found = {int(example[row]): int(row) for row in winners if np.isfinite(score[row])}
    offsets = table["offset_mapping"]
    contexts = examples.select_columns(["context"]).with_format("arrow")[:]["context"]
    predictions = {}
    for index, id_ in enumerate(ids):
        row, null = found.get(index), float(null_scores[index])
        best = -np.inf if row is None else float(score[row])
        if row is None or (version_2_with_negative and null - best > null_score_diff_threshold):
            predictions[id_] = Prediction("", -1, -1, best, null)
            continue
        start = offsets[row][int(first[row])].as_py()[0]
        end = offsets[row][int(last[row])].as_py()[1]
        predictions[id_] = Prediction(contexts[index].as_py()[start:end], start, end, best, null)
    return predictions


def best_spans(
    start_logits: Logits,
    end_logits: Logits,
    lengths: Indices,
    context: tuple[Indices, Indices],
    *,
    n_best: int,
    max_answer_length: int,
) -> tuple[npt.NDArray[np.float32], Indices, Indices]:
    """The best valid span of each window.

    Args:
        start_logits: (windows, tokens).
        end_logits: (windows, tokens).
        lengths: (windows,) tokens that are no padding.
        context: First and last context token of each window, inclusive, (windows,) each.
        n_best: Candidates for start and for end.
        max_answer_length: Most tokens in a span.

    Returns:
        Score (-inf if no span is valid), first and last token; (windows,) each.
    """
    starts, start_scores = _top(start_logits, lengths, n_best)
    ends, end_scores = _top(end_logits, lengths, n_best)
    low, high = (bound[:, None] for bound in context)
    start_scores = np.where((starts >= low) & (starts <= high), start_scores, -np.inf)
    end_scores = np.where((ends >= low) & (ends <= high), end_scores, -np.inf)
    size = ends[:, None, :] - starts[:, :, None] + 1
    scores = start_scores[:, :, None] + end_scores[:, None, :]
    scores = np.where((size >= 1) & (size <= max_answer_length), scores, -np.inf).reshape(len(scores), -1)
    best = scores.argmax(axis=1)
    row = np.arange(len(scores))
    return scores[row, best], starts[row, best // ends.shape[1]], ends[row, best % ends.shape[1]]


def _top(logits: Logits, lengths: Indices, count: int) -> tuple[Indices, npt.NDArray[np.float32]]:
    """Each row's highest logits in falling order, padding and NaN left aside."""
    real = np.arange(logits.shape[1]) < lengths[:, None]
    values = np.where(real & ~np.isnan(logits), logits, -np.inf).astype(np.float32)
    count = min(count, values.shape[1])
    top = np.argpartition(-values, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(values, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    return top, np.take_along_axis(values, top, axis=1)
