"""The loss of each row of a batch, from what the model answered: cross-entropy, with smoothed labels if asked for."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from transformers.utils import ModelOutput

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.labels import described, one_logits
from dataset_cartography.integrations.transformers.questions import two_logits

IGNORED = -100
SPANS = ("start_positions", "end_positions")


def label_losses(logits: Tensor, labels: Tensor, smoothing: Tensor) -> Tensor:
    """Cross-entropy with each row's own label smoothing.

        l_i = (1 - epsilon_i) (-log p_i(y_i)) + epsilon_i / K  sum_k -log p_i(k)

    Args:
        logits: Shape (rows, K).
        labels: Shape (rows,); -100 for a row without a loss.
        smoothing: Shape (rows,), epsilon.

    Returns:
        Shape (rows,), float32; 0 where there is none.
    """
    surprise = -logits.float().log_softmax(-1)
    return _smoothed(surprise, labels, labels != IGNORED, surprise.mean(-1), smoothing)


def span_losses(
    start_logits: Tensor,
    end_logits: Tensor,
    starts: Tensor,
    ends: Tensor,
    smoothing: Tensor,
    mask: Tensor | None,
) -> Tensor:
    """The mean of the start's and the end's cross-entropy, each with each row's own label smoothing.

        l_i = 1/2 (s_i + e_i),  each  (1 - epsilon_i) (-log p_i(y_i)) + epsilon_i / |S_i|  sum_{j in S_i} -log p_i(j)

    where p_i is over all positions, as the model's own loss has it, and S_i are those that the attention mask keeps:
    padding is no answer, and how much of it a row has depends on its neighbours.

    Args:
        start_logits: Shape (rows, positions).
        end_logits: The same.
        starts: Shape (rows,); beyond the last position for a row without a loss. Negative ones are 0, as in the models.
        ends: The same.
        smoothing: Shape (rows,), epsilon.
        mask: Shape (rows, positions), 1 where attention is paid; None if nothing is padded.

    Returns:
        Shape (rows,), float32; 0 where there is none.
    """
    counts = answered(starts, ends, start_logits.shape[-1])
    kept = torch.ones_like(start_logits, dtype=torch.bool) if mask is None else mask.bool()
    parts = []
    for logits, target in ((start_logits, starts), (end_logits, ends)):
        surprise = -logits.float().log_softmax(-1)
        spread = surprise.masked_fill(~kept, 0).sum(-1) / kept.sum(-1)
        parts.append(_smoothed(surprise, target, counts, spread, smoothing))
    return torch.stack(parts).mean(0)


def answered(starts: Tensor, ends: Tensor, positions: int) -> Tensor:
    """Which windows have a loss: those whose answer begins and ends within them. Shape (rows,)."""
    return (starts < positions) & (ends < positions)


def _smoothed(surprise: Tensor, targets: Tensor, counts: Tensor, spread: Tensor, smoothing: Tensor) -> Tensor:
    gold = surprise.gather(-1, torch.where(counts, targets, 0).clamp(min=0).unsqueeze(-1)).squeeze(-1)
    # Without smoothing the rest stays out altogether: a model may say -inf of a position.
    spread = torch.where(smoothing > 0, spread, 0)
    return torch.where(counts, (1 - smoothing) * gold + smoothing * spread, 0)


def targets_of(inputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """What a batch is to be answered with: `labels` of shape (rows,), or positions.

    Raises:
        InputError: It has neither, or labels of another kind.
    """
    if all(isinstance(inputs.get(name), Tensor) for name in SPANS):
        return {name: inputs[name].reshape(-1) for name in SPANS}
    labels = next(
        (inputs[name] for name in ("labels", "label") if isinstance(inputs.get(name), Tensor)), None
    )
    if labels is None or labels.is_floating_point() or (labels.ndim != 1 and labels.shape[1:] != (1,)):
        told = ", ".join(map(repr, inputs)) if labels is None else f"labels of shape {tuple(labels.shape)}"
        raise InputError(
            "A loss is weighed or smoothed by example for one whole-number label an example, or for an answer's start "
            f"and end; this batch has {told}."
        )
    return {"labels": labels.reshape(-1)}


def with_a_loss(inputs: Mapping[str, Any]) -> Tensor:
    """Which rows of a batch have a loss. Shape (rows,)."""
    targets = targets_of(inputs)
    if "labels" in targets:
        return targets["labels"] != IGNORED
    long = next(inputs[name] for name in ("input_ids", "inputs_embeds", "attention_mask") if name in inputs)
    starts, ends = (targets[name] for name in SPANS)
    return answered(starts, ends, long.shape[1])


def row_losses(inputs: Mapping[str, Any], outputs: Any, smoothing: Tensor) -> Tensor:
    """Each row's loss, of a classifier, a choice, or an answer's start and end.

    Args:
        inputs: The batch.
        outputs: What the model answered.
        smoothing: Shape (rows,).

    Returns:
        Shape (rows,).

    Raises:
        InputError: There is no loss of such a kind to be computed.
    """
    targets = targets_of(inputs)
    if "labels" not in targets:
        mask = inputs.get("attention_mask")
        starts, ends = (targets[name] for name in SPANS)
        return span_losses(*two_logits(outputs), starts, ends, smoothing, mask)
    logits = one_logits(outputs)
    if logits is None or len(logits) != len(targets["labels"]) or logits.shape[1] < 2:
        raise InputError(
            "A loss is weighed or smoothed by example where a model gives logits of shape (batch, labels), but this "
            f"one gave {described(outputs)}."
        )
    return label_losses(logits, targets["labels"], smoothing)


def rows_asked(loss: Callable[..., Tensor], outputs: Any, labels: Any, counts: Tensor) -> Tensor:
    """Each row's loss by a trainer's own `compute_loss_func`, which is asked about one row after the other.

    Args:
        loss: It, of outputs, labels and `num_items_in_batch`.
        outputs: What the model answered about the batch.
        labels: The batch's, or None.
        counts: Shape (rows,), which rows have a loss.

    Returns:
        Shape (rows,), float32; 0 where there is none.
    """
    one, rows = torch.ones((), dtype=torch.long), len(counts)
    answers = (
        outputs.values()
        if isinstance(outputs, Mapping)
        else outputs
        if isinstance(outputs, tuple)
        else (outputs,)
    )
    # Part of the graph, as every process's loss has to be, also where no row has one.
    none = next(each for each in answers if isinstance(each, Tensor) and each.ndim).float().sum() * 0
    losses = [
        loss(_row(outputs, row, rows), _row(labels, row, rows), num_items_in_batch=one).float().reshape(())
        if counted
        else none
        for row, counted in enumerate(counts.tolist())
    ]
    return torch.stack(losses)


def _row(value: Any, row: int, rows: int) -> Any:
    """One row of outputs or labels, in the form that they have."""
    if isinstance(value, Tensor):
        return value[row : row + 1] if value.ndim and len(value) == rows else value
    if isinstance(value, Mapping):
        parts = {name: _row(each, row, rows) for name, each in value.items() if name != "loss"}
        return type(value)(**parts) if isinstance(value, ModelOutput) else parts
    if isinstance(value, (tuple, list)):
        return type(value)(_row(each, row, rows) for each in value)
    return value
