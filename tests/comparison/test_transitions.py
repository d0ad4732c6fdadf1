import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from dataset_cartography.comparison import cohen_kappa, transitions_of
from dataset_cartography.regions import CATEGORIES


def draw(rng, n, same=0.6):
    first = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    second = np.where(rng.random(n) < same, first, rng.choice(3, n, p=[0.4, 0.3, 0.3]))
    return [pd.DataFrame({"category": np.array(CATEGORIES)[codes]}) for codes in (first, second)]


def test_transitions_count_from_row_to_column():
    first = pd.DataFrame({"category": ["easy", "easy", "hard", None, "ambiguous"]})
    second = pd.DataFrame({"category": ["easy", "hard", "easy", "easy", "ambiguous"]})
    found = transitions_of(first, second, ("A", "B"))
    assert found.to_numpy().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert (found.index.name, found.columns.name) == ("A", "B")
    assert list(found.index) == list(found.columns) == ["easy", "ambiguous", "hard"]


def test_kappa_is_scikit_learns():
    first, second = draw(np.random.default_rng(0), 500)
    found = cohen_kappa(transitions_of(first, second, ("A", "B")))
    assert found.value == pytest.approx(cohen_kappa_score(first["category"], second["category"]), abs=1e-12)
    assert found.low < found.value < found.high


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = cohen_kappa(transitions_of(*draw(rng, 1_000_000), ("A", "B"))).value
    held = [
        low <= truth <= high
        for _ in range(400)
        for _, low, high in [cohen_kappa(transitions_of(*draw(rng, 200), ("A", "B")))]
    ]
    assert 0.92 <= np.mean(held) <= 0.98


def test_edges_of_kappa():
    def kappa(counts):
        return cohen_kappa(pd.DataFrame(counts))

    assert kappa([[0, 5], [5, 0]])[:2] == (-1, -1)
    assert np.isnan(kappa([[5, 0], [0, 0]])).all()
    assert np.isnan(kappa([[0, 0], [0, 0]])).all()


def test_agreement_throughout_has_an_interval_that_narrows_with_the_examples():
    """It reaches as far as that of one more example that disagrees."""
    found = [cohen_kappa(pd.DataFrame(np.diag([n, n]))) for n in (5, 50, 500_000)]
    assert [(each.value, each.high) for each in found] == [(1, 1)] * 3
    more = cohen_kappa(pd.DataFrame([[5, 0.5], [0.5, 5]]))
    assert found[0].low == more.low
    assert 0.4 < found[0].low < 0.9 < found[1].low < 0.9999 < found[2].low < 1
    one_region = cohen_kappa(
        pd.DataFrame([[5, 5], [0, 0]])
    )  # on one map, so that kappa is 0 whatever the other says
    assert one_region.low < one_region.value == 0 < one_region.high


def test_the_interval_holds_the_truth_where_most_samples_agree_throughout():
    rng = np.random.default_rng(0)
    held, agreed = [], []
    for _ in range(400):
        first = rng.choice(3, 50, p=[0.8, 0.15, 0.05])
        second = np.where(rng.random(50) < 0.97, first, rng.choice(3, 50, p=[0.8, 0.15, 0.05]))
        found = cohen_kappa(pd.DataFrame(np.bincount(first * 3 + second, minlength=9).reshape(3, 3)))
        held.append(found.low <= 0.97 <= found.high)
        agreed.append(found.value == pytest.approx(1))
    assert np.mean(agreed) > 0.5
    assert np.mean(held) >= 0.92
