"""How many labels to review, estimated from the probabilities that they are wrong."""

import numpy as np

from dataset_cartography.metrics.base import Array

_NEGLIGIBLE = 0.01
"""Below it a probability says that there is nothing to find, not how much of it: a long tail of such does not count."""


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
