import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataset_cartography.errors import InputError
from dataset_cartography.regions import QuantileRule, ThresholdRule, region_rule

SHARES = st.floats(0, 0.5)
MAPS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        npst.arrays(float, n, elements=st.floats(0, 1), unique=True),
        npst.arrays(float, n, elements=st.floats(0, 0.5), unique=True),
    )
)


def quantile_twin(confidence, variability, ambiguous, hard):
    """The paper's top thirds as a person would take them: sort, cut, sort the rest, cut."""
    rows = sorted(range(len(confidence)), key=lambda row: (-variability[row], confidence[row], row))
    cut = round(len(rows) * ambiguous)
    rest = sorted(rows[cut:], key=lambda row: (confidence[row], -variability[row], row))
    regions = dict.fromkeys(rows[:cut], "ambiguous")
    regions |= dict.fromkeys(rest[: round(len(rows) * hard)], "hard")
    return [regions.get(row, "easy") for row in range(len(rows))]


def test_thresholds_belong_to_the_upper_side():
    confidence = np.array([0.5, 0.4999, 0.9, 0.1, 0.5])
    variability = np.array([0.0, 0.0, 0.2, 0.2, 0.1999])
    assert ThresholdRule()(confidence, variability).tolist() == [
        "easy",
        "hard",
        "ambiguous",
        "ambiguous",
        "easy",
    ]


def test_thresholds_can_be_chosen():
    rule = ThresholdRule(confidence=0.9, variability=0.4)
    assert rule(np.array([0.8, 0.95]), np.array([0.3, 0.4])).tolist() == ["hard", "ambiguous"]


@pytest.mark.parametrize("rule", [ThresholdRule(), QuantileRule()])
def test_unknown_values_get_no_region(rule):
    regions = rule(np.array([np.nan, 0.9, np.nan]), np.array([np.nan, np.nan, 0.1]))
    assert regions.tolist() == [None, None, None]
    assert rule(np.array([]), np.array([])).tolist() == []


def test_quantiles_count_only_the_known():
    confidence = np.array([np.nan, 0.9, 0.8, 0.1])
    variability = np.array([np.nan, 0.1, 0.3, 0.1])
    assert QuantileRule()(confidence, variability).tolist() == [None, "easy", "ambiguous", "hard"]


@settings(derandomize=True, deadline=None)
@given(values=MAPS, ambiguous=SHARES, hard=SHARES)
def test_quantile_rule_equals_its_slow_twin(values, ambiguous, hard):
    regions = QuantileRule(ambiguous, hard)(*values)
    assert regions.tolist() == quantile_twin(*values, ambiguous, hard)


@settings(derandomize=True, deadline=None)
@given(
    codes=npst.arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 8)), ambiguous=SHARES, hard=SHARES
)
def test_quantile_counts_are_exact_with_ties(codes, ambiguous, hard):
    confidence, variability = codes % 3 / 2, codes // 3 / 4
    regions = QuantileRule(ambiguous, hard)(confidence, variability).tolist()
    assert regions == quantile_twin(confidence, variability, ambiguous, hard)


@settings(derandomize=True, deadline=None)
@given(values=MAPS, seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_matter(values, seed):
    confidence, variability = values
    order = np.random.default_rng(seed).permutation(len(confidence))
    for rule in (ThresholdRule(), QuantileRule()):
        regions = rule(confidence, variability)
        assert rule(confidence[order], variability[order]).tolist() == regions[order].tolist()


def test_odd_halves_leave_nobody_out():
    regions = QuantileRule(ambiguous=0.5, hard=0.5)(np.array([0.1, 0.2, 0.3]), np.array([0.3, 0.2, 0.1]))
    assert regions.tolist() == ["ambiguous", "ambiguous", "hard"]


def test_rules_are_frozen_values():
    assert ThresholdRule() == ThresholdRule(0.5, 0.2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ThresholdRule().confidence = 0.1


def test_region_rule_turns_levels_into_shares():
    assert region_rule() == ThresholdRule()
    assert region_rule("threshold", 0.6, 0.3) == ThresholdRule(0.6, 0.3)
    rule = region_rule("quantile")
    assert (rule.ambiguous, rule.hard) == pytest.approx((1 / 3, 1 / 3))
    rule = region_rule("quantile", 0.25, 0.8)
    assert (rule.ambiguous, rule.hard) == pytest.approx((0.2, 0.2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ThresholdRule(confidence=1.5), "The confidence threshold must be between 0 and 1; got 1.5."),
        (
            lambda: ThresholdRule(variability=0.6),
            "The variability threshold must be between 0 and 0.5; got 0.6.",
        ),
        (
            lambda: ThresholdRule(variability="x"),
            "The variability threshold must be between 0 and 0.5; got x.",
        ),
        (lambda: QuantileRule(ambiguous=-0.1), "The ambiguous share must be between 0 and 1; got -0.1."),
        (lambda: QuantileRule(hard=float("nan")), "The hard share must be between 0 and 1; got nan."),
        (
            lambda: QuantileRule(0.75, 0.5),
            "The ambiguous and the hard share must be at most 1 together; got 0.75 and 0.5.",
        ),
        (
            lambda: region_rule("quantile", confidence_threshold=2),
            "The quantile level of confidence must be between 0 and 1; got 2.",
        ),
        (
            lambda: region_rule("quantile", variability_threshold=-1),
            "The quantile level of variability must be between 0 and 1; got -1.",
        ),
        (lambda: region_rule("median"), "Unknown method 'median'; choose one of: threshold, quantile."),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value) == message
