import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS, epochs_seen, first_learned_epoch, mean_loss, variability
from metric_tester import MetricTester, make_signals

EVERY = pytest.mark.parametrize("name", METRICS)
SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 7))


@EVERY
@settings(derandomize=True, deadline=None, max_examples=40)
@given(data=st.data(), shape=SHAPES, first_epoch=st.integers(1, 3))
def test_metric_equals_its_slow_twin(name, data, shape, first_epoch):
    probability = data.draw(npst.arrays(np.float64, shape, elements=st.floats(0, 1)))
    seen = data.draw(npst.arrays(np.bool_, shape))
    numbers = list(range(first_epoch, first_epoch + shape[1]))
    MetricTester(name).check(make_signals(probability, seen), numbers)


CASES = {
    "all seen": np.ones((6, 5), dtype=bool),
    "missing epochs": np.arange(30).reshape(6, 5) % 3 != 0,
    "never seen": np.zeros((4, 5), dtype=bool),
    "one row never seen": np.repeat([[True], [False], [True]], 4, axis=1),
    "one epoch": np.ones((5, 1), dtype=bool),
    "one example": np.ones((1, 5), dtype=bool),
    "one example of one epoch": np.ones((1, 1), dtype=bool),
    "no example": np.ones((0, 3), dtype=bool),
}


@EVERY
@pytest.mark.parametrize("case", CASES)
def test_metric_at_the_edges(name, case):
    seen = CASES[case]
    probability = np.random.default_rng(3).random(seen.shape)
    MetricTester(name).check(make_signals(probability, seen), list(range(1, seen.shape[1] + 1)))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_more_examples_than_a_block(name):
    seen = np.random.default_rng(5).random((20_000, 3)) > 0.1
    signals = make_signals(np.random.default_rng(6).random(seen.shape), seen)
    tester = MetricTester(name)
    whole = tester.compute(signals, [1, 2, 3])
    parts = [
        tester.compute({key: values[rows] for key, values in signals.items()}, [1, 2, 3])
        for rows in (slice(0, 7), slice(7, 19_000), slice(19_000, None))
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


@settings(derandomize=True, deadline=None)
@given(
    center=st.floats(0, 1),
    noise=npst.arrays(np.float64, (3, 6), elements=st.floats(-1e-9, 1e-9)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_variability_of_nearly_constant_values(center, noise, dtype):
    values = np.clip(center + noise, 0, 1).astype(dtype)
    expected = np.nanstd(values.astype(np.float64), axis=1)
    np.testing.assert_allclose(variability(values), expected, rtol=1e-9, atol=1e-12)


def test_variability_reaches_its_ceiling():
    assert variability(np.array([[0.0, 1.0, 0.0, 1.0]])).tolist() == [0.5]


def test_an_infinite_loss_stays_infinite():
    assert mean_loss(np.array([[np.inf, 1.0], [1.0, 1.0]])).tolist() == [np.inf, 1.0]


def test_booleans_and_nested_lists_are_taken():
    assert METRICS["forgetting_events"].function(np.array([[True, False]])).tolist() == [1.0]
    assert epochs_seen([[0.5, float("nan")]]).tolist() == [1]


def test_a_flat_array_is_refused():
    with pytest.raises(InputError) as error:
        variability(np.array([0.5, 0.5]))
    assert str(error.value) == "A metric takes an (examples, epochs) array; got one of shape (2,)."


def test_first_learned_epoch_wants_a_number_for_each_epoch():
    with pytest.raises(InputError) as error:
        first_learned_epoch(np.array([[0, 1, 1]]), epoch_numbers=[1, 2])
    assert str(error.value) == "3 epochs need as many epoch_numbers; got 2."
