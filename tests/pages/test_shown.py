import json

import pandas as pd
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.pages.answers import NO_ANSWER, model_labels
from dataset_cartography.pages.shown import show, show_all

CONTEXT = "Filler words before. " * 20 + "The dose is two puffs daily. " + "Filler words after. " * 20
START = CONTEXT.index("two puffs")


def questions(spans, **columns):
    """Rows of a map with these predicted spans, and a question each."""
    index = pd.Index([f"q{k}" for k in range(len(spans))], name="example_id")
    rows = pd.DataFrame(
        {
            "prediction_start": pd.array([span and span[0] for span in spans], dtype="Int32"),
            "prediction_end": pd.array([span and span[1] for span in spans], dtype="Int32"),
        },
        index=index,
    )
    examples = pd.DataFrame({"question": "What is the dose?", "context": CONTEXT}, index=index)
    examples["answers"] = [{"text": ["two puffs"], "answer_start": [START]}] * len(spans)
    return rows, examples.assign(**columns)


def labelled(predictions, **columns):
    """Rows of a map with these predicted labels, and their examples."""
    examples = pd.DataFrame(columns)
    rows = pd.DataFrame({"prediction": pd.array(predictions, dtype="Int32")}, index=examples.index)
    return rows, examples


def test_a_question_with_gold_and_prediction():
    right, unknown, wrong = show(*questions([(START, START + 9), None, (-1, -1)]))
    assert right["id"] == "q0"
    assert right["question"] == "What is the dose?"
    assert right["gold"] == ["two puffs"]
    assert [run for run in right["texts"][0]["segments"] if run[1]] == [("two puffs", 3)]
    assert right["texts"][0]["name"] == "context"
    assert right["texts"][0]["before"]
    assert right["texts"][0]["after"]
    assert [record["prediction"] for record in (right, unknown, wrong)] == ["two puffs", None, NO_ANSWER]
    assert [record["agrees"] for record in (right, unknown, wrong)] == [True, None, False]
    assert right["notes"] == unknown["notes"] == wrong["notes"] == []


def test_a_prediction_elsewhere_and_one_that_cannot_be():
    elsewhere, impossible = show(*questions([(0, 6), (0, 10**6)]))
    assert elsewhere["notes"] == ["The prediction stands in a part of the context that is not shown."]
    assert (elsewhere["prediction"], elsewhere["agrees"]) == ("Filler", False)
    assert (impossible["prediction"], impossible["agrees"], impossible["notes"]) == (None, None, [])


def test_unanswerable_misplaced_and_many_answers():
    rows, examples = questions([(-1, -1)] * 3)
    examples["answers"] = [
        {"text": [], "answer_start": []},
        {"text": ["not there"], "answer_start": [5]},
        {"text": list("abcde"), "answer_start": [0] * 5},
    ]
    none, misplaced, many = show(rows, examples)
    assert (none["gold"], none["agrees"], none["notes"]) == ([NO_ANSWER], True, [])
    assert misplaced["notes"] == [
        "The gold answer does not stand where the dataset says, so it is not marked."
    ]
    assert not any(mark for _, mark in misplaced["texts"][0]["segments"])
    assert (many["gold"], many["more_gold"]) == (["a", "b", "c"], 2)


def test_labels_are_told_by_name():
    rows, examples = labelled([1, 0, None], text=["some text", "x" * 2000, None], label=["b", "b", "a"])
    examples["label"] = pd.Categorical(examples["label"], ["a", "b"])
    first, long, empty = show(rows, examples)
    assert [record["gold"] for record in (first, long, empty)] == [["b"], ["b"], ["a"]]
    assert [record["prediction"] for record in (first, long, empty)] == ["b", "a", None]
    assert [record["agrees"] for record in (first, long, empty)] == [True, False, None]
    assert (first["question"], first["choices"]) == (None, [])
    assert first["texts"] == [
        {"name": "text", "segments": [("some text", 0)], "before": False, "after": False}
    ]
    assert len(long["texts"][0]["segments"][0][0]) <= 500
    assert long["texts"][0]["after"]
    assert empty["texts"] == []


def test_a_model_may_number_the_labels_in_its_own_order():
    rows, examples = labelled([0], text=["t"], label=pd.Categorical(["no"], ["no", "yes"]))
    assert show(rows, examples, labels=["yes", "no"])[0]["prediction"] == "yes"
    assert show(rows, examples, labels=["LABEL_0", "LABEL_1"])[0]["prediction"] == "no"
    rows.attrs["cartography"] = {"labels": ["yes", "no"]}
    assert next(show_all(rows, examples))["prediction"] == "yes"
    assert model_labels({}) == []


@pytest.mark.parametrize(("label", "said"), [(1, ("1", "1", True)), ("one", ("one", "1", False))])
def test_labels_without_names_are_numbers(label, said):
    record = show(*labelled([1], premise=["p"], hypothesis=["h"], label=[label]))[0]
    assert (record["gold"][0], record["prediction"], record["agrees"]) == said
    assert [text["name"] for text in record["texts"]] == ["premise", "hypothesis"]


def test_choices_are_told_by_their_text():
    rows, examples = labelled(
        [0, 1, 5], question="Which one?", context=[""] * 3, choices=[["red", "blue"]] * 3, label=1
    )
    wrong, right, impossible = show(rows, examples)
    assert (wrong["question"], wrong["texts"]) == ("Which one?", [])
    assert wrong["choices"] == [("red", 2), ("blue", 1)]
    assert (wrong["gold"], wrong["prediction"], wrong["agrees"]) == (["blue"], "red", False)
    assert right["choices"] == [("red", 0), ("blue", 3)]
    assert right["agrees"]
    assert impossible["prediction"] == "(choice 5)"


def test_the_datasets_other_columns_are_shortened():
    rows, examples = labelled([0], text=["t"], label=["a"])
    examples["source"] = "s" * 300
    examples["n"] = 7
    examples["tags"] = [["x", "y"]]
    examples["nothing"] = float("nan")
    examples["x" * 100] = "named at length"
    assert show(rows, examples)[0]["columns"] == {
        "source": "s" * 200 + "… (100 more characters)",
        "n": "7",
        "tags": "['x', 'y']",
        "x" * 80 + "… (20 more characters)": "named at length",
    }


def test_hostile_text_is_visible_and_the_record_is_json():
    acting = "\u202e\x00\u2028<script>"
    rows, examples = labelled([0], text=[acting], label=[acting])
    examples[acting] = acting
    record = show(rows, examples.set_axis([12]))[0]
    assert record["id"] == 12
    seen = "\u27e8U+202E\u27e9\u27e8U+0000\u27e9\u27e8U+2028\u27e9<script>"
    assert record["gold"] == [seen]
    assert record["texts"][0]["segments"] == [(seen, 0)]
    assert record["columns"] == {seen: seen}
    assert json.loads(json.dumps(record))["gold"] == [seen]


def test_slices_of_a_frame_show_what_the_whole_does():
    rows, examples = questions([(START, START + 9), None] * 3000)
    whole = list(show_all(rows, examples, width=60))
    assert len(whole) == 6000
    assert whole[4096:4100] == show(rows.iloc[4096:4100], examples.iloc[4096:4100], width=60)
    assert sum(len(text) for text, _ in whole[0]["texts"][0]["segments"]) < 110


def test_examples_of_no_known_kind():
    with pytest.raises(
        MissingColumnError, match=r"^The examples' columns tell of no task that is known here: 'x'"
    ):
        show(pd.DataFrame(index=[0]), pd.DataFrame({"x": [1]}))
