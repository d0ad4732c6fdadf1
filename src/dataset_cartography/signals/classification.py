"""Signals of single-label classification."""

import torch
from torch import Tensor


def classification_signals(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Describe each row of a classification batch.

    Args:
        logits: Shape (batch, classes), any floating dtype; computed in float32.
        labels: Shape (batch,), integer gold labels; one that is no class (-100, say) means "no label" and gives NaN.

    Returns:
        Tensors of shape (batch,): `gold_logprob` (≤ 0), `margin` (gold logit minus largest other logit,
        Pleiss et al. 2020), `el2n` (L2 norm of softmax minus one-hot, in [0, √2], Paul et al. 2021),
        `prediction` (class index), `correct` (the prediction is the label).
    """
    logits = logits.detach().float()
    classes = logits.shape[-1]
    labelled = (labels >= 0) & (labels < classes)
    gold = labels.clamp(0, classes - 1).unsqueeze(-1)
    log_probabilities = logits.log_softmax(-1)
    gold_logprob = log_probabilities.gather(-1, gold).squeeze(-1)
    others = logits.scatter(-1, gold, -torch.inf)
    margin = logits.gather(-1, gold).squeeze(-1) - others.amax(-1)
    probabilities = log_probabilities.exp()
    one_hot = torch.zeros_like(probabilities).scatter_(-1, gold, 1.0)
    el2n = torch.linalg.vector_norm(probabilities - one_hot, dim=-1)
    prediction = logits.argmax(-1)
    return {
        "gold_logprob": torch.where(labelled, gold_logprob, torch.nan),
        "margin": torch.where(labelled, margin, torch.nan),
        "el2n": torch.where(labelled, el2n, torch.nan),
        "correct": prediction == labels,
        "prediction": prediction,
    }
