import numpy as np
import pytest

from dataset_cartography.metrics import METRICS
from dataset_cartography.uncertainty.together import most_voted, together

NONE = np.nan


def merged(name, values, seen=None):
    values = np.array(values, dtype=float)
    seen = np.ones(values.shape, bool) if seen is None else np.array(seen)
    return together(METRICS[name], values, seen).tolist()


def test_measures_are_means_over_the_runs_that_saw_the_example():
    values = [[0.2, 0.4, NONE], [0.4, NONE, NONE], [0.9, 0.8, NONE]]
    seen = [[True, True, False], [True, False, False], [True, True, False]]
    assert merged("confidence", values, seen)[:2] == pytest.approx([0.5, 0.6])
    assert np.isnan(merged("confidence", values, seen)[2])


def test_infinite_margins_stay_infinite_and_cancel_to_unknown():
    found = merged("aum", [[np.inf, np.inf, -np.inf], [1.0, -np.inf, -np.inf]])
    np.testing.assert_array_equal(found, [np.inf, np.nan, -np.inf])


@pytest.mark.parametrize(
    ("runs", "expected"),
    [([2, 3, 5], 3), ([2, 5], 2), ([5, 2], 2), ([2, NONE, 4], 4), ([2, NONE], 2), ([3, 2, NONE, NONE], 3)],
)
def test_learned_when_half_of_the_runs_or_more_had_learned(runs, expected):
    assert merged("first_learned_epoch", [[run] for run in runs]) == [expected]


def test_not_learned_where_more_than_half_of_the_runs_never_learned():
    runs = [[2, NONE], [NONE, NONE], [NONE, 3]]
    np.testing.assert_array_equal(merged("first_learned_epoch", runs), [NONE, NONE])
    never = [[0, 1], [1, 1], [1, 0]]
    assert merged("never_learned", never) == [1, 1]


def test_of_two_middle_runs_the_easier_is_taken():
    assert merged("never_learned", [[0, 1], [1, 1]]) == [0, 1]
    assert merged("last_correct", [[0, 1], [1, 1]]) == [1, 1]
    assert merged("forgetting_events", [[3], [1]]) == [1]


def test_a_run_that_did_not_see_an_example_does_not_count():
    assert merged(
        "presentations", [[5, 0], [0, 0], [5, 0]], [[True, False], [False, False], [True, False]]
    ) == [5, 0]
    assert merged("first_learned_epoch", [[NONE], [4]], [[False], [True]]) == [4]


def test_most_runs_decide_and_the_first_of_equal_votes():
    answers = [np.array([[1, 1, NONE, 3], [2, 2, 7, NONE], [2, 3, NONE, NONE]], float)]
    assert most_voted(answers).tolist() == [1, 0, 1, 0]


def test_columns_that_make_one_answer_are_voted_together():
    starts = np.array([[1.0], [1.0], [4.0]])
    ends = np.array([[3.0], [2.0], [2.0]])
    assert most_voted([starts, ends]).tolist() == [0]
    starts[2] = 1.0
    assert most_voted([starts, ends]).tolist() == [1]
