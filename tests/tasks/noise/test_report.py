"""Precision, recall and average precision, by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.noise import AtK, planted_report


def test_a_ranking_by_hand():
    #             1    2    3    4    5    6    7    8
    ranking = ["a", "x", "b", "c", "y", "z", "d", "w"]
    report = planted_report(ranking, ["a", "b", "c", "d", "e"], at=[2, 4, 8])
    assert (report.planted, report.ranked, report.missing) == (5, 8, 1)
    assert report.at == (
        AtK(2, 1, 1 / 2, 1 / 5, 1.0),
        AtK(4, 3, 3 / 4, 3 / 5, 2.0),
        AtK(5, 3, 3 / 5, 3 / 5, 2.5),
        AtK(8, 4, 4 / 8, 4 / 5, 4.0),
    )
    assert report.at_planted == report.at[2]
    # Missing ones count as never found.
    assert report.average_precision == pytest.approx((1 / 1 + 2 / 3 + 3 / 4 + 4 / 7) / 5)
    assert report.to_catch_80 == 7
    assert report.own_to_catch_80 == 3  # "x", "y", "z"
    assert report.to_frame().loc[4].tolist() == [3, 0.75, 0.6, 2.0]


def test_perfect_and_worst_rankings():
    ids = list(range(100))
    best, worst = planted_report(ids, ids[:10]), planted_report(ids[::-1], ids[:10])
    assert (best.average_precision, best.to_catch_80, best.at_planted.recall) == (1.0, 8, 1.0)
    assert worst.average_precision == pytest.approx(sum(found / (90 + found) for found in range(1, 11)) / 10)
    assert (worst.to_catch_80, worst.at_planted.found) == (98, 0)
    assert [at.k for at in best.at] == [10, 20, 100]


def test_80_percent_out_of_reach():
    assert planted_report(["a", "b"], ["a", "c"]).to_catch_80 is None


@pytest.mark.parametrize(("planted", "wanted"), [(1, 1), (4, 4), (5, 4), (6, 5), (35, 28)])
def test_80_percent_is_rounded_up(planted, wanted):
    assert planted_report(range(50), range(planted)).to_catch_80 == wanted


def test_a_planted_frame_and_an_index_are_taken():
    planted = pd.DataFrame({"id": ["a", "b"], "original": [0, 0], "planted": [1, 1], "kind": "uniform"})
    assert planted_report(pd.Index(["b", "c", "a"]), planted).average_precision == pytest.approx(
        (1 + 2 / 3) / 2
    )
    numbers = pd.DataFrame({"id": [3, 1]})
    assert planted_report(np.array([1, 2, 3]), numbers).at_planted.found == 1


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any))
def test_average_precision_is_the_area_under_precision_by_recall(hits):
    """scikit-learn's definition: the sum of precision times the step in recall."""
    wrong = [position for position, hit in enumerate(hits) if hit]
    steps = [sum(hits[: k + 1]) / (k + 1) * hits[k] / len(wrong) for k in range(len(hits))]
    assert planted_report(range(len(hits)), wrong).average_precision == pytest.approx(sum(steps))


@pytest.mark.parametrize(
    ("ranking", "planted", "at", "message"),
    [
        (["a"], [], None, "There are no planted labels to be found."),
        ([], ["a"], None, "The ranking is empty: there is nothing to look at."),
        (["a", "b", "a"], ["a"], None, "The ranking has the id 'a' twice: rank each example once."),
        (["a", "b"], ["a"], [3], "Cannot look at the 3 most suspicious of 2 examples; give a k from 1 to 2."),
        (["a", "b"], ["a"], [0], "Cannot look at the 0 most suspicious of 2 examples; give a k from 1 to 2."),
        (
            ["1", "2"],
            [1],
            None,
            "The ids differ in type: the ranking has '1', the planted have 1. Give both as the dataset has them.",
        ),
    ],
)
def test_what_cannot_be_looked_at_is_refused(ranking, planted, at, message):
    with pytest.raises(InputError) as error:
        planted_report(ranking, planted, at=at)
    assert str(error.value) == message
