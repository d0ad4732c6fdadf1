import numpy as np
import pandas as pd
import pytest

from dataset_cartography.regions import categorize_examples


@pytest.fixture
def make_map():
    """A function that makes a map of n examples and 5 epochs, shrunk to the corner by `scale`."""

    def make(n, scale=1.0, method="threshold"):
        rng = np.random.default_rng(0)
        probability = rng.beta(1.5, 1.0, (n, 1)) * rng.uniform(0.3, 1.0, (n, 5)) * scale
        df = pd.DataFrame(
            {
                "confidence": probability.mean(axis=1),
                "variability": probability.std(axis=1),
                "correctness": rng.integers(0, 6, n) / 5,
                "forgetting_events": pd.array(rng.integers(0, 3, n), dtype="Int64"),
                "epochs_seen": 5,
            },
            index=pd.Index(range(n), name="example_id"),
        )
        df.attrs["cartography"] = {"epochs": [1, 2, 3, 4, 5], "mode": "in_training"}
        return categorize_examples(df, method)

    return make
