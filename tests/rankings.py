"""Made-up rankings of labels for tests: as `find_label_errors` makes them."""

import numpy as np
import pandas as pd

from dataset_cartography.label_errors import REVIEW


def ranking(
    ids, suggested, looks=("wrong", "ambiguous", "sound"), probability=None, reason="never learned", **columns
):
    """A ranking of these ids in this order, by falling probability; what it suggests may be names, numbers or None."""
    count = len(ids)
    probability = np.linspace(0.95, 0.05, count) if probability is None else np.asarray(probability)
    df = pd.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "score": np.linspace(3, -1, count),
            "probability": probability,
            "looks_like": [looks[place % len(looks)] for place in range(count)],
            "reason": reason,
            "suggested": suggested,
            "suggested_share": 0.5,
            "suggested_probability": 0.75,
            **columns,
        },
        index=pd.Index(list(ids), name="example_id"),
    )
    df.attrs[REVIEW] = {"expected_wrong": float(probability.sum()), "to_catch_80": 2}
    return df
