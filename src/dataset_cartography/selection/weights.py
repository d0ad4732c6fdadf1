"""How much examples count in training: bounded weights of a loss, from a metric's ranks."""

from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS
from dataset_cartography.selection.order import first_end, metric_values

SPREAD = 0.5
"""How far weights lie from 1 by default: from 0.5 to 1.5, so that none counts more than three times another."""

Heavy = Literal["hard", "easy", "low", "high"]


def loss_weights(
    df: pd.DataFrame, metric: str, *, heavy: Heavy = "hard", spread: float = SPREAD
) -> "pd.Series[float]":
    """Weigh examples by their rank in a metric, with bounds and a mean of 1.

    Of n examples that have a value of the metric, the one of rank k (1 the lightest, n the heaviest; equal values
    share their mean rank) has the weight

        w = 1 - spread + 2 spread r,  r = (k - 1) / (n - 1)

    and an example without a value has 1; r is 1/2 where n is 1. So weights lie between 1 - spread and 1 + spread, and
    their mean is exactly 1, whatever the metric's values are: the size of the loss, and with it what a learning rate
    means, stays. Ranks, because a metric's own values bunch at the ends of its range (most confidences are near 1), and
    one outlier would set the scale for all.

    Args:
        df: The map; of the examples that are trained on alone (`df.loc[ids]`), if they are not all.
        metric: A metric or another numeric column.
        heavy: The end that counts more: "low" or "high", or "hard" or "easy" as the metric knows them.
        spread: From 0 (all the same) to 1 (the lightest is left out).

    Returns:
        A weight for each example, by id, for `weigh_loss`; `attrs` says how they were made.

    Raises:
        InputError: There is no such metric; the spread is out of range; or neither end of the metric is the hard one.

    Example:
        >>> df = pd.DataFrame({"confidence": [0.9, 0.2, 0.5]}, index=["a", "b", "c"])
        >>> loss_weights(df, "confidence").to_dict()
        {'a': 0.5, 'b': 1.5, 'c': 1.0}
    """
    values = metric_values(df, metric)
    if heavy not in ("hard", "easy", "low", "high"):
        raise InputError(f"heavy must be hard, easy, low or high, but is '{heavy}'.")
    if not isinstance(spread, Real) or not 0 <= float(spread) <= 1:
        raise InputError(f"The spread of weights must be from 0 to 1, but is {spread}.")
    if heavy in ("hard", "easy") and (metric not in METRICS or METRICS[metric].hard_end is None):
        raise InputError(f"Neither end of '{metric}' is the hard one: say which counts more, low or high.")
    ranks = ranked(values if first_end(metric, heavy) == "high" else -values)
    weights = np.where(np.isnan(ranks), 1.0, 1 - spread + 2 * spread * ranks)
    series = pd.Series(weights, index=df.index, name="weight")
    series.attrs = {"metric": metric, "heavy": heavy, "spread": spread}
    return series


def ranked(values: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    """Each value's rank as a share: 0 the lowest, 1 the highest, equal ones their mean; a single one 1/2, NaN as it is.

    Args:
        values: Shape (examples,).
    """
    ranks = pd.Series(values).rank().to_numpy(dtype=np.float64)
    known = int(np.count_nonzero(~np.isnan(ranks)))
    return (ranks - 1) / (known - 1) if known > 1 else np.where(np.isnan(ranks), np.nan, 0.5)
