import math

import pandas as pd
import pytest

from dataset_cartography.report.alignment import align
from dataset_cartography.report.samples import NO_ANSWER, collect_samples, samples_table
from dataset_cartography.slices import kind_of


def test_samples_are_the_most_typical_first_with_gold_prediction_and_metrics(data):
    hard = collect_samples(align(*data), "hard", 10)
    assert [sample.example_id for sample in hard] == ["q0", "q2", "q4"]
    first = hard[0]
    assert first.question == "What is the dose?"
    assert first.gold == ("two puffs",)
    assert first.prediction == "two puffs"
    assert first.agrees
    assert [part.text for part in first.passages["context"].segments if part.gold and part.predicted] == [
        "two puffs"
    ]
    assert first.metrics["confidence"] == 0.05
    assert math.isnan(first.metrics["first_learned_epoch"])
    assert [sample.prediction for sample in hard] == ["two puffs", None, NO_ANSWER]
    assert [sample.agrees for sample in hard] == [True, None, False]


def test_without_predictions_and_with_faulty_ones(data):
    df, examples = data
    bare = df.drop(columns=["prediction_start", "prediction_end"])
    assert collect_samples(align(bare, examples), "hard", 1)[0].prediction is None
    df["prediction_end"] = 10**6
    assert collect_samples(align(df, examples), "hard", 1)[0].prediction is None


def test_unanswerable_misplaced_and_many_answers(data):
    df, examples = data
    examples.at["q0", "answers"] = {"text": [], "answer_start": []}
    examples.at["q2", "answers"] = {"text": ["not there"], "answer_start": [5]}
    examples.at["q4", "answers"] = {"text": list("abcde"), "answer_start": [0] * 5}
    df["prediction_start"] = df["prediction_end"] = -1
    none, misplaced, many = collect_samples(align(df, examples), "hard", 3)
    assert none.gold == (NO_ANSWER,)
    assert none.agrees
    assert not none.misplaced
    assert misplaced.misplaced
    assert not any(part.gold for part in misplaced.passages["context"].segments)
    assert (many.gold, many.more_gold) == (("a", "b", "c"), 2)


def test_probabilities_by_epoch(data):
    probabilities = pd.DataFrame({1: [0.5], 2: [math.nan]}, index=["q0"])
    first, second = collect_samples(align(*data), "hard", 2, probabilities)
    assert first.probabilities[0] == (1, 0.5)
    assert math.isnan(first.probabilities[1][1])
    assert second.probabilities == ()


def test_table(data):
    kind = kind_of(data[1].columns)
    table = samples_table(collect_samples(align(*data), "hard", 2), kind)
    assert table.columns[:5].tolist() == ["id", "question", "gold_answers", "prediction", "context_excerpt"]
    assert table["id"].tolist() == ["q0", "q2"]
    assert "two puffs daily" in table["context_excerpt"][0]
    assert samples_table([], kind).columns.tolist() == table.columns[:5].tolist()


def labelled(data, predictions, **columns):
    """The map with predictions of labels, and other examples."""
    df = data[0].drop(columns=["prediction_start", "prediction_end", "windows"])
    df["prediction"] = pd.array((predictions * 12)[:12], dtype="Int32")
    return df, pd.DataFrame({name: (values * 12)[:12] for name, values in columns.items()}, index=df.index)


def test_labels_are_told_by_name(data):
    df, examples = labelled(data, [1, 0, 0, 0, None], text=["some text", "x" * 2000], label=["b", "a"])
    examples["label"] = pd.Categorical(examples["label"], ["a", "b"])
    alignment = align(df, examples)
    hard = collect_samples(alignment, "hard", 3)
    assert [sample.gold for sample in hard] == [("b",), ("b",), ("b",)]
    assert [sample.prediction for sample in hard] == ["b", "a", None]
    assert [sample.agrees for sample in hard] == [True, False, None]
    assert (hard[0].question, hard[0].choices) == (None, ())
    assert hard[0].passages["text"].text == "some text"
    table = samples_table(hard, kind_of(examples.columns))
    assert table.columns[:4].tolist() == ["id", "gold_label", "prediction", "text_excerpt"]
    assert samples_table([], kind_of(examples.columns)).columns.tolist() == table.columns[:4].tolist()


def test_a_model_may_number_the_labels_in_its_own_order(data):
    df, examples = labelled(data, [0], text=["some text"], label=["no", "yes"])
    examples["label"] = pd.Categorical(examples["label"], ["no", "yes"])
    df.attrs["cartography"]["labels"] = ["yes", "no"]
    assert collect_samples(align(df, examples), "hard", 1)[0].prediction == "yes"
    df.attrs["cartography"]["labels"] = ["LABEL_0", "LABEL_1"]
    assert collect_samples(align(df, examples), "hard", 1)[0].prediction == "no"


@pytest.mark.parametrize(("label", "said"), [(1, ("1", "1", True)), ("one", ("one", "1", False))])
def test_labels_without_names_are_numbers(data, label, said):
    df, examples = labelled(data, [1], premise=["p"], hypothesis=["h"], label=[label])
    sample = collect_samples(align(df, examples), "hard", 1)[0]
    assert (sample.gold[0], sample.prediction, sample.agrees) == said
    assert list(sample.passages) == ["premise", "hypothesis"]


def test_choices_are_told_by_their_text(data):
    df, examples = labelled(
        data, [0, 1, 5], question=["Which one?"], context=[""], choices=[["red", "blue"]], label=[1]
    )
    first, second, third = collect_samples(align(df, examples), "hard", 3)
    assert (first.question, first.passages) == ("Which one?", {})
    assert [(part.text, part.gold, part.predicted) for part in first.choices] == [
        ("red", False, True),
        ("blue", True, False),
    ]
    assert (first.gold, first.prediction, first.agrees) == (("blue",), "red", False)
    assert second.prediction == "(choice 5)"
    assert third.agrees
    table = samples_table([first], kind_of(examples.columns))
    assert table["choices"].tolist() == ["red | blue"]
