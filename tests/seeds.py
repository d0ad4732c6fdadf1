"""Recorded runs of several seeds of one model: examples of their own difficulty, and chance of the run's own."""

import numpy as np

from recorded_runs import record_labels


def record_seed(root, seed, count=40, chance=0.5, epochs=4, ids=None, **provenance):
    """Record a run: how examples are learnt depends on their difficulty, of all seeds the same, and on chance."""
    level = np.random.default_rng(1000).normal(0.5, 1.5, count)
    rng = np.random.default_rng(seed)
    logits = level[:, None] + np.linspace(-1, 1, epochs) + chance * rng.standard_normal((count, 1))
    logits = logits + 0.3 * rng.standard_normal((count, epochs))
    probability = 1 / (1 + np.exp(-logits))
    told = [
        [
            (float(np.log(p)), float(np.log(p) - np.log(1 - p)), int(p < 0.5))
            for p in probability[:, epoch].tolist()
        ]
        for epoch in range(epochs)
    ]
    ids = [f"e{place}" for place in range(count)] if ids is None else ids
    return record_labels(
        root, ids, told, **{"model": "m", "dataset": "d", "training": {"seed": seed}, **provenance}
    )
