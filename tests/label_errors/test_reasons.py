"""The words in which a label is suspected."""

import numpy as np
import pytest

from dataset_cartography.label_errors import Evidence
from dataset_cartography.label_errors.neighbours import Neighbours
from dataset_cartography.label_errors.reasons import ORDINARY, Speech, give_reasons
from made_dynamics import make_dynamics

NAN = float("nan")
USUAL = {"gold": [0.8, 0.9, 0.95, 0.97], "margin": [2.0, 3.0, 4.0, 5.0], "predictions": [0, 0, 0, 0]}


def among_usual(gold, margin, predictions, usual=19):
    """Evidence of one example, the first, among many that were right all along."""
    cases = {"gold": gold, "margin": margin, "predictions": predictions}
    return Evidence(make_dynamics(**{name: [case] + [USUAL[name]] * usual for name, case in cases.items()}))


NAMED = Speech(labels=["ABBR", "DESC", "HUM"])


def reason(evidence, speech=NAMED):
    return give_reasons(evidence, np.array([0]), speech)[0]


def test_a_label_never_learned_and_its_stable_rival():
    evidence = among_usual([0.02, 0.02, 0.02, 0.02], [-3.8] * 4, [2, 2, 2, 2])
    assert reason(evidence) == (
        "never learned in 4 epochs; 'HUM' was predicted in all 4 epochs, at 0.89 on average; "
        "the label's probability was 0.02 on average"
    )


def test_a_label_memorised_late_and_several_rivals():
    evidence = among_usual([0.1, 0.1, 0.2, 0.9], [-1.5, -1.5, -1.0, 3.0], [2, 1, 2, 0])
    assert reason(evidence) == (
        "learned only in the last epoch, after 3 of disbelief (memorised late); "
        "'HUM' was predicted in 2 of 4 epochs, at 0.50 on average, and yet others in 1; "
        "the label's probability was 0.32 on average"
    )


def test_a_label_learned_and_forgotten():
    evidence = among_usual([0.9, 0.1, 0.9, 0.1], [2, -1, 2, -1], [0, 1, 0, 1])
    assert reason(evidence).startswith("learned and forgotten 2 times; 'DESC' was predicted in 2 of 4 epochs")


def test_nothing_sets_the_usual_apart():
    evidence = among_usual([0.02, 0.02, 0.02, 0.02], [-3.8] * 4, [2, 2, 2, 2])
    assert give_reasons(evidence, np.array([5, 0, 7]), Speech())[[0, 2]].tolist() == [ORDINARY, ORDINARY]


def test_what_is_common_in_the_dataset_is_no_reason():
    """Half of the examples are never learned: that tells none of them apart."""
    gold, margin, predictions = [0.02] * 4, [-3.8] * 4, [2] * 4
    half = make_dynamics(
        gold=[gold, USUAL["gold"]] * 8,
        margin=[margin, USUAL["margin"]] * 8,
        predictions=[predictions, USUAL["predictions"]] * 8,
    )
    assert give_reasons(Evidence(half), np.arange(2), Speech()).tolist() == [ORDINARY, ORDINARY]


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ([8, 9, 8, 8], [12, 12, 12, 12], "the same other answer was predicted in all 4 epochs"),
        ([8, 20, 30, 40], [12, 22, 32, 42], "another answer was predicted in 1 of 4 epochs"),
        ([-1, -1, -1, -1], [-1, -1, -1, -1], "'no answer' was predicted in all 4 epochs"),
    ],
)
def test_spans_are_answers(starts, ends, words):
    few = {"gold": [[0.02] * 4] + [[0.9] * 4] * 19, "margin": [[-3.8] * 4] + [[3.0] * 4] * 19}
    spans = {"starts": [starts] + [[0] * 4] * 19, "ends": [ends] + [[4] * 4] * 19}
    said = reason(Evidence(make_dynamics(**few, **spans)), Speech("answer"))
    assert words in said
    assert said.endswith("the answer's probability was 0.02 on average")


def test_choices_and_labels_without_names_have_numbers():
    evidence = among_usual([0.02] * 4, [-3.8] * 4, [2] * 4)
    assert "; choice 2 was predicted in all 4 epochs" in reason(evidence, Speech("choice"))


def test_neighbours_are_a_reason_where_they_agree_in_the_dataset():
    evidence = among_usual([0.6] * 4, [0.5] * 4, [0, 0, 0, 0])
    against = np.array([0.6] + [-0.9] * 19)
    same = np.array([1] + [9] * 19)
    near = Neighbours(against, same, np.full(20, 1), np.array([7] + [1] * 19), 10, 0.8)
    evidence.neighbours = near
    assert reason(evidence).endswith("; 1 of its 10 nearest neighbours shares its label, 7 have 'DESC'")
    evidence.neighbours = near._replace(agreement=-0.1)
    assert "neighbours" not in reason(evidence)


def test_an_epoch_not_seen_does_not_count():
    evidence = among_usual([0.02, NAN, 0.02, NAN], [-3.8, NAN, -3.8, NAN], [2, NAN, 2, NAN])
    assert reason(evidence).startswith("never learned in 2 epochs; 'HUM' was predicted in all 2 epochs")


def test_every_row_gets_its_own_words():
    """Words are made once for equal numbers, and must reach the rows that have them."""
    rng = np.random.default_rng(0)
    gold = rng.random((300, 3)).round(1) * 0.8 + 0.1
    margin = rng.normal(size=(300, 3)).round()
    predictions = np.where(margin > 0, 0, rng.integers(1, 3, (300, 3)))
    evidence = Evidence(make_dynamics(gold=gold, margin=margin, predictions=predictions))
    together = give_reasons(evidence, np.arange(300), Speech())
    alone = [give_reasons(evidence, np.array([row]), Speech())[0] for row in range(300)]
    assert together.tolist() == alone
