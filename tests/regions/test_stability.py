import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataset_cartography.metrics import confidence, variability
from dataset_cartography.regions import QuantileRule, ThresholdRule, region_stability


def twin(values, rule):
    """Make every leave-one-epoch-out map anew and compare."""
    regions = rule(confidence(values), variability(values))
    maps = []
    for epoch in range(values.shape[1]):
        left = np.delete(values, epoch, axis=1)
        maps.append(rule(confidence(left), variability(left)))
    stability = []
    for row, example in enumerate(values):
        seen = [epoch for epoch in range(len(example)) if not np.isnan(example[epoch])]
        kept = [maps[epoch][row] == regions[row] for epoch in seen]
        stability.append(sum(kept) / len(kept) if len(kept) >= 2 else np.nan)
    return np.array(stability, dtype=float)


@settings(derandomize=True, deadline=None)
@given(
    # Sixteenths are far enough apart that rounding decides no comparison with these thresholds.
    codes=npst.arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(-3, 16)
    ),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_equals_maps_made_anew(codes, dtype):
    values = np.where(codes < 0, np.nan, codes / 16).astype(dtype)
    rule = ThresholdRule(confidence=0.5123, variability=0.2101)
    np.testing.assert_array_equal(region_stability(values, rule), twin(values, rule))


def test_equals_maps_made_anew_by_quantiles():
    values = np.random.default_rng(0).random((200, 5))
    values[np.random.default_rng(1).random(values.shape) < 0.2] = np.nan
    stability = region_stability(values, QuantileRule())
    np.testing.assert_array_equal(stability, twin(values, QuantileRule()))
    assert 0 < np.nanmean(stability) < 1


def test_a_steady_example_is_stable_and_one_resting_on_one_epoch_is_not():
    values = np.array([[0.9, 0.9, 0.9, 0.9], [0.9, 0.9, 0.9, 0.1], [0.9, np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(region_stability(values, ThresholdRule()), [1.0, 0.75, np.nan])


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_empty(shape):
    stability = region_stability(np.empty(shape), ThresholdRule())
    assert np.isnan(stability).all()
    assert stability.shape == (shape[0],)
