"""Signals of tasks in which an example is many decisions: its tokens' tags, the presence of each label."""

import torch
from torch import Tensor

FEATURE = "feature"
"""Key of the shape (rows,) tensor that says which feature of the batch each row belongs to."""


def tag_signals(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Describe each labelled token of a token-classification batch.

    Args:
        logits: Shape (batch, length, classes), any floating dtype; computed in float32.
        labels: Shape (batch, length), integer gold tags; negative ones (-100) mean "no tag here", and one that is no
            class gives NaN.

    Returns:
        Tensors of shape (rows,), a row a token: `gold_logprob` (≤ 0), `margin` (gold logit minus largest other logit),
        `correct`, `prediction`, `gold`, `unit` (which labelled token of its feature it is, from 0; -1 where it has no
        tag) and `FEATURE`. On the host, rows without a tag are left out at once; on a device, to know their number
        would be to wait for it.
    """
    labelled = labels >= 0
    unit = torch.where(labelled, labelled.cumsum(-1) - 1, -1).flatten()
    feature = _numbered(labels)
    logits, gold = logits.detach().flatten(0, 1), labels.flatten()
    if logits.device.type == "cpu":
        rows = labelled.flatten().nonzero().squeeze(-1)
        logits, gold, unit, feature = logits[rows], gold[rows], unit[rows], feature[rows]
    logits = logits.float()
    classes = logits.shape[-1]
    known = (gold >= 0) & (gold < classes)
    place = gold.clamp(0, classes - 1).unsqueeze(-1)
    gold_logprob = logits.log_softmax(-1).gather(-1, place).squeeze(-1)
    margin = logits.gather(-1, place).squeeze(-1) - logits.scatter(-1, place, -torch.inf).amax(-1)
    prediction = logits.argmax(-1)
    return {
        "gold_logprob": torch.where(known, gold_logprob, torch.nan),
        "margin": torch.where(known, margin, torch.nan),
        "correct": prediction == gold,
        "prediction": prediction,
        "gold": gold,
        "unit": unit,
        FEATURE: feature,
    }


def multi_label_signals(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Describe each decision of a multi-label batch: whether a label is given.

    A label's probability is its logit's sigmoid, as the binary cross-entropy has it; its absence stands beside it with
    the logit 0.

    Args:
        logits: Shape (batch, labels), any floating dtype; computed in float32.
        targets: Shape (batch, labels), 1 where a label is given and 0 where not; NaN or a negative number (-100) where
            that is unknown.

    Returns:
        Tensors of shape (batch · labels,), a row a label of an example: `gold_logprob` (≤ 0), `margin` (the logit where
        the label is given, else its negative), `correct`, `prediction` and `gold` (1 = given), `unit` (the label's
        number; -1 where it is unknown) and `FEATURE`.
    """
    logits = logits.detach().float().flatten()
    given = targets.flatten() > 0.5
    margin = torch.where(given, logits, -logits)
    prediction = logits > 0
    number = torch.arange(targets.shape[-1], device=targets.device).expand(targets.shape).flatten()
    return {
        "gold_logprob": torch.nn.functional.logsigmoid(margin),
        "margin": margin,
        "correct": prediction == given,
        "prediction": prediction,
        "gold": given,
        "unit": torch.where(targets.flatten() >= 0, number, -1),  # a comparison with NaN is false
        FEATURE: _numbered(targets),
    }


def _numbered(values: Tensor) -> Tensor:
    """The feature that each of a batch's values is of: (batch, …) -> (values,)."""
    rows = torch.arange(len(values), device=values.device)
    return rows.unsqueeze(-1).expand(values.shape).flatten()
