"""Neighbours by their embeddings: what their labels say, and how much that counts."""

import re

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.label_errors.neighbours import (
    add_neighbours,
    check_embeddings,
    find_neighbours,
    learned_labels,
)
from made_dynamics import make_dynamics


def clusters(rng, examples=60, wrong=(0, 1)):
    """Two directions, a label each, and a few wrong labels."""
    truth = np.arange(examples) % 2
    embeddings = np.eye(2)[truth] * 5 + rng.normal(size=(examples, 2)) * 0.2
    labels = truth.copy()
    labels[list(wrong)] = 1 - labels[list(wrong)]
    return embeddings.astype(np.float32), labels


def test_a_wrong_label_has_its_neighbours_against_it():
    embeddings, labels = clusters(np.random.default_rng(0))
    near = find_neighbours(embeddings, labels)
    assert set(np.argsort(-near.against)[:2]) == {0, 1}
    assert near.number == 10
    assert near.rival[0] == 1 - labels[0]
    assert near.agreement > 0.8


def test_it_finds_what_a_loop_finds(monkeypatch):
    rng = np.random.default_rng(1)
    embeddings, labels = rng.normal(size=(40, 5)).astype(np.float32), rng.integers(0, 3, 40)
    labels[:4] = -1
    near = find_neighbours(embeddings, labels)
    # In several blocks it is the same.
    monkeypatch.setattr("dataset_cartography.label_errors.neighbours._BLOCK", 100)
    for one, two in zip(near, find_neighbours(embeddings, labels), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    for row in range(4, 40):
        others = sorted((i for i in range(4, 40) if i != row), key=lambda i: -(unit[row] @ unit[i]))[:10]
        votes = np.zeros(3)
        for other in others:
            votes[labels[other]] += max(unit[row] @ unit[other], 1e-6)
        votes /= votes.sum()
        assert near.same[row] == sum(labels[other] == labels[row] for other in others)
        own, votes[labels[row]] = votes[labels[row]], 0
        assert near.against[row] == pytest.approx(votes.max() - own, abs=1e-5)
    assert np.isnan(near.against[:4]).all()


def test_by_chance_neighbours_do_not_count():
    rng = np.random.default_rng(2)
    near = find_neighbours(rng.normal(size=(400, 8)).astype(np.float32), rng.integers(0, 2, 400))
    assert near.weight < 0.05
    score = rng.normal(size=400)
    added = add_neighbours(score, near._replace(agreement=-0.1))
    np.testing.assert_allclose(added, (score - score.mean()) / score.std())


def test_where_they_agree_they_count_by_the_odds_of_it():
    embeddings, labels = clusters(np.random.default_rng(0))
    near = find_neighbours(embeddings, labels)
    assert near._replace(agreement=0.5).weight == 1
    assert near._replace(agreement=1.0).weight == pytest.approx(9)
    assert set(np.argsort(-add_neighbours(np.zeros(60), near))[:2]) == {0, 1}


def test_one_label_only_and_no_neighbours_say_nothing():
    rng = np.random.default_rng(3)
    assert find_neighbours(rng.normal(size=(20, 3)).astype(np.float32), np.zeros(20, int)).weight == 0
    alone = find_neighbours(np.ones((3, 2), np.float32), np.array([-1, 0, -1]))
    assert (alone.number, alone.weight) == (0, 0)


MISFIT = (
    "The embeddings must be a table of numbers with one row for each of the 3 examples, in the log's order; "
    "they have the shape {} and the type {}."
)
UNBOUNDED = (
    "The embeddings must be finite, but 2 of 3 rows are not, the first of them row 1 (counted from 0)."
)


@pytest.mark.parametrize(
    ("embeddings", "message"),
    [
        (np.zeros((2, 4)), MISFIT.format((2, 4), "float64")),
        ([["a"], ["b"], ["c"]], MISFIT.format((3, 1), "<U1")),
        ([[0.0], [np.nan], [np.inf]], UNBOUNDED),
        ([[0.0], [1e300], [-1e300]], UNBOUNDED),
    ],
)
def test_what_is_no_embedding_of_the_log_is_refused(embeddings, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_embeddings(embeddings, 3)


RUN = make_dynamics(gold=[[0.9], [0.9], [0.1]], margin=[[1.0], [1.0], [-1.0]], predictions=[[0], [1], [0]])
IDS = np.array(["a", "b", "c"], dtype=object)


def labels_of(values, names=None):
    frame = pd.DataFrame({"label": values}, index=["c", "a", "b"])
    return learned_labels(RUN, IDS, frame, names).tolist()


def test_labels_are_the_models_numbers_in_the_logs_order():
    assert labels_of(["z", "x", "y"], names=["x", "y", "z"]) == [0, 1, 2]
    assert labels_of(pd.Categorical(["z", "x", "y"]), names=["x", "y", "z"]) == [0, 1, 2]
    assert labels_of(pd.Categorical(["z", "x", "y"])) == [0, 1, 2]
    assert labels_of([2, 0, 1]) == [0, 1, 2]
    assert labels_of([None, 0, 1]) == [0, 1, -1]


def test_labels_that_were_not_learned_are_refused():
    message = (
        "The labels of the examples are not those that the run learned: of 2 that it predicted right, 1 have another "
        "label now. Give the examples as the run was trained on them, planted labels included, or leave the "
        "embeddings out."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        labels_of([2, 0, 2])


def test_without_labels_there_is_nothing_to_compare():
    with pytest.raises(InputError) as error:
        learned_labels(RUN, IDS, None, None)
    assert str(error.value) == (
        "Embeddings are compared by label, and the log holds none: give the examples too (`examples`, or --dataset)."
    )
    with pytest.raises(MissingColumnError) as missing:
        learned_labels(RUN, IDS, pd.DataFrame({"text": ["x"]}, index=["a"]), None)
    assert "Column 'label' not found in the examples; its columns are: 'text'." in str(missing.value)
