"""Real-valued targets: what stands for the probability of the right answer.

Training with the squared error is maximum likelihood under a Gaussian of one width around the prediction (Bishop 2006,
section 3.1.1). The gold probability is that likelihood of the target, divided by the greatest it could be:

    p = 2^-(error / h)²,   error = |prediction - target|,   h = tolerance · σ

It lies in (0, 1], is 1 where the prediction is right, and -log p is the squared error up to a factor: as for labels,
exp(-loss). h is the error at which p = 1/2, and a prediction is correct up to there, as the likelier of two labels is.
σ is the same for all examples and epochs, so that a map's values can be compared: the standard deviation of the
targets, the error of the best constant prediction. The tolerance is the probable error of a normal distribution: half
of it lies within 0.6745 σ around its mean. So of normally distributed targets, whoever always says their mean is right
for half, with p = 0.50 on average: what a coin does for two labels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.reading import Reading
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader, Rows

Array = npt.NDArray[Any]

COLUMNS = ("squared_error",)
SCALE = "target_scale"
"""Option of a manifest: the standard deviation of the targets, where the dataset tells it beforehand."""


def scale_of(log: LogReader, reading: Reading) -> float:
    """σ: the one asked for, or the standard deviation of the targets.

    Raises:
        InputError: There is none: all targets are alike, or there are several outputs whose spread is not recorded.
    """
    scale = reading.scale if reading.scale is not None else log.manifest.options.get(SCALE)
    if scale is None:
        targets = log.read(log.epochs[0], ["target"]).columns["target"]
        scale = spread(targets)
    if not 0 < scale < np.inf:
        raise InputError(
            f"The targets of '{log.paths.root}' do not differ, so that their standard deviation cannot be the scale of "
            "errors: give one (--scale, Reading(scale=…))."
        )
    return float(scale)


def targets_of(log: LogReader) -> Array:
    """Shape (examples,): each example's target, NaN where it was never seen, or has several outputs."""
    targets = np.full(log.size, np.nan)
    for epoch in log.epochs:
        if not np.isnan(targets).any():
            break
        columns = log.read(epoch, ["target"]).columns
        targets[columns["example"]] = columns["target"]
    return targets


def spread(targets: Array) -> float:
    """Standard deviation of targets, shape (examples,) or (examples, outputs), NaN left out; 0 where there is none.

    Of several outputs it is the root of their mean variance: what the mean squared error of always saying their means
    is the square of.
    """
    values = targets.astype(np.float64).reshape(len(targets), -1)
    values = values[~np.isnan(values).any(axis=1)]
    return float(np.sqrt(values.var(axis=0).mean())) if values.size else 0.0


def regression_signals(rows: Rows, scale: float, reading: Reading) -> dict[str, Array]:
    """One epoch's signals: the gold probability, `loss`, its -log, and `margin`, tolerance - error / σ (≥ 0: correct).

    Args:
        rows: With `squared_error`.
        scale: σ.
        reading: With the tolerance.
    """
    error = np.sqrt(rows.columns.pop("squared_error").astype(np.float64)) / scale
    margin = reading.tolerance - error
    loss = np.log(2) * (error / reading.tolerance) ** 2
    return {
        **rows.columns,
        "gold_probability": np.exp(-loss),
        "correct": np.where(np.isnan(error), np.nan, margin >= 0),
        "margin": margin,
        "loss": loss,
        "presentations": rows.presentations,
    }
