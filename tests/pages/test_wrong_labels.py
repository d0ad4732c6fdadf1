import pandas as pd
import pytest

from dataset_cartography.label_errors import REVIEW
from dataset_cartography.pages import join_ranking
from dataset_cartography.pages.info import map_info
from dataset_cartography.pages.wrong_labels import (
    PROBABILITY,
    degree,
    review_words,
    suggested_number,
    suspicion_note,
)
from dataset_cartography.regions import categorize_examples
from rankings import ranking


def test_a_ranking_is_joined_by_id_in_any_order():
    df = pd.DataFrame({"confidence": [0.1, 0.5, 0.9], "variability": [0.1, 0.4, 0.1]}, index=["a", "b", "c"])
    df = categorize_examples(df)
    joined = join_ranking(df, ranking(["c", "a"], ["yes", None]))
    assert joined.index.tolist() == ["a", "b", "c"]
    assert joined["wrong_label_probability"].fillna(-1).tolist() == [0.05, -1, 0.95]
    assert joined["suggested"].isna().tolist() == [True, True, False]
    assert joined.attrs == df.attrs
    assert "wrong_label_probability" not in df
    assert map_info(joined)["metrics"][-1] == {
        "name": "wrong_label_probability",
        "title": "wrong label, estimated probability",
        "integer": False,
        "boolean": False,
        "hard_end": "high",
    }
    assert [metric["name"] for metric in map_info(joined)["metrics"][-2:]] == [
        "wrong_label_rank",
        PROBABILITY,
    ]
    assert map_info(df)["metrics"] == map_info(joined)["metrics"][:-2]


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "almost certainly wrong"),
        (0.9, "almost certainly wrong"),
        (0.7, "probably wrong"),
        (0.5, "more likely wrong than right"),
        (0.2, "possibly wrong"),
        (0.0, "probably right"),
    ],
)
def test_degrees(probability, words):
    assert degree(probability) == words


def test_a_note_says_what_the_label_looks_like_why_and_what_might_stand_there():
    row = join_ranking(pd.DataFrame(index=[1]), ranking([1], ["x"])).to_dict("records")[0]
    assert suspicion_note(row, "x") == (
        "Looks wrong (estimated probability of a wrong label 0.95): never learned. "
        "Suggested instead: “x”, predicted in 50% of the epochs; best other than the label: 0.75 on average."
    )
    assert (
        suspicion_note(row, None)
        == "Looks wrong (estimated probability of a wrong label 0.95): never learned."
    )
    assert suspicion_note({**row, "suggested_share": 1.0}, "x").endswith(
        "predicted in every epoch; best other than the label: 0.75 on average."
    )
    hostile = suspicion_note({**row, "reason": "'a\u202e' " * 100}, None)
    assert "'a⟨U+202E⟩'" in hostile
    assert "\u202e" not in hostile
    assert hostile.endswith("(100 more characters).")


def test_sound_and_unseen_labels_have_no_note():
    df = join_ranking(pd.DataFrame(index=[1, 2]), ranking([1], ["x"], looks=("sound",)))
    assert [suspicion_note(row, "x") for row in df.to_dict("records")] == [None, None]
    assert suspicion_note({}, None) is None


def test_how_many_to_review():
    some = ranking(range(10), "x")
    assert review_words(some) == (
        "About 5 of 10 labels are estimated to be wrong; reviewing the first 2 should find 80% of them."
    )
    some.attrs[REVIEW] = {"expected_wrong": 1.2, "to_catch_80": 1}
    assert review_words(some).startswith(
        "About 1 of 10 labels is estimated to be wrong; reviewing the first 1 "
    )
    some.attrs[REVIEW] = {"expected_wrong": 0.3, "to_catch_80": 1}
    assert review_words(some) == "Fewer than one of 10 labels is estimated to be wrong."


def test_suggestions_as_numbers():
    labels = ["no", "yes", "7"]
    assert [suggested_number(value, labels) for value in ("yes", "7", "12", "maybe", 3, None, pd.NA)] == (
        [1, 2, 12, None, 3, None, None]
    )
