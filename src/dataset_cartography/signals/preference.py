"""Signals of preference pairs: how much more a policy favours the chosen answer than its reference does."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def sequence_logprobs(token_logprobs: Tensor, completion: Tensor, ld_alpha: float | None = None) -> Tensor:
    """Sum the log-probabilities of the answers' tokens.

    Args:
        token_logprobs: Shape (2 · batch, length): log P of each next token, 0 outside the answers; the chosen
            answers first, then the rejected.
        completion: Shape (2 · batch, length): which of them are the answers' own.
        ld_alpha: Where given, tokens beyond the shorter answer of the pair count so much only: α of length-desensitised
            DPO (Liu et al. 2024).

    Returns:
        Shape (2 · batch,).
    """
    token_logprobs = token_logprobs.detach().float()
    if ld_alpha is not None:
        place, lengths = completion.cumsum(1), completion.sum(1).chunk(2)
        shared = torch.minimum(*lengths).repeat(2).unsqueeze(1)
        token_logprobs = token_logprobs * torch.where(place > shared, ld_alpha, 1.0)
    return token_logprobs.sum(1)


def preference_signals(
    chosen: Tensor, rejected: Tensor, reference_chosen: Tensor, reference_rejected: Tensor, *, beta: float
) -> dict[str, Tensor]:
    """Describe each pair of a batch.

    The implicit reward of an answer is β times its log-ratio, log P(answer) of the policy minus that of the
    reference; by the Bradley-Terry model the chosen answer is preferred with the probability sigmoid(margin), where
    the margin is the difference of the two rewards (Rafailov et al. 2023, equation 7).

    Args:
        chosen: Shape (batch,): the policy's log P(chosen answer).
        rejected: Shape (batch,): the policy's log P(rejected answer).
        reference_chosen: Shape (batch,): the reference's.
        reference_rejected: Shape (batch,).
        beta: β.

    Returns:
        Tensors of shape (batch,): `gold_logprob` = log sigmoid(margin) (≤ 0; minus DPO's own loss), `margin`,
        `chosen_logratio`, `rejected_logratio`, `correct` (the margin is positive), `prediction` (0 = chosen, 1 =
        rejected).
    """
    chosen_logratio = chosen.detach().float() - reference_chosen.detach().float()
    rejected_logratio = rejected.detach().float() - reference_rejected.detach().float()
    # As the rewards are logged, so that the two are the same number.
    margin = beta * chosen_logratio - beta * rejected_logratio
    correct = margin > 0
    return {
        "gold_logprob": logsigmoid(margin),
        "margin": margin,
        "chosen_logratio": chosen_logratio,
        "rejected_logratio": rejected_logratio,
        "correct": correct,
        "prediction": (~correct).to(torch.int32),
    }
