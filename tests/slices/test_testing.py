"""The vectorised tests against the same, one slice and one stratum at a time."""

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.slices.candidates import find_candidates
from dataset_cartography.slices.testing import Tally, singles_and_pairs, telling
from simulated_maps import hard_where, words

N = 600


@pytest.fixture(scope="module")
def counted():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": words(rng, N, list("xyz")), "b": words(rng, N, list("uv")), "c": rng.normal(size=N)}
    )
    hard = (hard_where(frame["a"] == "x", 0.6, 0.3) == "hard").to_numpy()
    candidates = find_candidates(frame, {})
    return frame, candidates, {"hard": hard, "other": ~hard}


def members_of(frame, one):
    return (frame[one.feature] == one.label).to_numpy()


def test_pairs_are_counted_as_one_by_one(counted):
    frame, candidates, regions = counted
    tally = Tally.of(candidates, regions, np.ones(N, dtype=bool))
    assert [one.label for one in candidates.slices][:2] == frame["a"].value_counts().index.tolist()[:2]
    for i, one in enumerate(candidates.slices[:5]):
        for j, other in enumerate(candidates.slices[:5]):
            both = members_of(frame, one) & members_of(frame, other)
            assert tally.every[i, j] == both.sum()
            assert tally.inside[0, i, j] == (both & regions["hard"]).sum()
            assert candidates.holds([i, j]).tolist() == both.tolist()
    part = np.arange(N) < N // 3
    rest = tally - Tally.of(candidates, regions, part)
    again = Tally.of(candidates, regions, ~part)
    assert rest.total == again.total
    assert (rest.every == again.every).all()
    assert (rest.inside == again.inside).all()


def test_within_strata_it_is_the_test_of_cochran_mantel_and_haenszel(counted):
    frame, candidates, regions = counted
    x, hard = (frame["a"] == "x").to_numpy(), regions["hard"]
    singles, _ = singles_and_pairs(candidates, Tally.of(candidates, regions, np.ones(N, dtype=bool)))
    z, p, more = singles.within([Tally.of(candidates, regions, rows) for rows in (x, ~x)])
    for place, one in enumerate(candidates.slices[:5]):
        inside = members_of(frame, one)
        excess = variance = weights = share = rest = 0.0
        for rows in (x, ~x):
            n, m, k = rows.sum(), (rows & inside).sum(), (rows & hard).sum()
            observed = (rows & inside & hard).sum()
            excess += observed - m * k / n
            variance += m * (n - m) * k * (n - k) / (n**2 * (n - 1))
            if 0 < m < n:
                weight = m * (n - m) / n
                weights += weight
                share += weight * observed / m
                rest += weight * (k - observed) / (n - m)
        assert z[0, place] == pytest.approx(excess / np.sqrt(variance) if variance else 0)
        assert more[0, place] == (bool(weights) and bool(telling(share / weights, rest / weights)))
    assert ((p >= 0) & (p <= 1)).all()


def test_what_is_worth_words():
    assert telling(
        np.array([0.25, 0.24, 0.95, 0.02, 0.1, 0.0]), np.array([0.2, 0.2, 0.8, 0.01, 0.3, 0.0])
    ).tolist() == [
        True,
        False,
        True,
        True,
        False,
        False,
    ]


def test_of_many_slices_the_largest_count(monkeypatch):
    monkeypatch.setattr("dataset_cartography.slices.candidates.MAX_SLICES", 4)
    rng = np.random.default_rng(0)
    columns = {name: words(rng, N, list("vwxyyyzzzz")) for name in "ab"} | {
        "c": words(rng, N, ["one", "two"])
    }
    frame = pd.DataFrame(columns)
    candidates = find_candidates(frame, {})
    largest = [("a", "z"), ("b", "z"), ("c", "two"), ("c", "one")]
    assert [(one.feature, one.label) for one in candidates.slices] == largest
    everyone = np.ones(N, dtype=bool)
    tally = Tally.of(candidates, {"some": everyone}, everyone)
    for i, one in enumerate(candidates.slices):
        assert candidates.holds([i]).tolist() == members_of(frame, one).tolist()
        assert [tally.every[i, j] for j in range(4)] == [
            (members_of(frame, one) & members_of(frame, other)).sum() for other in candidates.slices
        ]
