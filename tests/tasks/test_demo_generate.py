"""The demo's rows: right by construction, the same everywhere, planted as documented."""

import hashlib
import json
import re
from collections import Counter

import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.demo import TRUTHS, generate_demo_examples, generate_demo_split
from dataset_cartography.tasks.demo.generate import TEMPLATES

COLUMNS = ["id", "question", "context", "answers", "template", "section", "source", "truth", "true_answer"]
ROWS = generate_demo_examples(3000)


def test_every_answer_stands_where_it_is_said_to():
    for row in ROWS:
        (text,), (start,) = row["answers"]["text"], row["answers"]["answer_start"]
        assert row["context"][start : start + len(text)] == text
        assert row["true_answer"] in row["context"]


def test_rows_have_the_documented_columns_and_unique_ids():
    assert all(list(row) == COLUMNS for row in ROWS)
    assert ROWS[17]["id"] == "demo-00017"
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({(row["question"], row["context"]) for row in ROWS}) == len(ROWS)


def test_only_wrong_labels_differ_from_the_true_answer():
    for row in ROWS:
        assert (row["answers"]["text"][0] != row["true_answer"]) == (row["truth"] == "wrong_label"), row


def test_no_slot_is_left_open_and_no_sentence_ends_twice():
    for row in ROWS:
        assert not re.search(r"[{}]|\.\.|  ", row["question"] + row["context"]), row


def test_a_seed_means_the_same_rows_on_every_machine():
    # Written down once: a change of Python or machine must not change it; a change of the patterns may.
    digest = hashlib.sha256(json.dumps(ROWS[:200]).encode()).hexdigest()
    assert digest[:16] == "8e1947568fb9b0b5"
    assert generate_demo_examples(20, seed=1) != ROWS[:20]


def test_a_longer_dataset_begins_with_the_shorter():
    assert generate_demo_examples(50) == ROWS[:50]
    assert generate_demo_examples(0) == []


@pytest.mark.parametrize("seed", range(5))
def test_default_shares_are_kept_at_any_size(seed):
    counts = Counter(row["truth"] for row in generate_demo_examples(600, seed=seed))
    assert set(counts) == set(TRUTHS)
    assert abs(counts["wrong_label"] - 48) <= 3
    assert abs(counts["ambiguous"] - 60) <= 3
    assert abs(counts["hard"] - 72) <= 3


def test_shares_are_parameters():
    rows = generate_demo_examples(100, wrong_label_share=0.5, ambiguous_share=0, hard_share=0.5)
    assert Counter(row["truth"] for row in rows) == {"wrong_label": 50, "hard": 50}


def test_wrong_labels_crowd_in_one_source_and_one_template_and_occur_in_all():
    wrong = [row for row in ROWS if row["truth"] == "wrong_label"]
    for cause, crowded, other_values in (("source", "transfer note", 3), ("template", "medication_dose", 5)):
        rate = {
            value: sum(row[cause] == value for row in wrong) / sum(row[cause] == value for row in ROWS)
            for value in {row[cause] for row in ROWS}
        }
        top = rate.pop(crowded)
        assert len(rate) == other_values
        assert min(rate.values()) > 0
        assert top > 1.5 * max(rate.values())


def test_every_template_has_clean_and_hard_questions_and_only_some_ambiguous_ones():
    seen = {truth: {row["template"] for row in ROWS if row["truth"] == truth} for truth in TRUTHS}
    assert seen["clean"] == seen["hard"] == seen["wrong_label"] == set(TEMPLATES)
    assert seen["ambiguous"] == {"medication_dose", "medication_for_problem", "lab_value", "procedure_date"}


def test_the_gold_of_an_ambiguous_question_is_either_answer():
    rows = [row for row in ROWS if row["truth"] == "ambiguous" and " was done on " in row["context"]]
    repeated = re.compile(r"was done on (.+?) and again on (.+?)\.")
    places = Counter(
        repeated.search(row["context"]).groups().index(row["answers"]["text"][0]) for row in rows
    )
    assert min(places[0], places[1]) > 0.25 * len(rows)


def test_validation_is_sound_and_shares_nothing_with_training():
    rows = generate_demo_split("validation")
    assert len(rows) == 200
    assert rows[0]["id"] == "demo-val-00000"
    assert {row["truth"] for row in rows} == {"clean", "hard"}
    assert all(row["answers"]["text"] == [row["true_answer"]] for row in rows)
    assert not {row["context"] for row in rows} & {row["context"] for row in ROWS}


def test_the_train_split_is_the_generated_examples():
    assert generate_demo_split("train") == generate_demo_examples() == ROWS[:700]
    assert generate_demo_split("train", 5, seed=3) == generate_demo_examples(5, seed=3)


def test_an_unknown_split_names_those_that_exist():
    with pytest.raises(InputError) as error:
        generate_demo_split("test")
    assert str(error.value) == "The demo dataset has no split 'test'; its splits are: train, validation."


def test_a_negative_size_is_refused():
    with pytest.raises(InputError) as error:
        generate_demo_examples(-1)
    assert str(error.value) == "The demo dataset cannot have -1 rows; give a number of 0 or more."


def test_shares_above_one_in_sum_are_refused():
    with pytest.raises(InputError) as error:
        generate_demo_examples(5, wrong_label_share=0.9)
    assert str(error.value) == (
        "The demo's shares must be 0 or more and at most 1 in sum; they are: "
        "wrong_label 0.9, ambiguous 0.1, hard 0.12."
    )
