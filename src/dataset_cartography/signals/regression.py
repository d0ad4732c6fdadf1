"""Signals of regression: how far off a predicted value is."""

import torch
from torch import Tensor


def regression_signals(predictions: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Describe each row of a regression batch.

    Args:
        predictions: Shape (batch,) or (batch, outputs), any floating dtype; computed in float32.
        targets: The same shape; NaN means "no target" and gives NaN.

    Returns:
        Tensors of shape (batch,): `squared_error`, (prediction - target)², of several outputs their mean, as the
        loss has it; `target` and `prediction`, NaN where there are several outputs.
    """
    predictions, targets = predictions.detach().float(), targets.detach().float()
    squared = (predictions - targets).square()
    if squared.ndim == 2:
        squared = squared.mean(-1)
        single = predictions.shape[1] == 1
        targets, predictions = (
            values.squeeze(1) if single else torch.full_like(squared, torch.nan)
            for values in (targets, predictions)
        )
    return {"squared_error": squared, "target": targets, "prediction": predictions}
