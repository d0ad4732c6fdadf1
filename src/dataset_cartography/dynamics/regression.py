"""Real-valued targets: what stands for the probability of the right answer.

Training with the squared error is maximum likelihood under a Gaussian of one width around the prediction (Bishop 2006,
section 3.1.1). The gold probability is that likelihood of the target, divided by the greatest it could be:

    p = exp(-(prediction - target)² / 2σ²)

It lies in (0, 1], is 1 where the prediction is right, and -log p is the squared error up to the factor 1/2σ²: as for
labels, exp(-loss). σ is the same for all examples and epochs, so that a map's values can be compared; by default the
standard deviation of the targets, which is the error of the best constant prediction.
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
        targets = log.read(log.epochs[0], ["target"]).columns["target"].astype(np.float64)
        targets = targets[~np.isnan(targets)]
        scale = float(targets.std()) if len(targets) else 0.0
    if not 0 < scale < np.inf:
        raise InputError(
            f"The targets of '{log.paths.root}' do not differ, so that their standard deviation cannot be the scale of "
            "errors: give one (--scale, Reading(scale=…))."
        )
    return float(scale)


def regression_signals(rows: Rows, scale: float, reading: Reading) -> dict[str, Array]:
    """One epoch's signals: gold probability and loss as above, `margin` = tolerance - |error|/σ, at least 0 if correct.

    Args:
        rows: With `squared_error`.
        scale: σ.
        reading: With the tolerance.
    """
    squared = rows.columns.pop("squared_error").astype(np.float64) / scale**2
    margin = reading.tolerance - np.sqrt(squared)
    return {
        **rows.columns,
        "gold_probability": np.exp(-squared / 2),
        "correct": np.where(np.isnan(squared), np.nan, margin >= 0),
        "margin": margin,
        "loss": squared / 2,
        "presentations": rows.presentations,
    }
