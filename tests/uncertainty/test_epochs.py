import numpy as np
import pytest
from scipy import stats

from dataset_cartography.metrics import confidence, variability
from dataset_cartography.regions import QuantileRule, ThresholdRule
from dataset_cartography.uncertainty import enough_epochs
from made_dynamics import make_dynamics


def dynamics_of(gold):
    return make_dynamics(gold, np.array(gold) - 0.5)


@pytest.mark.parametrize("rule", [ThresholdRule(), QuantileRule()], ids=["threshold", "quantile"])
def test_each_row_is_the_map_of_the_first_epochs(rule):
    gold = np.random.default_rng(0).random((200, 5)).astype(np.float32)
    found = enough_epochs(dynamics_of(gold), rule).table
    places = [(confidence(gold[:, :k]), variability(gold[:, :k])) for k in range(1, 6)]
    regions = [rule(*place) for place in places]
    for k in range(5):
        row = found.loc[k + 1]
        assert row["same_region"] == np.mean(regions[k] == regions[4])
        assert row["confidence"] == pytest.approx(stats.spearmanr(places[k][0], places[4][0]).statistic)
        if k:
            assert row["moved"] == pytest.approx(np.mean(regions[k] != regions[k - 1]))
            assert row["variability"] == pytest.approx(stats.spearmanr(places[k][1], places[4][1]).statistic)
    assert np.isnan(found.loc[1, ["moved", "variability"]].astype(float)).all()


def test_a_map_that_came_to_rest():
    steady = np.full((40, 6), 0.9)
    steady[:, 0] = 0.1  # the first epoch is of no use to the map
    found = enough_epochs(dynamics_of(steady), ThresholdRule())
    assert found.table["moved"].tolist()[1:] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert found.settled == 2


def test_a_map_that_moved_to_the_end():
    moving = np.full((40, 3), 0.9)
    moving[:3, 2] = 0.1
    assert enough_epochs(dynamics_of(moving), ThresholdRule()).settled is None
    assert enough_epochs(dynamics_of(moving), ThresholdRule(), tolerance=0.1).settled == 1
    assert enough_epochs(dynamics_of(moving[:, :1]), ThresholdRule()).settled is None


def test_examples_not_yet_seen_are_not_counted_as_moved():
    late = np.full((10, 3), 0.9)
    late[:5, 0] = np.nan
    assert enough_epochs(dynamics_of(late), ThresholdRule()).table["moved"].tolist()[1:] == [0.0, 0.0]
