"""Dynamics made by hand: what each epoch predicted, how likely the label was, and by how much it led."""

import numpy as np

from dataset_cartography.dynamics import Dynamics


def make_dynamics(gold, margin, *, predictions=None, starts=None, ends=None, correct=None):
    """Arrays of (examples, epochs); without `correct`, the label was predicted where its margin is above 0."""
    gold, margin = np.array(gold, np.float32), np.array(margin, np.float32)
    seen = ~np.isnan(margin)
    correct = np.where(seen, margin > 0, np.nan) if correct is None else np.array(correct, float)
    columns = {"prediction": predictions, "prediction_start": starts, "prediction_end": ends}
    predicted = {name: np.array(values, float) for name, values in columns.items() if values is not None}
    with np.errstate(divide="ignore"):
        loss = -np.log(gold)
    signals = {"gold_probability": gold, "margin": margin, "correct": correct, "loss": loss}
    return Dynamics(
        epochs=tuple(range(1, gold.shape[1] + 1)),
        signals={**signals, "presentations": seen.astype(np.int32)},
        last_prediction={name: values[:, -1] for name, values in predicted.items()},
        predictions=predicted,
        seen_in_part=(0,) * gold.shape[1],
    )
