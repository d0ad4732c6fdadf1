"""Signals of extractive question answering, per window.

The model scores starts and ends independently, so a span (s, e) has the logit z_s + z_e and the probability
P(s)·P(e) = exp(-2 · loss) under the objective it is trained on. Which windows of an example count, and how
they are pooled, is decided when reading (`dataset_cartography.dynamics`); here nothing is thrown away.
"""

import torch
from torch import Tensor

MAX_ANSWER_LENGTH = 30
"""Longest decodable answer in tokens, as in the usual SQuAD decoding."""


def span_signals(
    start_logits: Tensor,
    end_logits: Tensor,
    start_positions: Tensor,
    end_positions: Tensor,
    *,
    context_start: Tensor | None = None,
    context_end: Tensor | None = None,
    gold_spans: Tensor | None = None,
    cls_index: Tensor | None = None,
    max_answer_length: int = MAX_ANSWER_LENGTH,
) -> dict[str, Tensor]:
    """Describe each window of a question-answering batch.

    Args:
        start_logits: Shape (batch, length), any floating dtype; computed in float32.
        end_logits: Shape (batch, length).
        start_positions: Shape (batch,), the training target's first token; [CLS] = no answer in this
            window; a position ≥ length marks a window that the loss ignores and gives NaN.
        end_positions: Shape (batch,), the training target's last token.
        context_start: Shape (batch,), first context token; default 1, the token after [CLS].
        context_end: Shape (batch,), last context token, inclusive; default the last token.
        gold_spans: Shape (batch, spans, 2), the distinct gold spans in token positions, padded with -1;
            default the training target alone.
        cls_index: Shape (batch,), the token that stands for "no answer"; default 0.
        max_answer_length: Longest decodable span, in tokens.

    Returns:
        Tensors of shape (batch,) named as in `schema.QUESTION_ANSWERING`; `prediction_start` and
        `prediction_end` are token positions, inclusive, -1 where the window has no context. `margin` is the
        best gold span's logit minus the best other decodable span's; in a window without an answer the gold
        is [CLS], so it is the null logit minus the best span's.
    """
    start_logits, end_logits = start_logits.detach().float(), end_logits.detach().float()
    batch, length = start_logits.shape
    # Relative to each row's maximum: a large log-sum-exp, subtracted, would take the last digits with it.
    start_max, end_max = start_logits.amax(-1, keepdim=True), end_logits.amax(-1, keepdim=True)
    start_logits, end_logits = start_logits - start_max, end_logits - end_max
    start_lse, end_lse = start_logits.logsumexp(-1), end_logits.logsumexp(-1)
    lse = start_lse + end_lse

    target = torch.stack([start_positions, end_positions], dim=-1)
    in_loss = (target < length).all(
        -1
    )  # Negative positions are clamped to [CLS] by the models, hence here too.
    target = target.clamp(0, length - 1)
    start_logprob = _pick(start_logits, target[:, 0]) - start_lse
    end_logprob = _pick(end_logits, target[:, 1]) - end_lse
    null = cls_index if cls_index is not None else torch.zeros_like(start_positions)
    null_logit = _pick(start_logits, null) + _pick(end_logits, null)

    position = torch.arange(length, device=start_logits.device)
    first = context_start.unsqueeze(-1) if context_start is not None else 1
    last = context_end.unsqueeze(-1) if context_end is not None else length - 1
    in_context = (position >= first) & (position <= last)

    has_target = _pick(in_context.expand(batch, length), target[:, 0]) & in_loss
    if gold_spans is None:
        gold_spans = torch.where(has_target[:, None, None], target.unsqueeze(1), -1)
    is_gold = (gold_spans[..., 0] >= 0) & (gold_spans[..., 1] >= 0)
    has_answer = is_gold.any(-1) & in_loss
    gold_start, gold_end = gold_spans.clamp(0, length - 1).unbind(-1)
    gold_start_logits, gold_end_logits = start_logits.gather(1, gold_start), end_logits.gather(1, gold_end)
    # Summed as the target's own two terms are, so that for a single gold span it is exactly their sum.
    gold_logprobs = (gold_start_logits - start_lse.unsqueeze(1)) + (gold_end_logits - end_lse.unsqueeze(1))
    gold_logprob = gold_logprobs.masked_fill(~is_gold, -torch.inf).logsumexp(-1)
    gold_logprob = torch.where(has_answer, gold_logprob, start_logprob + end_logprob)
    # A gold span that is too long to be decoded can be the answer, but never the prediction: it stands against the
    # other spans only where no shorter one does.
    extent = gold_end - gold_start
    decodable_gold = is_gold & (extent >= 0) & (extent < max_answer_length)
    can_hit = decodable_gold.any(-1, keepdim=True)
    candidates = torch.where(can_hit, decodable_gold, is_gold)
    gold_logits = (gold_start_logits + gold_end_logits).masked_fill(~candidates, -torch.inf)
    best_gold = gold_logits.argmax(-1, keepdim=True)
    gold_logit = torch.where(has_answer, gold_logits.gather(1, best_gold).squeeze(1), null_logit)

    other_logit, other_start, other_end = _best_other_span(
        start_logits.masked_fill(~in_context, -torch.inf),
        end_logits.masked_fill(~in_context, -torch.inf),
        gold_start,
        gold_end,
        is_gold,
        min(max_answer_length, length),
    )
    gold_start, gold_end = (
        gold_start.gather(1, best_gold).squeeze(1),
        gold_end.gather(1, best_gold).squeeze(1),
    )
    # Low precision makes ties common; they go to the earlier span, as in decoding, not to the gold one.
    earlier = (gold_start < other_start) | ((gold_start == other_start) & (gold_end < other_end))
    gold_wins = (
        has_answer
        & can_hit.squeeze(-1)
        & ((gold_logit > other_logit) | ((gold_logit == other_logit) & earlier))
    )
    prediction_logit = torch.where(gold_wins, gold_logit, other_logit)
    decodable = torch.isfinite(prediction_logit)
    prediction_start = torch.where(gold_wins, gold_start, other_start)
    prediction_end = torch.where(gold_wins, gold_end, other_end)
    return {
        "start_logprob": torch.where(in_loss, start_logprob, torch.nan),
        "end_logprob": torch.where(in_loss, end_logprob, torch.nan),
        "gold_logprob": torch.where(in_loss, gold_logprob, torch.nan),
        "null_logprob": null_logit - lse,
        "start_lse": start_lse + start_max.squeeze(-1),
        "end_lse": end_lse + end_max.squeeze(-1),
        "prediction_logprob": prediction_logit - lse,
        "margin": torch.where(in_loss, gold_logit - other_logit, torch.nan),
        "prediction_start": torch.where(decodable, prediction_start, -1),
        "prediction_end": torch.where(decodable, prediction_end, -1),
        "has_answer": has_answer,
        "has_target": has_target,
        "correct": gold_wins,
    }


def _pick(values: Tensor, positions: Tensor) -> Tensor:
    """Take one value per row: (batch, length), (batch,) -> (batch,)."""
    return values.gather(1, positions.unsqueeze(-1)).squeeze(-1)


def _best_other_span(
    start_logits: Tensor, end_logits: Tensor, gold_start: Tensor, gold_end: Tensor, is_gold: Tensor, cap: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Find the best span of at most `cap` tokens that is no gold span: its logit, first and last token.

    A sliding maximum gives each start its best end, so s ≤ e and the length cap need no (length, length)
    matrix. Only starts of gold spans can have a best end that does not count; theirs is searched again.
    """
    padded = torch.nn.functional.pad(end_logits, (0, cap - 1), value=-torch.inf)
    end_logit, end = torch.nn.functional.max_pool1d(padded, cap, stride=1, return_indices=True)

    reach = torch.arange(cap, device=padded.device)
    ends = gold_start.unsqueeze(-1) + reach
    candidates = padded.gather(1, ends.flatten(1)).view(ends.shape)
    # (batch, span, other span, cap): an end is struck out if any gold span with this start has it.
    same_start = (gold_start.unsqueeze(2) == gold_start.unsqueeze(1)) & is_gold.unsqueeze(1)
    struck = (same_start.unsqueeze(-1) & (ends.unsqueeze(2) == gold_end[:, None, :, None])).any(2)
    second_logit, second = candidates.masked_fill(struck, -torch.inf).max(-1)
    # Padding entries point at [CLS], which is never in the context, so what they write there is harmless.
    end_logit = end_logit.scatter(1, gold_start, second_logit)
    end = end.scatter(1, gold_start, gold_start + second)

    logit, start = (start_logits + end_logit).max(-1)
    return logit, start, _pick(end, start)
