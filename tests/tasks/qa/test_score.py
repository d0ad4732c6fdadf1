import logging

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.text import squad

from dataset_cartography.tasks.qa import Prediction, exact_match, f1, score_predictions

WORDS = st.lists(
    st.sampled_from(["the", "a", "dose", "Dose", "81", "mg.", "an", "-", "é", "mg", "  "]), max_size=6
).map(" ".join)


@pytest.mark.parametrize(
    ("prediction", "golds", "exact", "overlap"),
    [
        ("the 81 mg.", ["81 mg"], 1.0, 1.0),
        ("81 mg daily", ["81 mg"], 0.0, 0.8),
        ("Denver Broncos", ["Broncos", "the Denver Broncos"], 1.0, 1.0),
        ("mg mg", ["mg"], 0.0, 2 / 3),
        ("Denver", [], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("", ["Denver"], 0.0, 0.0),
        ("the", ["a"], 1.0, 1.0),
        ("", ["the", "dog"], 0.0, 0.0),
    ],
)
def test_scores_of_one_example(prediction, golds, exact, overlap):
    assert exact_match(prediction, golds) == exact
    assert f1(prediction, golds) == pytest.approx(overlap)


@given(WORDS, st.lists(WORDS.filter(lambda text: "81" in text), min_size=1, max_size=3))
def test_agrees_with_torchmetrics(prediction, golds):
    expected = squad(
        [{"prediction_text": prediction, "id": "1"}],
        [{"answers": {"text": golds, "answer_start": [0] * len(golds)}, "id": "1"}],
    )
    assert 100 * exact_match(prediction, golds) == pytest.approx(float(expected["exact_match"]))
    assert 100 * f1(prediction, golds) == pytest.approx(float(expected["f1"]), rel=1e-6)


def examples(*golds):
    text, offset = datasets.Value("string"), datasets.Value("int64")
    answers = {"text": datasets.List(text), "answer_start": datasets.List(offset)}
    rows = [
        {"id": f"r{row}", "answers": {"text": list(gold), "answer_start": [0] * len(gold)}}
        for row, gold in enumerate(golds)
    ]
    return datasets.Dataset.from_list(rows, features=datasets.Features(id=text, answers=answers))


def test_scores_of_a_set():
    predictions = {"r1": "81 mg daily", "r0": Prediction("Bob", 0, 3, 1.0, 0.0)}
    metrics, per_example = score_predictions(predictions, examples(["Bob"], ["81 mg"]))
    assert metrics == {"exact_match": 50.0, "f1": pytest.approx(90.0), "n": 2}
    assert per_example["exact_match"].tolist() == [1.0, 0.0]
    assert per_example["f1"].tolist() == pytest.approx([1.0, 0.8])


def test_answerable_and_unanswerable_apart():
    metrics = score_predictions({"r0": "Bob", "r1": "x", "r2": ""}, examples(["Bob"], [], [])).metrics
    assert metrics == {
        "exact_match": pytest.approx(200 / 3),
        "f1": pytest.approx(200 / 3),
        "n": 3,
        "has_answer_exact_match": 100.0,
        "has_answer_f1": 100.0,
        "has_answer_n": 1,
        "no_answer_exact_match": 50.0,
        "no_answer_f1": 50.0,
        "no_answer_n": 2,
    }


def test_nothing_but_unanswerable_examples():
    metrics = score_predictions({"r0": ""}, examples([])).metrics
    assert set(metrics) == {
        "exact_match",
        "f1",
        "n",
        "no_answer_exact_match",
        "no_answer_f1",
        "no_answer_n",
    }


def test_an_example_without_a_prediction_scores_nothing(caplog):
    with caplog.at_level(logging.WARNING):
        scores = score_predictions({"r0": "Bob"}, examples(["Bob"], []))
    assert scores.per_example["exact_match"].tolist() == [1.0, 0.0]
    assert caplog.messages == ["1 of 2 examples have no prediction and score 0"]
