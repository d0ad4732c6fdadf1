"""How sure a label is taken to be in training: smoothing by variability."""

from numbers import Real

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.selection.order import metric_values

SCALE = 0.6
MOST = 0.3
"""An example of the greatest variability there is, 0.5, has just this much: 0.6 times 0.5."""


def label_smoothing(
    df: pd.DataFrame, *, metric: str = "variability", scale: float = SCALE, most: float = MOST
) -> "pd.Series[float]":
    """Say how much of an example's label is to be shared out, the more the less the model could make up its mind.

        epsilon = min(most, scale variability)

    and 0 for an example without a value. A target is then 1 - epsilon on the label and epsilon spread evenly over all
    that could be chosen, the label included; `smooth_labels` trains on it.

    Args:
        df: The map.
        metric: What tells how doubtful a label is, 0 or more.
        scale: From 0.
        most: From 0 to below 1, so that the label always stays the likeliest.

    Returns:
        epsilon for each example, by id, for `smooth_labels`; `attrs` says how they were made.

    Raises:
        InputError: There is no such metric, it is negative somewhere, or a number is out of range.

    Example:
        >>> label_smoothing(pd.DataFrame({"variability": [0.0, 0.1, 0.5]}, index=["a", "b", "c"])).to_dict()
        {'a': 0.0, 'b': 0.06, 'c': 0.3}
    """
    values = metric_values(df, metric)
    if not isinstance(scale, Real) or not 0 <= float(scale) < np.inf:
        raise InputError(f"The scale of label smoothing must be 0 or more, but is {scale}.")
    if not isinstance(most, Real) or not 0 <= float(most) < 1:
        raise InputError(f"The most label smoothing must be from 0 to below 1, but is {most}.")
    if (values < 0).any():
        raise InputError(
            f"Labels cannot be smoothed by '{metric}', which is {np.nanmin(values):g} somewhere: it must be 0 or more."
        )
    epsilon = np.nan_to_num(np.minimum(most, scale * values))
    series = pd.Series(epsilon, index=df.index, name="label_smoothing")
    series.attrs = {"metric": metric, "scale": scale, "most": most}
    return series
