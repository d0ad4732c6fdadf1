"""Signals of language models: what a sequence's target tokens were given."""

from dataclasses import dataclass

import torch
from torch import Tensor

from dataset_cartography.signals.units import FEATURE

IGNORED = -100
"""The label of a token that is no target: of the prompt, or padding."""

_VALUES_AT_ONCE = {"cpu": 2**21}  # little enough for a processor's cache to matter
_OTHERWISE = 2**24  # 64 MB


@dataclass(frozen=True)
class Pieces:
    """Which piece each token of a batch belongs to: a sequence, or one of several packed into a row.

    Attributes:
        number: Shape (batch, length), the piece's number in the batch; of padding any of them.
        first: Shape (batch, length), whether a token is its piece's first.
        count: How many pieces the batch holds.
    """

    number: Tensor
    first: Tensor
    count: int

    @classmethod
    def rows(cls, labels: Tensor) -> "Pieces":
        """A piece for every row of a batch, on whichever side it is padded."""
        batch, length = labels.shape
        number = torch.arange(batch, device=labels.device)[:, None].expand(batch, length)
        return cls(number, torch.zeros_like(labels, dtype=torch.bool), batch)

    @classmethod
    def packed(cls, lengths: Tensor, in_rows: Tensor | None, labels: Tensor, mask: Tensor | None) -> "Pieces":
        """Pieces that lie end to end.

        Args:
            lengths: Shape (pieces,), how many tokens each has, in the batch's order.
            in_rows: Shape (batch,), how many pieces lie in each row; None where all lie in the only one.
            labels: Shape (batch, length).
            mask: Shape (batch, length), which tokens are no padding; None where padding is on the right.
        """
        ends = lengths.cumsum(0)
        place = torch.arange(labels.shape[1], device=labels.device).expand_as(labels)
        if mask is not None:
            place = mask.long().cumsum(1) - 1
        if in_rows is not None:
            before = in_rows.cumsum(0) - in_rows  # pieces in the rows above
            place = place + (ends - lengths)[before.clamp(max=len(lengths) - 1)][:, None]
        number = torch.searchsorted(ends, place.contiguous(), right=True).clamp(max=len(lengths) - 1)
        return cls(number, place == (ends - lengths)[number], len(lengths))


def sequence_signals(
    logits: Tensor, labels: Tensor, *, shift: bool, pieces: Pieces | None = None, tokens: bool = False
) -> dict[str, Tensor]:
    """Describe what a language model gives the target tokens of a batch.

    A piece's first token is never a target of its own where `shift`: nothing of it was read before.

    Args:
        logits: Shape (batch, length, vocabulary), any floating dtype; computed in float32, a few tokens at a time.
            Where they are longer than the labels, virtual tokens come before.
        labels: Shape (batch, length), the tokens' ids; -100 is no target.
        shift: Whether a token is predicted by the place before it (a decoder), or by its own (an encoder-decoder's).
        pieces: Which piece each token belongs to; default: each row is one.
        tokens: Whether every target token is a row of its own.

    Returns:
        Tensors of shape (pieces,), or (target tokens or more,), named as the columns of `schema.CAUSAL_LM`, with `unit`
        and `FEATURE`: the piece's number in the batch. `unit` is -1 where a row is to be left out: a piece without a
        target, or a place that is none; else 0, or the token's number among its piece's targets.
    """
    logits = logits.detach()[:, logits.shape[1] - labels.shape[1] :]
    pieces = pieces or Pieces.rows(labels)
    number, target = pieces.number, labels != IGNORED
    if shift:
        logits, labels = logits[:, :-1], labels[:, 1:]
        number, target = number[:, 1:], target[:, 1:] & ~pieces.first[:, 1:]
    told = _TokenSignals.of(logits, labels, target, predictions=tokens)
    return _rows(told, number, target, pieces.count, tokens=tokens)


def answered_signals(
    logprobs: Tensor,
    right: Tensor,
    labels: Tensor,
    *,
    pieces: Pieces | None = None,
    tokens: bool = False,
) -> dict[str, Tensor]:
    """The same of a decoder that tells its target tokens' log-probabilities and no logits, as TRL's do.

    Args:
        logprobs: Shape (batch, length - 1).
        right: Shape (batch, length - 1), whether the token is the likeliest.
        labels: Shape (batch, length), as in `sequence_signals`.
        pieces: As there.
        tokens: As there.

    Returns:
        As `sequence_signals`; what cannot be known is NaN (the margin) or -1 (what is predicted instead of a token).
    """
    pieces = pieces or Pieces.rows(labels)
    size = labels.shape[1] - 1
    labels, number = labels[:, 1:], pieces.number[:, 1:]
    target = (labels != IGNORED) & ~pieces.first[:, 1:]
    logprobs, right = (values.detach()[:, -size:].reshape(-1) for values in (logprobs, right))
    gold = labels.reshape(-1)
    told = _TokenSignals(
        gold,
        logprobs.float(),
        torch.full_like(logprobs, torch.nan, dtype=torch.float32),
        right.bool(),
        torch.where(right.bool(), gold, -1),
    )
    if _on_host(target):
        told = told.at(target.reshape(-1).nonzero().squeeze(1))
    return _rows(told, number, target, pieces.count, tokens=tokens)


@dataclass(frozen=True)
class _TokenSignals:
    """Of each target token, or on an accelerator of each place, all of shape (tokens,)."""

    gold: Tensor
    logprob: Tensor
    margin: Tensor
    right: Tensor
    prediction: Tensor

    def at(self, places: Tensor) -> "_TokenSignals":
        return _TokenSignals(*(values[places] for values in vars(self).values()))

    @classmethod
    def of(cls, logits: Tensor, labels: Tensor, target: Tensor, *, predictions: bool) -> "_TokenSignals":
        on_host, vocabulary = _on_host(logits), logits.shape[-1]
        size = max(1, _VALUES_AT_ONCE.get(logits.device.type, _OTHERWISE) // vocabulary)
        parts = []
        for row, gold in enumerate(labels.clamp(0, vocabulary - 1)):
            begin, end = 0, len(gold)
            if on_host:  # where asking costs no waiting: from a row's first target to its last
                chosen = target[row].nonzero().squeeze(1).tolist()
                begin, end = (chosen[0], chosen[-1] + 1) if chosen else (0, 0)
            for start in range(begin, end, size):
                part = slice(start, min(start + size, end))
                told = _of_some(logits[row, part], gold[part], on_host=on_host, predictions=predictions)
                parts.append(told.at(target[row, part]) if on_host else told)
        return cls.joined(parts, logits.device)

    @classmethod
    def joined(cls, parts: list["_TokenSignals"], device: torch.device) -> "_TokenSignals":
        if not parts:
            none = torch.empty(0, device=device)
            return cls(none.long(), none, none, none.bool(), none.long())
        return cls(
            *(torch.cat(values) for values in zip(*(vars(part).values() for part in parts), strict=True))
        )


def _on_host(values: Tensor) -> bool:
    """Whether asking what a tensor holds costs no waiting for a device."""
    return values.device.type == "cpu"


def _of_some(logits: Tensor, gold: Tensor, *, on_host: bool, predictions: bool) -> _TokenSignals:
    """What some tokens were given, by their logits (tokens, vocabulary)."""
    at = gold[:, None]
    # What recording costs is what goes over the whole vocabulary: this and the largest of the others, nothing else.
    scores = logits.log_softmax(1, dtype=torch.float32)
    own = scores.gather(1, at).squeeze(1)
    scores.scatter_(1, at, -torch.inf)
    if on_host and not predictions:
        largest, winner = scores.amax(1), torch.full_like(gold, -1)
    else:
        largest, winner = scores.max(1)
    margin = own - largest.clamp(min=torch.finfo(torch.float32).min)
    if on_host:
        # Where two are the largest, the first counts, as in argmax: rare, and dear to find out.
        tied = (margin == 0).nonzero().squeeze(1)
        first = logits[tied].argmax(1)
        right = (margin > 0).index_copy_(0, tied, first == gold[tied])
        prediction = torch.where(margin > 0, gold, winner).index_copy_(0, tied, first)
    else:
        right = (margin > 0) | ((margin == 0) & (gold < winner))
        prediction = torch.where(right, gold, winner)
    return _TokenSignals(gold, own, margin, right, prediction)


def _rows(
    told: _TokenSignals, number: Tensor, target: Tensor, count: int, *, tokens: bool
) -> dict[str, Tensor]:
    """Rows of the log: a token each, or a piece each with the sums over its tokens."""
    number, target = number.reshape(-1), target.reshape(-1)
    if len(told.gold) < len(number):  # only the targets were looked at
        chosen = target.nonzero().squeeze(1)
        number, target = number[chosen], target[chosen]
    ones = target.long()
    how_many = torch.zeros(count, dtype=torch.long, device=number.device).index_add_(0, number, ones)
    if tokens:
        # Pieces lie in order, so that a token's number is that of all targets before it, less earlier pieces'.
        before = (how_many.cumsum(0) - how_many)[number]
        return {
            "gold_logprob": told.logprob,
            "lowest_logprob": told.logprob,
            "margin": told.margin,
            "tokens": ones,
            "correct_tokens": told.right,
            "gold": told.gold,
            "prediction": told.prediction,
            "unit": torch.where(target, ones.cumsum(0) - 1 - before, -1),
            FEATURE: number,
        }

    # Sums of a thousand tokens keep all their digits only where there are more.
    exact = torch.float32 if number.device.type == "mps" else torch.float64

    def total(values: Tensor, dtype: torch.dtype = exact) -> Tensor:
        # A place that is no target may hold anything, and nothing of it counts.
        counted = torch.where(target, values, torch.zeros_like(values)).to(dtype)
        return torch.zeros(count, dtype=dtype, device=values.device).index_add_(0, number, counted)

    lowest = torch.full((count,), torch.inf, device=number.device).scatter_reduce_(
        0, number, torch.where(target, told.logprob, torch.inf), "amin"
    )
    alone = torch.full_like(how_many, -1)
    return {
        "gold_logprob": total(told.logprob).float(),
        "lowest_logprob": lowest,
        "margin": total(told.margin).float(),
        "tokens": how_many,
        "correct_tokens": total(told.right, torch.long),
        "gold": alone,
        "prediction": alone,
        "unit": torch.where(how_many > 0, 0, -1),
        FEATURE: torch.arange(count, device=number.device),
    }
