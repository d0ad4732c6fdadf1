"""The ranking of a recorded run's labels, from disk."""

import re

import numpy as np
import pandas as pd
import pytest

from dataset_cartography import find_label_errors
from dataset_cartography.datamap import FACTS, INDEX, PLANTED, compute_metrics
from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.label_errors import LOOKS, REVIEW
from recorded_runs import record_labels, record_spans

COLUMNS = ["rank", "score", "probability", "looks_like", "reason", "suggested"]
SHARES = ["suggested_share", "suggested_probability"]
RIGHT, WRONG = (-0.1, 2.5, 0), (-5.0, -4.9, 2)
IDS = list(range(100, 140))


@pytest.fixture
def classes(tmp_path):
    """40 examples, of which 117 and 122 are never learned, and 130 is never seen."""
    rng = np.random.default_rng(0)
    epochs = []
    for _ in range(4):
        epoch = [(-0.1 + logprob, 2.5 + 9 * logprob, 0) for logprob in rng.uniform(-0.1, 0, len(IDS))]
        epoch[17] = epoch[22] = WRONG
        epoch[30] = None
        epochs.append(epoch)
    return record_labels(tmp_path / "classes", IDS, epochs, labels=["A", "B", "C"])


def test_the_most_suspicious_come_first_and_say_why(classes):
    found = find_label_errors(classes)
    assert found.columns.tolist() == COLUMNS + SHARES
    assert set(found.index[:2]) == {117, 122}
    assert sorted(found.index) == [each for each in IDS if each != 130]
    assert found.index.name == INDEX
    assert found["rank"].tolist() == list(range(1, 40))
    assert found["score"].is_monotonic_decreasing
    assert found["probability"].is_monotonic_decreasing
    assert found["probability"].between(0, 1).all()
    assert set(found["looks_like"]) <= set(LOOKS)
    first = found.iloc[0]
    assert first["reason"].startswith("never learned in 4 epochs; 'C' was predicted in all 4 epochs, at 0.90")
    assert (first["suggested"], first["suggested_share"]) == ("C", 1.0)
    assert first["suggested_probability"] == pytest.approx(np.exp(-5 + 4.9), rel=1e-4)
    assert found["suggested"].iloc[2:].isna().all()


def test_the_whole_ranking_is_summed_up_however_few_are_asked_for(classes):
    whole, few = find_label_errors(classes), find_label_errors(classes, n=3)
    pd.testing.assert_frame_equal(few, whole.head(3))
    assert few.attrs[REVIEW] == whole.attrs[REVIEW]
    assert whole.attrs[REVIEW]["expected_wrong"] == pytest.approx(whole["probability"].sum())
    assert 1 <= whole.attrs[REVIEW]["to_catch_80"] <= 39
    assert whole.attrs[FACTS] == compute_metrics(classes).attrs[FACTS]


def test_probabilities_never_rise_where_scores_are_equal(tmp_path):
    epochs = [[*[WRONG] * 5, *[RIGHT] * 35]] * 3
    found = find_label_errors(record_labels(tmp_path, IDS, epochs))
    assert found["score"].nunique() == 2
    assert found["probability"].is_monotonic_decreasing


def test_one_epoch_is_called_so(tmp_path):
    found = find_label_errors(record_labels(tmp_path, IDS[:20], [[WRONG, *[RIGHT] * 19]]))
    assert found["reason"].iloc[0] == (
        "not learned in the one epoch; label 2 was predicted in the one epoch, at 0.90 on average; "
        "the label's probability was 0.01 on average"
    )


def test_n_is_one_or_more(classes):
    with pytest.raises(InputError, match=r"^n must be 1 or more, or None for all; got 0\.$"):
        find_label_errors(classes, n=0)


def test_without_a_log_it_says_what_was_looked_for(tmp_path):
    with pytest.raises(MissingFileError, match="No cartography files found"):
        find_label_errors(tmp_path)


def test_choices_are_numbers(tmp_path):
    epochs = [[WRONG, *[RIGHT] * 19]] * 3
    found = find_label_errors(record_labels(tmp_path, IDS[:20], epochs, task="multiple-choice"))
    assert found.loc[100, "suggested"] == 2
    assert "; choice 2 was predicted in all 3 epochs" in found.loc[100, "reason"]


CONTEXT = "Ann met Bob in Paris."
QA_IDS = [f"q{i}" for i in range(20)]


def answers(text, start):
    return {"text": [text], "answer_start": [start]}


@pytest.fixture
def questions():
    """Gold is "Bob" but for what the test changes."""
    rows = {"context": [CONTEXT] * 20, "answers": [answers("Bob", 8)] * 20}
    return pd.DataFrame(rows, index=QA_IDS)


def spans(root, start, end, **provenance):
    """The first question is answered by another span in every epoch."""
    return record_spans(
        root, QA_IDS, [[(-5.0, -4.9, start, end), *[(-0.1, 2.5, 8, 11)] * 19]] * 4, **provenance
    )


def test_an_answer_has_its_text_and_its_place(tmp_path, questions):
    root = spans(tmp_path, 15, 20)
    found = find_label_errors(root, examples=questions)
    assert found.columns.tolist() == [*COLUMNS, "suggested_start", "suggested_end", *SHARES]
    first = found.iloc[0]
    assert (first.name, first["suggested"], first["suggested_start"], first["suggested_end"]) == (
        "q0",
        "Paris",
        15,
        20,
    )
    assert "; the same other answer was predicted in all 4 epochs" in first["reason"]
    without = find_label_errors(root)
    assert without["suggested"].isna().all()
    pd.testing.assert_frame_equal(without.drop(columns="suggested"), found.drop(columns="suggested"))
    # Examples that are missing from the table are only without a text.
    some = find_label_errors(root, examples=questions.drop("q0"))
    assert pd.isna(some.loc["q0", "suggested"])


def test_a_quarrel_over_boundaries_is_ambiguous_and_says_so(tmp_path, questions):
    root = spans(tmp_path / "run", 4, 11)
    questions.at["q0", "answers"] = answers("met Bob in", 4)
    first = find_label_errors(root, examples=questions).loc["q0"]
    assert first["looks_like"] == "ambiguous"
    assert first["reason"].endswith(
        "; the model's answer overlaps a gold answer (F1 0.82): a quarrel over boundaries"
    )
    # What a run with planted labels learned is not the dataset's: there its gold answers are not looked at.
    planted = spans(tmp_path / "planted", 4, 11, **{PLANTED: {"count": 1, "share": 0.05}})
    assert find_label_errors(planted, examples=questions)["reason"].str.contains("overlaps").sum() == 0


def test_ids_given_twice_are_named(tmp_path, questions):
    with pytest.raises(InputError, match=r"^Duplicate example ids in the examples, 1 in number: 'q0'"):
        find_label_errors(spans(tmp_path, 15, 20), examples=pd.concat([questions, questions.head(1)]))


def test_neighbours_change_the_order_and_are_a_reason(tmp_path):
    """Of two examples that the log holds for alike, the one among neighbours of another label comes first."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    epochs = [[(-0.3, 1.0, int(label)) for label in truth] for _ in range(3)]
    root = record_labels(tmp_path, list(range(60)), epochs, labels=["A", "B"])
    embeddings = np.eye(2)[truth] + rng.normal(size=(60, 2)) * 0.05
    embeddings[41] = [1.0, 0.0]
    examples = pd.DataFrame({"label": np.array(["A", "B"])[truth]}, index=range(60))
    found = find_label_errors(root, examples=examples, embeddings=embeddings)
    assert found.index[0] == 41
    assert found.iloc[0]["reason"] == "none of its 10 nearest neighbours share its label, 10 have 'A'"
    log_alone = find_label_errors(root)
    assert sorted(found["probability"]) == pytest.approx(sorted(log_alone["probability"]))
    assert found["probability"].is_monotonic_decreasing


def test_neighbours_need_labels_that_examples_share(tmp_path, questions):
    message = (
        "Neighbours need labels that examples share; those of the task 'qa' do not, "
        "so its ranking takes no embeddings."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        find_label_errors(spans(tmp_path, 15, 20), examples=questions, embeddings=np.ones((20, 3)))
