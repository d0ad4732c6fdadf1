"""How many labels to review, estimated from the probabilities that they are wrong."""

import numpy as np

from dataset_cartography.metrics.base import Array

_NEGLIGIBLE = 0.01
"""Below it a probability says that there is nothing to find, not how much of it: a long tail of such does not count."""


def expected(probability: Array) -> dict[str, float]:
    """What reviewing a ranking promises: `expected_wrong` labels, and `to_catch_80`, how many to review for 80% of it.

    Args:
        probability: (labels,) that each is wrong, the most suspicious first; NaN where that is not estimated.
    """
    return {"expected_wrong": float(probability.sum()), "to_catch_80": to_catch(probability, 0.8)}


def expected_of_units(probability: Array, is_worst: Array) -> dict[str, float]:
    """The same of units, of which the most suspicious one of each example counts: others are often part of one error.

    Args:
        probability: (units,) that each is wrong, the most suspicious first.
        is_worst: (units,) whether it is its example's most suspicious one.
    """
    counted = expected(probability[is_worst])
    first = int(counted["to_catch_80"])
    return counted | {"to_catch_80": int(np.flatnonzero(is_worst)[first - 1]) + 1 if first else 0}


def to_catch(probability: Array, share: float) -> int:
    """Estimate how many of the most suspicious labels are to be reviewed to catch a share of the wrong ones.

    Args:
        probability: (labels,) that each is wrong, in any order.
        share: Of the wrong ones, more than 0 and at most 1.

    Returns:
        The least number whose probabilities sum to that share of all that are not negligible (1%); 0 where all are.
    """
    counted = np.sort(probability[probability >= _NEGLIGIBLE])[::-1]
    if not len(counted):
        return 0
    caught = np.cumsum(counted)
    return min(int(np.searchsorted(caught, share * caught[-1])) + 1, len(counted))
