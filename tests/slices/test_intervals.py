import numpy as np
import pytest
from scipy.stats import fisher_exact

from dataset_cartography.slices.intervals import chance_of, holm, newcombe


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe (1998), table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_is_newcombes(first, second, low, high):
    (a, m), (b, n) = first, second
    ends = newcombe(np.array(a), np.array(m), a + b, m + n, level=0.95)
    assert ends == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize("inside", [0, 3, 9, 20])
def test_the_chance_of_is_fishers(inside):
    p = chance_of(np.array([inside]), 20, 60, 200)
    table = [[inside, 20 - inside], [60 - inside, 140 - 20 + inside]]
    sides = [fisher_exact(table, alternative=side).pvalue for side in ("greater", "less")]
    assert p[0] == pytest.approx(min(1, 2 * min(sides)))


def test_the_chance_among_a_million_is_sound():
    count, members, total = 250_000, 333_333, 1_000_000
    spread = np.sqrt(count * (1 / 3) * (2 / 3) * 0.75)
    p = chance_of(np.round(count / 3 + spread * np.array([0, 2, -4])), count, members, total)
    assert p == pytest.approx([1.0, 0.0455, 6.3e-5], rel=0.03)


def test_holm():
    even = np.full((2, 2), 0.25)
    assert holm(np.array([[0.01, 0.04], [0.03, 0.005]]), even).tolist() == [
        [pytest.approx(0.03), pytest.approx(0.06)],
        [pytest.approx(0.06), pytest.approx(0.02)],
    ]
    assert holm(np.array([0.9, 0.8]), np.array([0.5, 0.5])).tolist() == [1.0, 1.0]
    assert holm(np.array([]), np.array([])).tolist() == []


def test_holm_with_weights():
    # The first is rejected at 0.05 * 0.8, then the second at all of what both had.
    adjusted = holm(np.array([0.04, 0.03]), np.array([0.8, 0.2]))
    assert adjusted.tolist() == [pytest.approx(0.05), pytest.approx(0.05)]
    # With nine tenths of alpha the last costs as much as that.
    assert holm(np.array([0.036]), np.array([0.9])).tolist() == [pytest.approx(0.04)]
