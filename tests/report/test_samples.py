import math

import pandas as pd

from dataset_cartography.report.alignment import align
from dataset_cartography.report.samples import NO_ANSWER, collect_samples, samples_table


def test_samples_are_the_most_typical_first_with_gold_prediction_and_metrics(data):
    hard = collect_samples(align(*data), "hard", 10)
    assert [sample.example_id for sample in hard] == ["q0", "q2", "q4"]
    first = hard[0]
    assert first.question == "What is the dose?"
    assert first.gold == ("two puffs",)
    assert first.prediction == "two puffs"
    assert first.agrees
    assert [part.text for part in first.excerpt.segments if part.gold and part.predicted] == ["two puffs"]
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
    assert not any(part.gold for part in misplaced.excerpt.segments)
    assert (many.gold, many.more_gold) == (("a", "b", "c"), 2)


def test_probabilities_by_epoch(data):
    probabilities = pd.DataFrame({1: [0.5], 2: [math.nan]}, index=["q0"])
    first, second = collect_samples(align(*data), "hard", 2, probabilities)
    assert first.probabilities[0] == (1, 0.5)
    assert math.isnan(first.probabilities[1][1])
    assert second.probabilities == ()


def test_table(data):
    table = samples_table(collect_samples(align(*data), "hard", 2))
    assert table.columns[:5].tolist() == ["id", "question", "gold_answers", "prediction", "context_excerpt"]
    assert table["id"].tolist() == ["q0", "q2"]
    assert "two puffs daily" in table["context_excerpt"][0]
    assert samples_table([]).columns.tolist() == table.columns[:5].tolist()
