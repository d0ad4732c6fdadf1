import numpy as np
import pytest

from dataset_cartography.experiment.measures import MEASURES, measure_of
from dataset_cartography.schema import SCHEMAS


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("qa", "f1"),
        ("classification", "accuracy"),
        ("nli", "accuracy"),
        ("multiple-choice", "accuracy"),
        ("multi-label", "exact_match"),
        ("regression", "within_tolerance"),
        ("token-classification", "sentence_accuracy"),
        ("seq2seq", "mean_token_accuracy"),
        ("causal-lm", "mean_token_accuracy"),
        ("dpo", "accuracy"),
    ],
)
def test_what_each_task_compares(task, name):
    assert measure_of(task).name == name
    assert MEASURES[name] is measure_of(task)
    assert task in SCHEMAS


def test_scores_of_evaluated_rows():
    rows = [{"f1": 0.5, "correct": True}, {"f1": 1, "correct": False}]
    assert MEASURES["f1"].scores(rows).tolist() == [0.5, 1.0]
    assert MEASURES["accuracy"].scores(rows).tolist() == [1.0, 0.0]
    shares = [{"token_accuracy": 0.25}, {"token_accuracy": None}]
    assert MEASURES["mean_token_accuracy"].scores(shares).tolist() == [0.25, 0.0]


def test_values_within_the_probable_error_of_the_targets():
    targets = np.array([0.0, 1.0, 2.0, 3.0])
    bound = 0.6745 * targets.std()
    errors = [0.0, bound - 0.01, -(bound + 0.01), -bound + 0.01]
    rows = [{"label": label, "error": error} for label, error in zip(targets, errors, strict=True)]
    assert MEASURES["within_tolerance"].scores(rows).tolist() == [1.0, 1.0, 0.0, 1.0]
