"""How many labels to review: estimated from the probabilities, or from labels that were planted."""

import numpy as np

from dataset_cartography.metrics.base import Array


def to_catch(probability: Array, share: float) -> int:
    """Estimate how many of the most suspicious labels are to be reviewed to catch a share of the wrong ones.

    Args:
        probability: (labels,) that each is wrong, in any order.
        share: Of the wrong ones, more than 0 and at most 1.

    Returns:
        The least number whose probabilities sum to that share of all; 0 where nothing is expected to be wrong.
    """
    caught = np.cumsum(np.sort(probability)[::-1])
    if not len(caught) or caught[-1] == 0:
        return 0
    return min(int(np.searchsorted(caught, share * caught[-1])) + 1, len(caught))
