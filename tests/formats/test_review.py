import json

import pandas as pd
import pytest

from dataset_cartography.datamap import FACTS
from dataset_cartography.errors import InputError
from dataset_cartography.formats.argilla import export_argilla
from dataset_cartography.formats.label_studio import export_label_studio
from dataset_cartography.formats.review import choose, make_review, put_suggestions
from dataset_cartography.pages import align
from dataset_cartography.regions import categorize_examples
from rankings import ranking
from reviews import CONTEXT, HOSTILE, choice_review, question_review, text_review


@pytest.fixture
def df():
    confidence = [0.9, 0.1, 0.2, 0.5, 0.3]
    frame = pd.DataFrame(
        {"confidence": confidence, "variability": [0.1, 0.1, 0.1, 0.4, 0.1]}, index=[10, 11, 12, 13, 14]
    )
    return categorize_examples(frame)


def test_rows_are_chosen_by_region_ids_and_number(df):
    assert choose(df).index.tolist() == [10, 11, 12, 13, 14]
    assert choose(df, n=2).index.tolist() == [10, 11]
    assert choose(df, category="hard").index.tolist() == [11, 12, 14]
    assert choose(df, ids=[14, 10, 99, 14]).index.tolist() == [14, 10]
    assert choose(df, ids=["14", "10"]).index.tolist() == [14, 10]
    assert choose(df, category="hard", ids=[14, 10, 11], n=1).index.tolist() == [11]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "The number of examples must be 1 or more, not 0."),
        ({"ids": ["x", "y"]}, "None of the 2 ids, such as 'x', is on the map, whose first id is 10."),
        ({"ids": []}, "None of the 0 ids is on the map, whose first id is 10."),
        ({"category": "easy", "ids": [11]}, "There is no easy example to export among those asked for."),
    ],
)
def test_what_cannot_be_chosen(df, options, message):
    with pytest.raises(InputError) as error:
        choose(df, **options)
    assert str(error.value) == message


def test_labels_go_by_their_names():
    review = text_review()
    assert review.labels == ["no", HOSTILE, "yes"]
    assert [(item.gold, item.prediction, item.score) for item in review.items] == [
        (["no"], HOSTILE, 0.5),
        (["yes"], "yes", None),
        ([HOSTILE], None, None),
    ]
    assert review.items[0].texts == {"text": f"text 0 {HOSTILE}"}
    assert review.items[0].metrics == {"category": "hard", "confidence": 0.25, "first_learned_epoch": 2}
    assert review.items[1].metrics["first_learned_epoch"] is None


def test_answers_are_whole_with_their_places():
    first, second, third = question_review().items
    assert (first.gold, first.gold_places) == (["Bob", "Ann"], [(10, 13), (0, 3)])
    assert (first.prediction, first.predicted_place) == ("Bob", (15, 18))
    assert CONTEXT[15:18] == "Bob"
    assert (second.gold, second.prediction, second.predicted_place) == ([], "(no answer)", None)
    assert (third.prediction, third.score) == (None, None)


def test_choices_come_with_their_positions():
    review = choice_review()
    assert review.passages == []
    assert [(item.gold, item.gold_places, item.prediction) for item in review.items] == [
        (["red"], [0], "green"),
        (["=1+1"], [1], "=1+1"),
    ]


def suggesting(df, examples, some, facts=()):
    """A review of the examples in a ranking's order, whose predictions are what it suggests."""
    df.attrs[FACTS] = dict(facts)
    chosen = choose(df, ids=some.index.tolist())
    chosen.attrs = df.attrs
    chosen, scores = put_suggestions(chosen, some, pd.Series(0.9, index=df.index))
    return make_review(align(chosen, examples), scores)


def test_suggested_labels_stand_as_predictions_in_the_rankings_order(tmp_path):
    examples = pd.DataFrame(
        {"text": ["t", "u", "v"], "label": pd.Categorical(["no", "yes", "no"], categories=["no", "yes"])}
    )
    df = pd.DataFrame({"prediction": pd.array([0, 1, 0], "Int32")})
    review = suggesting(
        df, examples, ranking([2, 0, 1], ["yes", None, "no"]), {"labels": ["yes", "no"], "model": "m"}
    )
    assert [(item.id, item.prediction, item.score) for item in review.items] == [
        (2, "yes", 0.75),
        (0, "yes", 0.9),  # without a suggestion: what was predicted last, 0 in the model's own order
        (1, "no", 0.75),
    ]
    assert review.items[0].metrics == {
        "wrong_label_rank": 1,
        "wrong_label_probability": 0.95,
        "looks_like": "wrong",
        "reason": "never learned",
        "suggested": "yes",
    }
    assert review.items[1].metrics["suggested"] is None
    export_label_studio(review, tmp_path)
    task = json.loads((tmp_path / "label_studio_tasks.json").read_text())[0]
    assert task["predictions"][0]["score"] == 0.75
    assert task["predictions"][0]["result"][0]["value"] == {"choices": ["yes"]}
    assert task["data"]["reason"] == "never learned"
    export_argilla(review, tmp_path)
    record = json.loads((tmp_path / "argilla_records.jsonl").read_text().splitlines()[0])
    assert record["suggestions"] == {"label": {"value": "yes", "score": 0.75, "agent": "m"}}
    assert record["metadata"]["looks_like"] == "wrong"


def test_suggested_answers_and_choices_stand_as_predictions():
    examples = pd.DataFrame({"question": "Who?", "context": CONTEXT}, index=["a", "b"])
    examples["answers"] = [{"text": ["Bob"], "answer_start": [10]}] * 2
    spans = {f"suggested_{end}": pd.array([place, -1], "Int32") for end, place in (("start", 0), ("end", 3))}
    df = pd.DataFrame(
        {"prediction_start": pd.array([10, 10], "Int32"), "prediction_end": pd.array([13, 13], "Int32")}
    )
    review = suggesting(
        df.set_axis(["a", "b"]), examples, ranking(["b", "a"], ["Ann", "(no answer)"], **spans)
    )
    assert [(item.id, item.prediction, item.predicted_place) for item in review.items] == [
        ("b", "Ann", (0, 3)),
        ("a", "(no answer)", None),
    ]
    examples = pd.DataFrame({"question": "Which?", "choices": [["red", "green"]], "label": [0]}, index=["a"])
    df = pd.DataFrame({"prediction": pd.array([0], "Int32")}, index=["a"])
    (item,) = suggesting(df, examples, ranking(["a"], pd.array([1], "Int32"))).items
    assert (item.prediction, item.predicted_place, item.metrics["suggested"]) == ("green", 1, "green")
