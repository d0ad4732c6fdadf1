import numpy as np
import pandas as pd
import pytest

from dataset_cartography.metrics import METRICS, compute


@pytest.fixture
def make_map():
    """A function that makes a map of one run: examples of their own difficulty, and noise of the run's own."""

    def make(n=300, seed=0, noise=0.5, difficulty=0, ids=None, **facts):
        level = np.random.default_rng(1000 + difficulty).normal(0.5, 1.5, (n, 1))
        rng = np.random.default_rng(seed)
        logits = (
            level
            + np.linspace(-1, 1, 4)
            + noise * rng.standard_normal((n, 1))
            + 0.3 * rng.standard_normal((n, 4))
        )
        probability = 1 / (1 + np.exp(-logits))
        signals = {
            "gold_probability": probability,
            "correct": (probability > 0.5).astype(float),
            "loss": -np.log(probability),
            "presentations": np.ones((n, 4), int),
        }
        chosen = [
            "confidence",
            "variability",
            "correctness",
            "first_learned_epoch",
            "never_learned",
            "epochs_seen",
        ]
        values = compute(chosen, signals, np.arange(1, 5))
        df = pd.DataFrame(
            {name: pd.Series(column).astype(METRICS[name].dtype) for name, column in values.items()}
        )
        df.index = pd.Index([f"e{k}" for k in range(n)] if ids is None else ids, name="example_id")
        df.attrs["cartography"] = {"task": "nli", "mode": "in_training", "epochs": [1, 2, 3, 4], **facts}
        return df

    return make


@pytest.fixture
def small():
    """A function that makes a map of (variability, confidence) by id."""

    def make(places):
        df = pd.DataFrame(list(places.values()), columns=["variability", "confidence"])
        df.index = pd.Index(list(places), name="example_id")
        return df

    return make
