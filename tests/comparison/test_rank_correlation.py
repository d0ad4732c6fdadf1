import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dataset_cartography.comparison import correlate
from dataset_cartography.comparison.rank_correlation import _jackknife
from dataset_cartography.errors import MissingExtraError


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=60))
def test_values_are_scipys(pairs):
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(correlate(x, y)[1:]).all()
        return
    found = correlate(x, y)
    assert found.spearman == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert found.pearson == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
    assert -1 <= found.low <= found.spearman + 1e-9
    assert found.spearman - 1e-9 <= found.high <= 1


def test_only_examples_that_have_both_values_count():
    x, y = np.array([1, 2, np.nan, 4, 3, 9.0]), np.array([2, 1, 5, np.nan, 3, 8.0])
    found = correlate(x, y)
    assert found.examples == 4
    assert found.spearman == pytest.approx(stats.spearmanr(x, y, nan_policy="omit").statistic)


def test_an_infinite_loss_has_a_rank_and_no_pearson():
    found = correlate(np.array([1, 2, 3, np.inf, 4.0]), np.array([1, 3, 2, 5, 4.0]))
    assert found.spearman == pytest.approx(0.9)
    assert np.isnan(found.pearson)


def test_edges():
    assert correlate(np.array([]), np.array([])).examples == 0
    assert np.isnan(correlate(np.ones(5), np.arange(5.0)).spearman)
    assert correlate(np.arange(3.0), np.array([1.0, 3, 2]))[2:4] == (-1, 1)
    assert correlate(np.arange(4.0), np.arange(4.0))[1:4] == (1, -1, 1)


def test_one_order_throughout_has_an_interval_that_narrows_with_the_examples():
    """Of neighbours that changed places 3.689 are not expected (Poisson, 2.5%); each costs 12 / (n^3 - n)."""
    for n in (5, 9, 100):
        x = np.random.default_rng(n).permutation(n).astype(float)
        low = 1 - np.log(40) * 12 / (n**3 - n)
        assert correlate(x, x**3)[1:4] == pytest.approx((1, low, 1), abs=1e-12)
        assert correlate(x, -x)[1:4] == pytest.approx((-1, -1, -low), abs=1e-12)
        assert correlate(x, x).spearman == 1  # exactly: a gate can say so
    rare = np.repeat([0.0, 1.0], [48, 2])  # two of 50: one exchange would leave half of it
    assert correlate(rare, rare).low == pytest.approx(max(1 - np.log(40) * 50 / (2 * 48), -1))
    assert correlate(rare, rare, 0.5).low > correlate(rare, rare).low


def test_values_that_differ_in_the_last_digits_alone_are_no_warning():
    x = 1 - np.arange(9) * 1.1e-16
    assert correlate(x, np.arange(9.0)).spearman == -1


def test_the_jackknife_is_what_deleting_examples_gives():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 12, 400).astype(float)
    y = x + rng.integers(-4, 5, 400)
    left_out = [stats.spearmanr(np.delete(x, k), np.delete(y, k)).statistic for k in range(400)]
    deleted = np.sqrt(399 * np.var(left_out))
    assert _jackknife(stats.rankdata(x), stats.rankdata(y)) == pytest.approx(deleted, rel=0.01)


def normal(rng, n):
    x = rng.standard_normal(n)
    return x, 0.9 * x + np.sqrt(1 - 0.81) * rng.standard_normal(n)


def half_equal(rng, n):
    """Half of the examples keep their value, the others draw a new one."""
    x = rng.random(n)
    return x, np.where(rng.random(n) < 0.5, x, rng.random(n))


def rare(rng, n):
    """10% of ones on both sides, half of them the same."""
    kind = rng.choice(4, n, p=[0.05, 0.05, 0.05, 0.85])
    return (kind <= 1).astype(float), ((kind == 0) | (kind == 2)).astype(float)


def nearly_all_equal(rng, n):
    """A third of ones, of which one example in a hundred draws another value: most samples have one order."""
    x = rng.random(n) < 1 / 3
    return x.astype(float), np.where(rng.random(n) < 0.01, rng.random(n) < 1 / 3, x).astype(float)


@pytest.mark.parametrize("n", [20, 50, 100])
def test_the_interval_holds_the_truth_where_most_samples_have_one_order(n):
    rng = np.random.default_rng(0)
    found = [correlate(*nearly_all_equal(rng, n)) for _ in range(400)]
    assert np.mean([each.spearman == 1 for each in found]) > 0.4
    assert np.mean([each.low <= 0.99 <= each.high for each in found]) >= 0.92


@pytest.mark.parametrize(
    ("draw", "truth"),
    [(normal, 6 / np.pi * np.arcsin(0.45)), (half_equal, 0.5), (rare, (0.05 - 0.01) / 0.09)],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(draw, truth):
    rng = np.random.default_rng(0)
    held = [low <= truth <= high for _ in range(400) for _, _, low, high, _ in [correlate(*draw(rng, 200))]]
    # 95% are asked for; a standard error of 400 draws is 1.1 points.
    assert 0.92 <= np.mean(held) <= 0.985


def test_bonett_and_wrights_width_where_the_scatter_is_normal():
    found = correlate(*normal(np.random.default_rng(1), 50_000))
    half = stats.norm.isf(0.025) * np.sqrt((1 + found.spearman**2 / 2) / (50_000 - 3))
    assert np.arctanh(found.high) - np.arctanh(found.spearman) == pytest.approx(half, rel=0.1)


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingExtraError) as caught:
        correlate(np.arange(5.0), np.arange(5.0))
    assert str(caught.value) == "Comparing maps needs an extra: pip install 'dataset-cartography[report]'"
