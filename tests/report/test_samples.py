import math

import pandas as pd

from dataset_cartography.pages import align
from dataset_cartography.report.samples import collect_samples, samples_table
from dataset_cartography.slices import kind_of


def test_samples_are_the_most_typical_first_with_their_values(data):
    hard = collect_samples(align(*data), "hard", 10)
    assert [sample.shown["id"] for sample in hard] == ["q0", "q2", "q4"]
    first = hard[0]
    assert first.shown["prediction"] == "two puffs"
    assert first.metrics["confidence"] == 0.05
    assert math.isnan(first.metrics["first_learned_epoch"])


def test_probabilities_by_epoch(data):
    probabilities = pd.DataFrame({1: [0.5], 2: [math.nan]}, index=["q0"])
    first, second = collect_samples(align(*data), "hard", 2, probabilities)
    assert first.probabilities[0] == (1, 0.5)
    assert math.isnan(first.probabilities[1][1])
    assert second.probabilities == ()


def test_a_table_of_questions(data):
    df, examples = data
    examples.at["q2", "answers"] = {"text": list("abcde"), "answer_start": [0] * 5}
    kind = kind_of(examples.columns)
    table = samples_table(collect_samples(align(df, examples), "hard", 2), kind)
    assert table.columns[:5].tolist() == ["id", "question", "gold_answers", "prediction", "context_excerpt"]
    assert table["id"].tolist() == ["q0", "q2"]
    assert table["gold_answers"].tolist() == ["two puffs", "a | b | c | +2 more"]
    assert "two puffs daily" in table["context_excerpt"][0]
    assert table["context_excerpt"][0].startswith("… ")
    assert samples_table([], kind).columns.tolist() == table.columns[:5].tolist()


def test_a_table_of_labels_and_one_of_choices(data):
    df = data[0].drop(columns=["prediction_start", "prediction_end", "windows"]).assign(prediction=1)
    texts = pd.DataFrame({"text": "some text", "label": 1}, index=df.index)
    table = samples_table(collect_samples(align(df, texts), "hard", 2), kind_of(texts.columns))
    assert table.columns[:4].tolist() == ["id", "gold_label", "prediction", "text_excerpt"]
    assert samples_table([], kind_of(texts.columns)).columns.tolist() == table.columns[:4].tolist()
    choices = pd.DataFrame({"question": "Which?", "label": 1}, index=df.index)
    choices["choices"] = [["red", "blue"]] * 12
    table = samples_table(collect_samples(align(df, choices), "hard", 1), kind_of(choices.columns))
    assert table.loc[0, ["question", "gold_label", "prediction", "choices"]].tolist() == [
        "Which?",
        "blue",
        "blue",
        "red | blue",
    ]
