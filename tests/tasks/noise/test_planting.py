"""Planting: an exact share, told by seed and id alone, with nothing else of the examples changed."""

import re
from collections import Counter

import numpy as np
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.noise import Planting, plant_label_noise
from dataset_cartography.tasks.qa.checks import check_row

BY_TASK = [
    ("texts", "classification", "confusable"),
    ("texts", "classification", "uniform"),
    ("choices", "multiple-choice", "confusable"),
    ("choices", "multiple-choice", "uniform"),
    ("questions", "qa", "confusable"),
    ("questions", "qa", "uniform"),
    ("questions", "qa", "boundary"),
]
EACH = pytest.mark.parametrize(("data", "task", "kind"), BY_TASK)


@pytest.fixture
def data_of(request):
    return request.getfixturevalue


def gold(examples):
    name = "answers" if "answers" in examples.column_names else "label"
    return dict(zip(examples["id"][:], examples[name][:], strict=True))


@EACH
def test_an_exact_share_is_wrong_and_recorded_and_nothing_else_changes(data_of, data, task, kind):
    examples = data_of(data)
    noisy, planted = plant_label_noise(examples, task, 0.1, kind=kind)
    before, after = gold(examples), gold(noisy)
    changed = [example for example in before if before[example] != after[example]]
    assert len(changed) == round(0.1 * len(examples))
    assert sorted(changed) == sorted(planted["id"])
    assert planted.columns.tolist() == ["id", "original", "planted", "kind"]
    assert set(planted["kind"]) == {kind}
    for row in planted.to_dict("records"):
        names = getattr(examples.features.get("label"), "names", None)
        named = (lambda label, names=names: names[label]) if names else (lambda label: label)
        assert (row["original"], row["planted"]) == (named(before[row["id"]]), named(after[row["id"]]))
    others = [name for name in examples.column_names if name not in ("label", "answers")]
    for name in others:
        assert noisy[name][:] == examples[name][:]
    assert noisy.features == examples.features
    assert {name: planted.attrs[name] for name in ("share", "kind", "seed", "count")} == {
        "share": 0.1,
        "kind": kind,
        "seed": 0,
        "count": len(changed),
    }


@EACH
def test_the_order_of_the_rows_does_not_matter_and_the_seed_does(data_of, data, task, kind):
    examples = data_of(data)
    shuffled = examples.select(np.random.default_rng(0).permutation(len(examples)))
    _, planted = plant_label_noise(examples, task, 0.2, kind=kind, seed=5)
    _, again = plant_label_noise(shuffled, task, 0.2, kind=kind, seed=5)
    assert planted.to_dict("records") == again.to_dict("records")
    _, other = plant_label_noise(examples, task, 0.2, kind=kind, seed=6)
    assert set(planted["id"]) != set(other["id"])


@EACH
def test_a_smaller_share_is_part_of_a_larger(data_of, data, task, kind):
    few = plant_label_noise(data_of(data), task, 0.05, kind=kind)[1].to_dict("records")
    many = plant_label_noise(data_of(data), task, 0.3, kind=kind)[1].to_dict("records")
    assert many[: len(few)] == few


@EACH
def test_cached_features_of_the_clean_examples_are_not_taken_for_the_noisy_ones(data_of, data, task, kind):
    examples = data_of(data)
    prints = {examples._fingerprint}
    for seed in (0, 1):
        prints.add(plant_label_noise(examples, task, 0.1, kind=kind, seed=seed)[0]._fingerprint)
    assert len(prints) == 3
    assert plant_label_noise(examples, task, 0.1, kind=kind)[0]._fingerprint in prints


def test_confusable_labels_are_those_whose_texts_are_alike(texts):
    _, planted = plant_label_noise(texts, "classification", 0.5)
    pairs = Counter(zip(planted["original"], planted["planted"], strict=True))
    assert {pair for pair in pairs if pair[0] != "stock"} == {("cat", "kitten"), ("kitten", "cat")}
    assert {wrong for original, wrong in pairs if original == "stock"} <= {"cat", "kitten"}


def test_uniform_labels_are_all_others_in_use(texts):
    _, planted = plant_label_noise(texts, "classification", 0.5, kind="uniform")
    pairs = Counter(zip(planted["original"], planted["planted"], strict=True))
    assert set(pairs) == {
        (one, other) for one in ("cat", "kitten", "stock") for other in ("cat", "kitten", "stock")
    } - {(name, name) for name in ("cat", "kitten", "stock")}


def test_a_given_confusion_decides(texts):
    confusion = np.diag([9.0, 9.0, 9.0, 9.0])
    confusion[0, 2] = confusion[1, 2] = 1
    confusion[0, 3] = 5  # no example has this label
    _, planted = plant_label_noise(texts, "classification", 0.5, confusion=confusion)
    pairs = set(zip(planted["original"], planted["planted"], strict=True))
    # A label that is never confused becomes any other.
    assert pairs == {("cat", "stock"), ("kitten", "stock"), ("stock", "cat"), ("stock", "kitten")}


def test_a_confusion_of_another_size_or_sign_is_refused(texts):
    with pytest.raises(InputError) as error:
        plant_label_noise(texts, "classification", 0.5, confusion=np.ones((2, 2)))
    assert str(error.value) == (
        "The confusion must be 4 by 4 finite numbers of 0 or more, a row and a column for each label, but has the "
        "shape (2, 2)."
    )
    with pytest.raises(InputError) as error:
        plant_label_noise(texts, "classification", 0.5, confusion=-np.ones((4, 4)))
    assert str(error.value) == (
        "The confusion must be 4 by 4 finite numbers of 0 or more, a row and a column for each label, but holds others."
    )


def test_a_confusable_choice_is_the_one_that_reads_most_like_the_right_one(choices):
    assert set(plant_label_noise(choices, "multiple-choice", 0.9)[1]["planted"]) == {1}
    # The fourth is the right one in other letters.
    assert set(plant_label_noise(choices, "multiple-choice", 0.9, kind="uniform")[1]["planted"]) == {1, 2}


@pytest.mark.parametrize("kind", ["confusable", "uniform", "boundary"])
def test_planted_answers_stand_where_they_say_and_unanswerable_questions_stay(questions, kind):
    noisy, planted = plant_label_noise(questions, "qa", 0.6, kind=kind)
    before, after = gold(questions), gold(noisy)
    for row in noisy:
        assert check_row(row["question"], row["context"], row["answers"]) == (row["answers"], None, None)
        assert len(after[row["id"]]["text"]) == len(before[row["id"]]["text"])
    # Of a context that is its own answer, only the ends can move.
    without = (1,) if kind == "boundary" else (1, 2)
    assert not set(planted["id"]) & {number for number in range(60) if number % 6 in without}
    assert (planted.attrs["passed_over"] > 0) == (kind != "boundary")


def test_a_dose_becomes_another_dose(questions):
    _, planted = plant_label_noise(questions, "qa", 0.6)
    for row in planted.to_dict("records"):
        # The longer answer keeps its words beyond the shorter one.
        assert row["planted"]["text"] == ["5 mg", "5 mg instead"] or re.fullmatch(
            r"\d+ mg", row["planted"]["text"][0]
        )


@pytest.mark.parametrize(
    ("share", "count"), [(0.004, 0), (0.0042, 1), (0.0125, 2), (0.1, 12), (0.145, 17), (0.9, 108)]
)
def test_a_share_is_rounded_half_up(texts, share, count):
    if count:
        assert len(plant_label_noise(texts, "classification", share)[1]) == count
        return
    with pytest.raises(InputError) as error:
        plant_label_noise(texts, "classification", share)
    assert str(error.value) == "A share of 0.004 of 120 examples is none: give at least 0.0042."


def test_too_few_plausible_labels_are_refused(questions):
    with pytest.raises(InputError) as error:
        plant_label_noise(questions, "qa", 0.9)
    assert str(error.value) == (
        "Cannot plant 54 wrong labels (0.9 of 60 examples) of the kind 'confusable': only 40 examples have another "
        "plausible label. Give a smaller share, or another kind."
    )


def test_one_label_has_no_other(texts):
    with pytest.raises(InputError) as error:
        plant_label_noise(texts.select(range(10)), "classification", 0.5)
    assert str(error.value) == "All examples have one label: there is no other one to plant."


@pytest.mark.parametrize(
    ("task", "planting", "message"),
    [
        (
            "translation",
            Planting(0.1),
            (
                "Wrong labels cannot be planted for the task 'translation': choose from qa, classification, nli, "
                "multiple-choice, multi-label, regression, token-classification, seq2seq, causal-lm, dpo."
            ),
        ),
        (
            "qa",
            Planting(0.1, "odd"),
            "There is no kind of label noise 'odd': choose from confusable, uniform, boundary.",
        ),
        (
            "nli",
            Planting(0.1, "boundary"),
            (
                "The kind 'boundary' moves the ends of an answer or an entity, which the task 'nli' does not have: "
                "choose confusable or uniform."
            ),
        ),
        ("qa", Planting(0.0), "The share of labels to plant must be more than 0 and less than 1, but is 0."),
        ("qa", Planting(1.0), "The share of labels to plant must be more than 0 and less than 1, but is 1."),
        (
            "qa",
            Planting(float("nan")),
            "The share of labels to plant must be more than 0 and less than 1, but is nan.",
        ),
        (
            "qa",
            Planting(0.1, confusion_from="run"),
            (
                "A confusion of labels is for the kind 'confusable' of the tasks classification and nli, but the "
                "kind is 'confusable' and the task 'qa': leave it out."
            ),
        ),
        (
            "nli",
            Planting(0.1, "uniform", confusion_from="run"),
            (
                "A confusion of labels is for the kind 'confusable' of the tasks classification and nli, but the "
                "kind is 'uniform' and the task 'nli': leave it out."
            ),
        ),
    ],
)
def test_what_cannot_be_planted_is_refused_before_data_is_read(task, planting, message):
    with pytest.raises(InputError) as error:
        planting.check(task)
    assert str(error.value) == message


def test_a_planting_is_read_back_from_what_it_left(texts):
    planting = Planting(0.1, "uniform", 4)
    _, planted = planting.plant(texts, "classification")
    assert Planting.of(planted.attrs) == planting
