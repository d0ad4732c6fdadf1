"""Windows to examples, against a twin that goes example by example."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.dynamics.question_answering import Reading, pool_windows
from dataset_cartography.errors import InputError
from dataset_cartography.log import Rows
from dataset_cartography.schema import QUESTION_ANSWERING


def window(
    example,
    *,
    answer=True,
    start=-1.0,
    end=-1.0,
    extra=0.0,
    null=-5.0,
    lse=(2.0, 3.0),
    best=-0.5,
    margin=-1.0,
):
    """One window's row; `extra` is what further gold spans add to the log-probability."""
    return {
        "example": example,
        "start_logprob": start,
        "end_logprob": end,
        "gold_logprob": start + end + extra,
        "null_logprob": null,
        "start_lse": lse[0],
        "end_lse": lse[1],
        "prediction_logprob": best,
        "margin": margin,
        "prediction_start": 10 + example,
        "prediction_end": 20 + example,
        "has_answer": answer,
        "has_target": answer,
        "correct": answer and margin > 0,
    }


def pool(window_rows, answerable, *, null_allowed=False, **reading):
    kinds = {column.name: column.dtype for column in QUESTION_ANSWERING.columns}
    rows = {name: np.array([row[name] for row in window_rows], kinds[name]) for name in window_rows[0]}
    seen = Rows(rows, np.ones(len(window_rows), int))
    return pool_windows(seen, np.array(answerable), reading=Reading(**reading), null_allowed=null_allowed)


def test_one_window_is_the_likelihood_of_the_span():
    pooled = pool([window(0)], [True])
    assert pooled["gold_probability"] == pytest.approx(math.exp(-2))
    assert pooled["loss"] == pytest.approx(1.0)
    assert pooled["correct"].tolist() == [0]


def test_a_window_without_the_answer_never_takes_its_place():
    sure_of_nothing = window(0, answer=False, start=-0.01, end=-0.01, null=-0.02, best=-9.0, margin=5.0)
    pooled = pool([sure_of_nothing, window(0), sure_of_nothing], [True])
    assert pooled["gold_probability"] == pytest.approx(math.exp(-2))


def test_of_two_answer_bearing_windows_the_better_counts():
    pooled = pool([window(0, start=-3.0), window(0, start=-0.5), window(0, answer=False)], [True])
    assert pooled["gold_probability"] == pytest.approx(math.exp(-1.5))
    mean = pool([window(0, start=-3.0), window(0, start=-0.5)], [True], windows="mean")
    assert mean["gold_probability"] == pytest.approx((math.exp(-4) + math.exp(-1.5)) / 2)


def test_an_answer_cut_off_in_every_window_is_missing_not_hard():
    pooled = pool([window(0, answer=False), window(0, answer=False)], [True])
    assert all(np.isnan(pooled[name]).all() for name in ("gold_probability", "correct", "margin", "loss"))


def test_an_unanswerable_example_needs_every_window_to_say_so():
    windows = [window(0, answer=False, null=-0.1), window(0, answer=False, null=-2.0)]
    pooled = pool(windows, [False], null_allowed=True)
    assert pooled["gold_probability"] == pytest.approx(math.exp(-2))


def test_an_unanswerable_example_is_correct_if_null_beats_every_span():
    sure = window(0, answer=False, null=-0.1, best=-4.0)
    unsure = window(0, answer=False, null=-4.0, best=-0.1)
    assert pool([sure, sure], [False], null_allowed=True)["correct"].tolist() == [1]
    assert pool([sure, unsure], [False], null_allowed=True)["correct"].tolist() == [0]
    assert pool([sure, sure], [False], null_allowed=True)["prediction_start"].tolist() == [-1]


def test_the_decoded_answer_is_the_best_over_windows():
    right = window(0, best=-2.0, margin=1.0)
    assert pool([right], [True])["correct"].tolist() == [1]
    louder = window(0, answer=False, best=-1.0)
    assert pool([right, louder], [True])["correct"].tolist() == [0]
    # Log-probabilities of different windows compare only as logits: a smaller log-sum-exp makes it quieter.
    quieter = window(0, answer=False, best=-1.0, lse=(0.0, 0.0))
    assert pool([right, quieter], [True])["correct"].tolist() == [1]


def test_margin_is_gold_minus_the_best_other_span_of_all_windows():
    right = window(0, best=-2.0, margin=1.5)  # logits: gold 3, best other in this window 1.5
    assert pool([right], [True])["margin"] == pytest.approx(1.5)
    assert pool([right, window(0, answer=False, best=-1.0)], [True])["margin"] == pytest.approx(3.0 - 4.0)


def test_several_gold_spans_add_up_and_first_takes_the_training_target():
    two = window(0, extra=math.log(2))
    assert pool([two], [True])["gold_probability"] == pytest.approx(2 * math.exp(-2))
    assert pool([two], [True], answers="first")["gold_probability"] == pytest.approx(math.exp(-2))


def test_a_window_with_another_gold_answer_only_is_none_of_the_first():
    other = window(0, start=-0.1, end=-0.1) | {"has_target": False, "gold_logprob": -4.0}
    assert pool([other, window(0)], [True], answers="first")["gold_probability"] == pytest.approx(
        math.exp(-2)
    )


def test_geometric_and_mean_are_scales_of_one_decision():
    uneven = window(0, start=-1.0, end=-3.0)
    assert pool([uneven], [True], probability="geometric")["gold_probability"] == pytest.approx(math.exp(-2))
    mean = pool([uneven], [True], probability="mean")["gold_probability"]
    assert mean == pytest.approx((math.exp(-1) + math.exp(-3)) / 2)


def test_shared_norm_is_lowered_by_a_window_that_is_sure_of_something_else():
    bearing, other = window(0), window(0, answer=False)
    alone = pool([bearing], [True], windows="shared_norm")["gold_probability"]
    assert alone == pytest.approx(math.exp(-2))
    # Two windows of equal log-sum-exp halve start and end probability alike.
    both = pool([bearing, other], [True], windows="shared_norm")["gold_probability"]
    assert both == pytest.approx(math.exp(-2) / 4)


def test_an_unknown_reading_names_the_options():
    with pytest.raises(InputError) as error:
        Reading(windows="last")
    assert str(error.value) == "windows must be one of max, mean, shared_norm, but is 'last'."


def eighths(lowest, highest):
    """Numbers whose sums are exact in any precision, so that ties are ties."""
    return st.integers(round(lowest * 8), round(highest * 8)).map(lambda value: value / 8)


@st.composite
def epochs(draw):
    number = eighths(-8, -0.125)
    rows, answerable = [], []
    for example in range(draw(st.integers(1, 4))):
        answerable.append(draw(st.booleans()))
        for _ in range(draw(st.integers(1, 4))):
            margin = draw(eighths(-3, 3).filter(bool))
            rows.append(
                window(
                    example,
                    answer=answerable[-1] and draw(st.booleans()),
                    start=draw(number),
                    end=draw(number),
                    null=draw(number),
                    best=draw(number),
                    margin=margin,
                    lse=(draw(eighths(-2, 5)), draw(eighths(-2, 5))),
                )
            )
    return rows, answerable


def slow_example(windows, can_answer, null_allowed):
    """Decision 6, one example at a time."""
    raw = [row["prediction_logprob"] + row["start_lse"] + row["end_lse"] for row in windows]
    null = min(row["null_logprob"] + row["start_lse"] + row["end_lse"] for row in windows)
    best = max(range(len(windows)), key=lambda i: raw[i])
    bearing = [row for row in windows if row["has_answer"]]
    says_null = null_allowed and null > raw[best]
    if can_answer and not bearing:
        return math.nan, math.nan
    if can_answer:
        return max(math.exp(row["gold_logprob"]) for row in bearing), windows[best][
            "correct"
        ] and not says_null
    return min(math.exp(row["null_logprob"]) for row in windows), says_null


@settings(max_examples=200, deadline=None)
@given(epochs(), st.booleans())
def test_equals_the_twin_that_goes_example_by_example(epoch, null_allowed):
    rows, answerable = epoch
    pooled = pool(rows, answerable, null_allowed=null_allowed)
    for position, example in enumerate(pooled["example"]):
        mine = [row for row in rows if row["example"] == example]
        probability, correct = slow_example(mine, answerable[example], null_allowed)
        assert pooled["gold_probability"][position] == pytest.approx(probability, abs=1e-6, nan_ok=True)
        assert pooled["correct"][position] == pytest.approx(float(correct), nan_ok=True)
