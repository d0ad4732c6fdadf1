import math

import numpy as np
import pytest

from dataset_cartography.regions import QuantileRule, ThresholdRule
from dataset_cartography.uncertainty.probability import (
    borders,
    pooled,
    region_probabilities,
    standard_deviation,
)


def slow(confidence, variability, rule, spread):
    """The formula of the docstring, example by example; a column per run."""
    sums, counts = [], []
    for c_runs, v_runs in zip(confidence.T.tolist(), variability.T.tolist(), strict=True):
        found = []
        for c, v in zip(c_runs, v_runs, strict=True):
            if not math.isnan(c):
                above = 1 / (1 + math.exp(-math.pi * (v - rule.variability) / (math.sqrt(3) * spread[1])))
                right = 1 / (1 + math.exp(-math.pi * (c - rule.confidence) / (math.sqrt(3) * spread[0])))
                found.append([(1 - above) * right, above, (1 - above) * (1 - right)])
        sums.append(np.sum(found, axis=0) if found else np.zeros(3))
        counts.append(len(found))
    usual = np.sum(sums, axis=0) / sum(counts)
    return [(total + usual / 4) / (count + 1 / 4) for total, count in zip(sums, counts, strict=True)]


def runs(count=3, examples=50, chance=0.05, seed=0):
    rng = np.random.default_rng(seed)
    places = rng.random(examples), 0.5 * rng.random(examples)
    return [
        np.clip(place + chance * rng.standard_normal((count, examples)), 0, high)
        for place, high in zip(places, (1, 0.5), strict=True)
    ]


def test_equals_the_formula():
    confidence, variability = runs()
    confidence[0, :5] = variability[0, :5] = np.nan
    rule = ThresholdRule()
    spread = tuple(
        math.sqrt(
            np.mean(
                [np.var([x for x in column if not math.isnan(x)], ddof=1) for column in values.T.tolist()]
            )
        )
        for values in (confidence, variability)
    )
    found = region_probabilities(confidence, variability, rule)
    np.testing.assert_allclose(found, slow(confidence, variability, rule, spread), atol=1e-12)
    given = region_probabilities(confidence[:1], variability[:1], rule, (0.1, 0.2))
    expected = np.array(slow(confidence[:1], variability[:1], rule, (0.1, 0.2)))
    np.testing.assert_allclose(given[5:], expected[5:], atol=1e-12)
    assert np.isnan(given[:5]).all()


def test_rows_sum_to_one_and_what_no_run_knows_is_missing():
    confidence, variability = runs()
    confidence[:, 7] = variability[:, 7] = np.nan
    found = region_probabilities(confidence, variability, QuantileRule())
    assert np.isnan(found[7]).all()
    np.testing.assert_allclose(np.delete(found, 7, axis=0).sum(axis=1), 1)
    assert np.isnan(region_probabilities(confidence * np.nan, variability * np.nan, ThresholdRule())).all()


def test_runs_that_agree_exactly_leave_only_the_quarter_of_a_run():
    confidence = np.array([[0.9, 0.1, 0.5]] * 2)
    variability = np.array([[0.1, 0.1, 0.3]] * 2)
    found = region_probabilities(confidence, variability, ThresholdRule())
    np.testing.assert_allclose(found[0], (2 * np.array([1, 0, 0]) + 0.25 / 3) / 2.25)


def test_more_runs_that_agree_are_surer_and_runs_that_differ_are_less_sure():
    def own(count, other):
        confidence = np.full((count, 100), 0.9)
        confidence[:, 1:] = np.linspace(0, 1, 99)
        confidence[-1, 0] = other
        return region_probabilities(confidence, np.full((count, 100), 0.1), ThresholdRule(), (0.05, 0.05))[
            0, 0
        ]

    assert own(2, 0.9) < own(5, 0.9) < 1
    assert own(5, 0.1) < own(5, 0.9)


@pytest.mark.parametrize("rule", [ThresholdRule(), QuantileRule()], ids=["threshold", "quantile"])
def test_another_run_repeats_regions_as_often_as_expected(rule):
    confidence, variability = runs(count=20, examples=4000, chance=0.08)
    expected, repeated = [], []
    for out in range(4, 20):
        place = confidence[:4].mean(axis=0), variability[:4].mean(axis=0)
        own = rule.codes(*place)
        found = region_probabilities(confidence[:4], variability[:4], rule)
        expected.append(found[np.arange(4000), own].mean())
        repeated.append(np.mean(rule.codes(confidence[out], variability[out]) == own))
    assert np.mean(expected) == pytest.approx(np.mean(repeated), abs=0.06)


def test_borders_of_ranks_lie_between_the_examples_they_part():
    variability = np.array([0.1, 0.2, 0.3, 0.4, np.nan, 0.1])
    confidence = np.array([0.9, 0.2, 0.5, 0.5, np.nan, 0.6])
    assert borders(QuantileRule(), confidence, variability) == pytest.approx((0.25, 0.75))
    assert borders(QuantileRule(0, 0), confidence, variability) == (math.inf, -math.inf)
    assert borders(QuantileRule(1, 0), confidence, variability)[0] == -math.inf
    assert borders(ThresholdRule(0.6, 0.25), confidence, variability) == (0.25, 0.6)


def test_regions_that_a_rule_leaves_empty_have_no_probability():
    found = region_probabilities(*runs(), QuantileRule(0, 0))
    np.testing.assert_allclose(found, [[1, 0, 0]] * 50, atol=1e-12)


def test_standard_deviation_between_the_runs_that_know():
    values = np.array([[1.0, 2.0, np.nan, np.inf], [3.0, np.nan, np.nan, 1.0], [5.0, 4.0, 1.0, 2.0]])
    np.testing.assert_allclose(standard_deviation(values), [2.0, math.sqrt(2), np.nan, math.sqrt(0.5)])
    assert pooled(np.array([3.0, 4.0, np.nan])) == pytest.approx(math.sqrt(12.5))
    assert math.isnan(pooled(np.array([np.nan])))
