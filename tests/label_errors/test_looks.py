"""Wrong, ambiguous, hard, sound."""

import numpy as np
import pytest

from dataset_cartography.label_errors import Evidence
from dataset_cartography.label_errors.looks import gold_answer_notes, look_again, looks_like
from made_dynamics import make_dynamics

NAN = float("nan")
USUAL = 0.9


def look(label, rival, probability=0.1):
    """Of an example with these probabilities in the settled epochs, among usual ones."""
    gold = np.array([[0.01, *label]] + [[0.01, USUAL, USUAL]] * 9)
    other = np.array([[0.9, *rival]] + [[0.9, 0.05, 0.05]] * 9)
    margin = np.log(gold / other)
    dynamics = make_dynamics(gold=gold, margin=margin, predictions=np.where(margin > 0, 0, 1))
    return looks_like(Evidence(dynamics), np.array([probability] + [0.0] * 9)).tolist()


@pytest.mark.parametrize(
    ("label", "rival", "probability", "expected"),
    [
        ((0.05, 0.05), (0.9, 0.9), 0.5, "wrong"),
        ((0.05, 0.05), (0.9, 0.9), 0.49, "ambiguous"),
        ((0.6, 0.6), (0.31, 0.31), 0.1, "ambiguous"),
        ((0.6, 0.6), (0.2, 0.2), 0.1, "hard"),
        ((0.5, 0.95), (0.2, 0.02), 0.1, "hard"),
        ((0.85, 0.85), (0.1, 0.1), 0.1, "sound"),
    ],
)
def test_the_rule(label, rival, probability, expected):
    assert look(label, rival, probability) == [expected] + ["sound"] * 9


def test_wrong_needs_a_rival_that_the_model_kept_to():
    """Another label every time: never learned is hard, and learned at last is what the rest of the rule says."""
    gold = np.array([[0.01, 0.02, 0.02], [0.01, 0.02, 0.5], *[[0.01, USUAL, USUAL]] * 8])
    margin = np.array([[-3.0, -3.0, -3.0], [-3.0, -3.0, 0.1], *[[-3.0, 3.0, 3.0]] * 8])
    predictions = np.array([[1, 2, 3], [1, 2, 0], *[[1, 0, 0]] * 8])
    dynamics = make_dynamics(gold=gold, margin=margin, predictions=predictions)
    looks = looks_like(Evidence(dynamics), np.array([0.9, 0.9, *[0.0] * 8]))
    assert looks[:2].tolist() == ["hard", "ambiguous"]
    dynamics.predictions["prediction"][:2, 1] = 1
    looks = looks_like(Evidence(dynamics), np.array([0.9, 0.9, *[0.0] * 8]))
    assert looks[:2].tolist() == ["wrong", "wrong"]


def test_where_no_epoch_is_settled_the_most_right_one_counts():
    gold = np.array([[0.1, 0.6], [0.1, 0.1], [0.1, 0.1]])
    margin = np.array([[-1.0, 2.0], [-1.0, -1.0], [-1.0, -1.0]])
    dynamics = make_dynamics(gold=gold, margin=margin, predictions=np.where(margin > 0, 0, 1))
    assert looks_like(Evidence(dynamics), np.zeros(3)).tolist() == ["sound", "ambiguous", "ambiguous"]


def test_an_example_never_seen_is_not_accused():
    dynamics = make_dynamics(gold=[[NAN], [0.9]], margin=[[NAN], [3.0]], predictions=[[NAN], [0]])
    assert looks_like(Evidence(dynamics), np.array([NAN, 0.1])).tolist() == ["sound", "sound"]


def note(answers, start, end, text=None):
    return gold_answer_notes([answers], [text], np.array([start]), np.array([end]))[0]


CAT = {"text": ["the cat"], "answer_start": [10]}
QUARREL = "the model's answer overlaps a gold answer (F1 0.60): a quarrel over boundaries"


def test_a_rival_that_overlaps_a_gold_answer_is_a_quarrel_over_boundaries():
    assert note(CAT, 14, 17) == QUARREL
    assert note({"text": np.array(["the cat"]), "answer_start": np.array([10])}, 14.0, 17.0) == QUARREL


def test_a_rival_that_reads_like_a_gold_answer_is_not_another_one():
    assert (
        note(CAT, 40, 47, "The  Cat") == "the model's answer reads like a gold answer, but stands elsewhere"
    )


@pytest.mark.parametrize(
    ("answers", "start", "end"),
    [
        (CAT, 40, 44),
        (CAT, 10, 17),  # exactly it: the dataset was corrected since
        (CAT, -1, -1),
        (CAT, NAN, NAN),
        ({"text": [], "answer_start": []}, 3, 9),
        ({"text": [""], "answer_start": [0]}, 3, 9),
        ({"text": ["a cat", "a cat"], "answer_start": [2, 60]}, 80, 85),
        (None, 3, 9),
        ({"text": None}, 3, 9),
        ("the cat", 3, 9),
    ],
)
def test_otherwise_gold_answers_say_nothing(answers, start, end):
    assert note(answers, start, end, "other") == ""


def test_gold_answers_that_hardly_overlap_differ_among_themselves():
    answers = {"text": ["in Paris", "the old town of Paris", "1999"], "answer_start": [0, 30, 90]}
    assert note(answers, 70, 75) == "its gold answers differ among themselves (mean F1 0.00)"


def test_with_such_a_note_wrong_and_hard_look_ambiguous():
    looks = np.array(["wrong", "hard", "ambiguous", "sound", "wrong"], dtype=object)
    again = look_again(looks, ["x", "x", "x", "x", ""])
    assert again.tolist() == ["ambiguous", "ambiguous", "ambiguous", "sound", "wrong"]
