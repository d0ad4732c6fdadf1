"""What the model named instead of the label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.label_errors.alternatives import find_alternatives, other_probability
from made_dynamics import make_dynamics

NAN = float("nan")


def test_the_rival_is_the_other_label_that_was_predicted_most():
    dynamics = make_dynamics(
        gold=[[0.2, 0.2, 0.2, 0.9]], margin=[[-1.0, -1.0, -1.0, 2.0]], predictions=[[2, 1, 2, 0]]
    )
    rival = find_alternatives(dynamics)
    assert rival.take(dynamics.predictions["prediction"]).tolist() == [2]
    assert rival.share.tolist() == [0.5]
    assert rival.agreement.tolist() == pytest.approx([2 / 3])


def test_a_sure_rival_outweighs_two_passing_ones():
    dynamics = make_dynamics(gold=[[0.01, 0.2, 0.2]], margin=[[-4.5, -0.1, -0.1]], predictions=[[2, 1, 1]])
    rival = find_alternatives(dynamics)
    assert rival.take(dynamics.predictions["prediction"]).tolist() == [2]
    assert rival.share.tolist() == pytest.approx([1 / 3])


def test_a_label_always_predicted_has_no_rival():
    dynamics = make_dynamics(gold=[[0.9, 0.9]], margin=[[2.0, 2.0]], predictions=[[0, 0]])
    rival = find_alternatives(dynamics)
    assert rival.epoch.tolist() == [-1]
    assert np.isnan(rival.take(dynamics.predictions["prediction"])).all()
    assert (rival.share.tolist(), rival.agreement.tolist()) == ([0.0], [0.0])


def test_spans_that_overlap_by_half_are_one_rival_and_its_surest_epoch_shows_it():
    dynamics = make_dynamics(
        gold=[[0.2, 0.1, 0.3]],
        margin=[[-1.0, -2.0, -0.5]],
        starts=[[10, 12, 40]],
        ends=[[20, 20, 45]],
    )
    rival = find_alternatives(dynamics)
    assert rival.share.tolist() == pytest.approx([2 / 3])
    assert rival.take(dynamics.predictions["prediction_start"]).tolist() == [12]


def test_no_answer_is_a_rival_of_its_own():
    dynamics = make_dynamics(
        gold=[[0.1, 0.1, 0.1]],
        margin=[[-2.0, -2.0, -2.0]],
        starts=[[-1, -1, 0]],
        ends=[[-1, -1, 4]],
    )
    rival = find_alternatives(dynamics)
    assert rival.take(dynamics.predictions["prediction_start"]).tolist() == [-1]
    assert rival.share.tolist() == pytest.approx([2 / 3])


def test_epochs_not_seen_count_for_nothing():
    dynamics = make_dynamics(
        gold=[[0.1, NAN], [NAN, NAN]], margin=[[-2.0, NAN], [NAN, NAN]], predictions=[[3, NAN], [NAN, NAN]]
    )
    rival = find_alternatives(dynamics)
    np.testing.assert_array_equal(rival.share, [1.0, np.nan])
    np.testing.assert_allclose(rival.probability, [0.1 * np.exp(2), np.nan], rtol=1e-6)


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=6), st.integers(0, 2))
def test_the_other_probability_is_the_softmaxs(logits, gold):
    logits = np.array(logits)
    others = np.delete(logits, gold)
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    dynamics = make_dynamics(
        gold=[[chances[gold]]], margin=[[logits[gold] - others.max()]], predictions=[[logits.argmax()]]
    )
    expected = np.exp(others.max() - logits.max()) / np.exp(logits - logits.max()).sum()
    assert other_probability(dynamics)[0, 0] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_gold_probability_of_zero_leaves_a_sure_rival():
    dynamics = make_dynamics(gold=[[0.0]], margin=[[-200.0]], predictions=[[1]])
    assert other_probability(dynamics).tolist() == [[1.0]]


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=8))
def test_it_finds_what_a_count_by_hand_finds(predictions):
    """With every other label as probable, the rival is the one named most, and the first of equals."""
    predictions = np.array(predictions)
    margin = np.where(predictions == 0, 1.0, -1.0)
    dynamics = make_dynamics(gold=np.full(predictions.shape, 0.25), margin=margin, predictions=predictions)
    rival = find_alternatives(dynamics)
    suggested = rival.take(dynamics.predictions["prediction"])
    for row, label, share, agreement in zip(
        predictions, suggested, rival.share, rival.agreement, strict=True
    ):
        others = [one for one in row.tolist() if one != 0]
        if not others:
            assert np.isnan(label)
            continue
        assert label == max(others, key=others.count)
        assert share == others.count(label) / 4
        assert agreement == others.count(label) / len(others)
