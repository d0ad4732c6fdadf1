"""Runs one metric against its slow twin, and through what every metric must bear."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _reference import REFERENCE
from dataset_cartography.metrics import METRICS, compute

Signals = dict[str, NDArray[Any]]


def make_signals(probability: NDArray[Any], seen: NDArray[Any], seed: int = 0) -> Signals:
    """All signals, of the shape and in part from the values of a gold probability, NaN where not seen."""
    random = np.random.default_rng(seed)
    floats = {
        "gold_probability": probability,
        "correct": (random.random(probability.shape) < probability).astype(float),
        "margin": random.normal(scale=5, size=probability.shape),
        "loss": -np.log(np.maximum(probability, 1e-12)),
        "el2n": math.sqrt(2) * (1 - probability),
        "unit_accuracy": np.round(4 * probability) / 4,
    }
    signals: Signals = {name: np.where(seen, values, np.nan) for name, values in floats.items()}
    return signals | {"presentations": np.where(seen, random.integers(1, 4, probability.shape), 0)}


class MetricTester:
    """The checks of one metric, by name."""

    def __init__(self, name: str, tolerance: float = 1e-9) -> None:
        self.name = name
        self.tolerance = tolerance

    def compute(self, signals: Signals, numbers: Sequence[int]) -> NDArray[Any]:
        return compute([self.name], signals, numbers)[self.name]

    def check(self, signals: Signals, numbers: Sequence[int]) -> None:
        """Equality with the twin, range, dtype, purity, row permutation and the layout of the log."""
        before = {name: values.copy() for name, values in signals.items()}
        result = self.compute(signals, numbers)
        self.check_twin(result, signals, numbers)
        self.check_facts(result)
        for name, values in signals.items():
            np.testing.assert_array_equal(values, before[name])
        self.check_permutation(result, signals, numbers)
        self.check_layout(signals, numbers)

    def check_twin(self, result: NDArray[Any], signals: Signals, numbers: Sequence[int]) -> None:
        expected = []
        for row in range(len(result)):
            example = {
                name: [None if np.isnan(value) else float(value) for value in values[row]]
                for name, values in signals.items()
            }
            expected.append(REFERENCE[self.name](example, numbers))
        wanted = np.array([np.nan if value is None else value for value in expected], dtype=float)
        np.testing.assert_allclose(result, wanted, rtol=self.tolerance, atol=self.tolerance)

    def check_facts(self, result: NDArray[Any]) -> None:
        low, high = METRICS[self.name].range
        known = result[~np.isnan(result)]
        assert np.all((known >= low) & (known <= high + 1e-9))
        dtype = METRICS[self.name].dtype
        assert result.dtype == ("int64" if dtype == "int64" else "float64")
        if dtype in ("Int64", "boolean"):
            np.testing.assert_array_equal(known, np.rint(known))

    def check_permutation(self, result: NDArray[Any], signals: Signals, numbers: Sequence[int]) -> None:
        order = np.random.default_rng(1).permutation(len(result))
        permuted = self.compute({name: values[order] for name, values in signals.items()}, numbers)
        np.testing.assert_array_equal(permuted, result[order])

    def check_layout(self, signals: Signals, numbers: Sequence[int]) -> None:
        """float32 and the transpose of (epochs, examples): the same as the same numbers in plain float64."""
        single = {
            name: values.astype(np.int32 if name == "presentations" else np.float32)
            for name, values in signals.items()
        }
        plain = self.compute(
            {name: values.astype(float) for name, values in single.items()}
            | {"presentations": signals["presentations"]},
            numbers,
        )
        turned = self.compute(
            {name: np.ascontiguousarray(values.T).T for name, values in single.items()}, numbers
        )
        np.testing.assert_allclose(turned, plain, rtol=1e-12, atol=1e-12)
