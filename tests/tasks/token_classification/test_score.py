"""Scores of tags against seqeval, which does as conlleval does."""

import pytest
import seqeval.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.tasks.token_classification.score import score_tags

KINDS = ("person", "creative-work")
SCHEMES = {
    "IOB": ["O", *(f"{mark}-{kind}" for mark in "BI" for kind in KINDS)],
    "IOBES": ["O", *(f"{mark}-{kind}" for mark in "BIES" for kind in KINDS)],
    "without kinds": ["O", "B", "I"],
}


def sequences(tags):
    sizes = st.lists(st.integers(1, 8), min_size=1, max_size=4)
    return sizes.flatmap(
        lambda sizes: st.tuples(
            *(
                st.tuples(*(st.lists(st.sampled_from(tags), min_size=size, max_size=size) for size in sizes))
                for _ in range(2)
            )
        )
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("scheme", SCHEMES)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_equals_seqeval(scheme, data):
    gold, predicted = (list(tags) for tags in data.draw(sequences(SCHEMES[scheme])))
    scores = score_tags(gold, predicted)
    for name, reference in (
        ("f1", seqeval.metrics.f1_score),
        ("precision", seqeval.metrics.precision_score),
        ("recall", seqeval.metrics.recall_score),
        ("accuracy", seqeval.metrics.accuracy_score),
    ):
        assert scores[name] == pytest.approx(100 * reference(gold, predicted)), name
    assert scores["n"] == len(gold)


def test_tags_without_places_are_entities_each():
    scores = score_tags([["NOUN", "VERB", "O"]], [["NOUN", "NOUN", "O"]])
    assert scores == {
        "f1": 50.0,
        "precision": 50.0,
        "recall": 50.0,
        "accuracy": pytest.approx(200 / 3),
        "n": 1,
        "tokens": 3,
    }


def test_a_token_that_was_not_read_is_wrong_and_no_entity():
    scores = score_tags([["B-person", "O"]], [[None, None]])
    assert scores == {"f1": 0.0, "precision": 0.0, "recall": 0.0, "accuracy": 0.0, "n": 1, "tokens": 2}
