import numpy as np
import pytest
from scipy import stats

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.paired import Difference, paired_difference


def interval_of(samples, level=0.95):
    """Student's interval of independent samples, as SciPy makes it."""
    return stats.ttest_1samp(samples, 0).confidence_interval(level)


def test_one_seed_is_students_t_of_the_examples_and_claims_nothing():
    random = np.random.default_rng(0)
    a, b = random.random((1, 50)) + 0.5, random.random((1, 50))
    found = paired_difference(a, b)
    expected = interval_of((a - b)[0])
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(float((a - b).mean()))
    assert (found.degrees_of_freedom, found.seeds, found.examples) == (49, 1, 50)
    assert found.low > 0
    assert not found.excludes_zero


def test_two_terms_and_satterthwaites_degrees():
    random = np.random.default_rng(1)
    d = random.normal(0, 1, (4, 1)) * 0.02 + random.normal(0, 1, (1, 40)) + random.normal(0, 0.2, (4, 40))
    found = paired_difference(d, np.zeros_like(d))
    seeds, examples = d.mean(axis=1).var(ddof=1) / 4, d.mean(axis=0).var(ddof=1) / 40
    degrees = (seeds + examples) ** 2 / (seeds**2 / 3 + examples**2 / 39)
    assert found.standard_error == pytest.approx(np.sqrt(seeds + examples))
    assert found.degrees_of_freedom == pytest.approx(degrees)
    half = stats.t.isf(0.025, degrees) * np.sqrt(seeds + examples)
    assert (found.low, found.high) == pytest.approx((d.mean() - half, d.mean() + half))


def test_where_seeds_decide_it_is_students_t_of_the_seeds():
    random = np.random.default_rng(2)
    d = random.normal(0, 1, (3, 1)) + random.normal(0, 1, (1, 300)) + random.normal(0, 0.5, (3, 300))
    found = paired_difference(d, np.zeros_like(d))
    expected = interval_of(d.mean(axis=1))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.degrees_of_freedom == 2


def test_groups_of_one_change_nothing_and_copies_add_nothing():
    random = np.random.default_rng(3)
    d = random.normal(0.3, 1, (1, 60))
    alone = paired_difference(d, np.zeros_like(d))
    assert paired_difference(d, np.zeros_like(d), clusters=np.arange(60).astype(str)) == alone
    copies = np.repeat(d, 4, axis=1)
    found = paired_difference(copies, np.zeros_like(copies), clusters=np.repeat(np.arange(60), 4))
    assert found[:5] == pytest.approx(alone[:5])


def test_arms_that_score_alike_differ_by_nothing():
    same = np.tile([0.0, 1.0, 0.5], (3, 1))
    assert paired_difference(same, same) == Difference(0.0, 0.0, 0.0, 0.0, 2.0, 3, 3)
    always = paired_difference(same + 0.1, same)
    assert (always.low, always.high) == (always.mean, always.mean)
    assert always.excludes_zero


def test_the_level_widens_the_interval():
    d = np.random.default_rng(4).normal(0, 1, (3, 30))
    narrow, wide = (paired_difference(d, np.zeros_like(d), level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def draw(random, kind, seeds, spread, n=500):
    """Differences whose true mean is 0: spreads of the seeds, the examples and the rest."""
    of_seed, of_example, rest = spread
    shape = (seeds, n)
    noise = {
        "normal": lambda: random.normal(0, 1, shape),
        "heavy": lambda: random.standard_t(3, shape) / np.sqrt(3),
        "right or wrong": lambda: random.choice([-1, 0, 0, 0, 1], shape) / np.sqrt(0.4),
    }[kind]()
    return random.normal(0, of_seed, (seeds, 1)) + random.normal(0, of_example, (1, n)) + noise * rest


@pytest.mark.parametrize(
    "kind", ["normal", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("heavy", "right or wrong"))]
)
@pytest.mark.parametrize(
    "spread",
    [(0.0, 0.0, 1.0), (0.0, 1.0, 0.3), (0.03, 0.5, 1.0), (0.15, 1.0, 0.5), (1.0, 1.0, 1.0)],
    ids=["rest", "examples", "all", "seeds more", "seeds most"],
)
@pytest.mark.parametrize(("seeds", "most"), [(3, 2.3), (5, 1.7)])
def test_intervals_hold_the_true_difference(seeds, most, spread, kind):
    """At least 93% of 95% intervals, and on average not far wider than if all spreads were known."""
    random, runs = np.random.default_rng(5), 1200
    found = [
        paired_difference(d, np.zeros_like(d))
        for d in (draw(random, kind, seeds, spread) for _ in range(runs))
    ]
    held = np.mean([each.low <= 0 <= each.high for each in found])
    known = np.sqrt(np.sum(np.square(spread) / [seeds, 500, seeds * 500]))
    assert held >= 0.93
    assert np.mean([each.high - each.low for each in found]) <= most * 2 * 1.96 * known


def test_groups_are_taken_into_account():
    random, runs, groups = np.random.default_rng(6), 200, np.repeat(np.arange(40), 10)
    held = {"by group": 0, "each alone": 0}
    for _ in range(runs):
        d = random.normal(0, 0.5, 40)[groups] + random.normal(0, 1, (3, 400)) * 0.5
        for name, clusters in (("by group", groups), ("each alone", None)):
            found = paired_difference(d, np.zeros_like(d), clusters=clusters)
            held[name] += found.low <= 0 <= found.high
    assert held["by group"] >= 0.93 * runs
    assert held["each alone"] <= 0.7 * runs


@pytest.mark.parametrize(
    ("a", "clusters", "message"),
    [
        (
            np.zeros(3),
            None,
            "Scores of shapes (3,) and (2, 3) cannot be compared; both must be (seeds, examples).",
        ),
        (
            np.zeros((3, 3)),
            None,
            "Scores of shapes (3, 3) and (2, 3) cannot be compared; both must be (seeds, examples).",
        ),
        (
            np.full((2, 3), np.nan),
            None,
            "A score is missing or not finite, so no difference can be told.",
        ),
        (np.zeros((2, 3)), [1, 2], "Give each of the 3 evaluation examples a group."),
        (np.zeros((2, 3)), ["a", None, "b"], "Give each of the 3 evaluation examples a group."),
        (
            np.zeros((2, 3)),
            [1, 1, 1],
            "All evaluation examples are of one group; a difference needs two groups or more.",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(a, clusters, message):
    with pytest.raises(InputError) as error:
        paired_difference(a, np.zeros((2, 3)), clusters=clusters)
    assert str(error.value) == message


@pytest.mark.parametrize("shape", [(0, 5), (3, 1)])
def test_too_little_is_refused(shape):
    with pytest.raises(InputError) as error:
        paired_difference(np.zeros(shape), np.zeros(shape))
    assert (
        str(error.value) == f"{shape[0]} seeds and {shape[1]} examples were scored; compare 1 and 2 or more."
    )


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy", None)
    with pytest.raises(ImportError) as error:
        paired_difference(np.eye(2), np.zeros((2, 2)))
    assert str(error.value) == "An experiment needs an extra: pip install 'dataset-cartography[report]'"
