import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.regions import categorize_examples
from dataset_cartography.slices import REGRESSION, breakdown, describe_examples, explain, kind_of
from dataset_cartography.slices.cutting import list_members
from dataset_cartography.slices.features import FEATURES
from new_tasks import NEW_TASKS, record_task

SHARED = {"near_duplicates", "near_duplicate_gold"}
FOUND = {
    "multi-label": {"labels", "text_length", "n_labels"},
    "regression": {"target", "text_length"},
    "token-classification": {"tags", "sentence_length", "n_entities"},
    "seq2seq": {"source_length", "target_length", "target_source_overlap"},
    "causal-lm": {"prompt_length", "completion_length", "completion_prompt_overlap"},
    "dpo": {
        "prompt_length",
        "chosen_length",
        "rejected_length",
        "chosen_by_length",
        "chosen_rejected_overlap",
    },
}
KINDS = {
    "multi-label": "multi-label classification",
    "regression": "regression",
    "token-classification": "token classification",
    "seq2seq": "sequence to sequence",
    "causal-lm": "language modelling",
    "dpo": "preferences",
}


@pytest.mark.parametrize("task", NEW_TASKS)
def test_features_of_each_task_and_of_no_other(tmp_path, task):
    run = record_task(task, tmp_path)
    assert kind_of(run.examples).name == KINDS[task]
    described = describe_examples(run.examples, compute_metrics(run.directory))
    assert set(described.columns) == FOUND[task] | (
        SHARED - ({"near_duplicate_gold"} if task == "regression" else set())
    )
    assert list(described.columns) == [name for name in FEATURES if name in described.columns]


def test_a_real_number_makes_it_regression():
    frame = pd.DataFrame({"text": ["a", "b"], "label": [0.5, 1.0]})
    assert kind_of(frame) is REGRESSION
    assert kind_of(frame.assign(label=[0, 1])).name == "classification"
    assert kind_of(frame.columns).name == "classification"
    assert kind_of(frame.assign(premise="p", hypothesis="h")).name == "nli"


def test_the_values_of_features():
    sentences = pd.DataFrame(
        {
            "tokens": [["Ada", "Lovelace", "in", "Rome"], np.array(["Hello", "."]), ["a", "b"]],
            "tags": [["B-person", "I-person", "O", "B-place"], np.array(["O", "O"]), ["I-place", "B-place"]],
        }
    )
    described = describe_examples(sentences)
    assert described["tags"].tolist() == [("person", "place"), (), ("place",)]
    assert described["n_entities"].tolist() == [2, 0, 2]
    assert described["sentence_length"].tolist() == [4, 2, 2]
    words = describe_examples(sentences.assign(tags=[["N", "N", "P", "N"], ["X", "."], ["D", "N"]]))
    assert "n_entities" not in words.columns  # of parts of speech every token would be one
    assert words["tags"].tolist() == [("N", "P"), (".", "X"), ("D", "N")]
    texts = pd.DataFrame({"text": ["a b", "c"], "labels": [["y", "x", "y"], []]})
    described = describe_examples(texts)
    assert described["labels"].tolist() == [("x", "y"), ()]
    assert described["n_labels"].tolist() == [2, 0]
    pairs = pd.DataFrame({"prompt": "p", "chosen": ["a b c", "a", "b"], "rejected": ["a", "a b", "c"]})
    described = describe_examples(pairs)
    assert described["chosen_by_length"].tolist() == ["the longer", "the shorter", "of equal length"]


def test_texts_without_prompts_are_compared_by_their_completions():
    story = "once upon a time there was a king who had three daughters and a very small dog"
    texts = pd.DataFrame({"prompt": ["", "", ""], "completion": [story, f"{story}.", "something else"]})
    assert describe_examples(texts)["near_duplicates"].tolist() == [1, 1, 0]
    assert describe_examples(texts.drop(columns="prompt"))["near_duplicates"].tolist() == [1, 1, 0]


def test_an_example_counts_in_the_slice_of_each_of_its_labels():
    df = pd.DataFrame(
        {
            "category": ["hard", "easy", "easy", None],
            "confidence": [0.2, 0.8, 0.9, np.nan],
            "labels": [("a", "b"), ("a",), (), ("b",)],
        }
    )
    table = breakdown(df, "labels", ["confidence"])
    assert table["count"].to_dict() == {"a": 2, "(no label)": 1, "b": 1}
    assert table["hard"].to_dict() == {"a": 1, "(no label)": 0, "b": 1}
    assert table["mean_confidence"].to_dict() == {"a": 0.5, "(no label)": 0.9, "b": 0.2}


def test_members_of_a_column():
    labels, inside = list_members(pd.Series([("b", "a"), (), ("b",), ("b",)]), FEATURES["labels"])
    assert labels == ["b", "(no label)", "a"]
    assert inside.tolist() == [
        [True, False, True],
        [False, True, False],
        [True, False, False],
        [True, False, False],
    ]


def test_a_rule_says_that_labels_include_one():
    rng = np.random.default_rng(0)
    labels = [tuple(sorted(set(rng.choice(["sport", "money", "music"], 2)))) for _ in range(400)]
    wrong = np.array(["money" in one for one in labels])
    category = np.where(wrong & (rng.random(400) < 0.8), "hard", "easy")
    found = explain(pd.Series(category), pd.DataFrame({"labels": pd.Series(labels, dtype=object)}))
    assert found.words[0].startswith(f"Of the {wrong.sum()} examples whose gold labels include “money”, ")


@pytest.mark.parametrize("task", NEW_TASKS)
def test_breakdowns_of_recorded_maps(tmp_path, task):
    run = record_task(task, tmp_path)
    df = categorize_examples(compute_metrics(run.directory), "quantile")
    described = describe_examples(run.examples, df)
    for name in described.columns:
        table = breakdown(df.assign(**{name: described[name]}), name)
        several = FEATURES[name].several
        assert (table["count"].sum() >= len(df)) if several else (table["count"].sum() == len(df))
