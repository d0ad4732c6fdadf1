"""How well predicted values fit."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.floating]


def score_values(predicted: Array, gold: Array) -> dict[str, float]:
    """Score predicted values.

    Args:
        predicted: Shape (examples,).
        gold: Shape (examples,).

    Returns:
        ``r2``, the share of the targets' variance that is explained (1 - mean squared error / variance), and
        ``spearman``, the correlation of ranks, in percent, NaN where all targets are alike (the latter also where all
        predictions are); ``rmse`` and ``mae``, the root mean squared and the mean absolute error, in the targets' own
        unit; ``n``, the number of examples.
    """
    error = predicted.astype(np.float64) - gold
    variance = float(np.var(gold))
    ranks = pd.Series(predicted).rank(), pd.Series(gold).rank()
    differ = all(np.ptp(rank) > 0 for rank in ranks)
    return {
        "r2": 100.0 * (1.0 - float(np.mean(error**2)) / variance) if variance else float("nan"),
        "spearman": 100.0 * float(ranks[0].corr(ranks[1])) if differ else float("nan"),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.abs(error).mean()),
        "n": len(gold),
    }
