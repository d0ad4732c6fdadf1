"""The gold probability at the end of training."""

from dataset_cartography.metrics.base import Array, Metric
from dataset_cartography.metrics.reductions import last_seen


def last_gold_probability(gold_probability: Array) -> Array:
    """Gold probability of the last epoch in which the example was seen.

    Formula: p_E(gold), E the last seen epoch.
    Range: 0 to 1; hard examples are at the low end.
    Unseen epochs are skipped; an example never seen is NaN. One epoch: its value.
    Source: the recorded signal `gold_probability` itself.

    Args:
        gold_probability: (examples, epochs), 0 to 1, NaN where unseen.

    Returns:
        (examples,) float64.

    Example:
        >>> import numpy as np
        >>> last_gold_probability(np.array([[0.25, 0.75], [0.5, np.nan]]))
        array([0.75, 0.5 ])
    """
    return last_seen(gold_probability)


METRIC = Metric(
    name="last_gold_probability",
    title="last gold probability",
    function=last_gold_probability,
    range=(0.0, 1.0),
    hard_end="low",
    needs=("gold_probability",),
    paper="The recorded signal itself",
)
