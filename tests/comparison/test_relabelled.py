import numpy as np
import pandas as pd
import pytest

from dataset_cartography.comparison import compare_labels
from dataset_cartography.errors import InputError

MOVED = pd.Series([0.9, 0.5, 0.3, 0.1], index=pd.Index(["a", "b", "c", "d"], name="example_id"))


def test_other_labels_are_told_the_furthest_moved_first():
    first = pd.Series({"d": "x", "c": "x", "b": "y", "a": "x", "removed": "x"})
    second = pd.Series({"a": "y", "b": "y", "c": "x", "d": "z"})
    found = compare_labels((first, second), MOVED)
    assert (found.known, found.ids.tolist(), found.median, found.median_others) == (4, ["a", "d"], 0.5, 0.4)


def test_only_labels_that_both_know_count():
    first = pd.Series({"a": "x", "b": None, "c": np.nan})
    second = pd.Series({"a": "x", "b": "x", "c": "x", "d": "x"})
    found = compare_labels((first, second), MOVED)
    assert (found.known, len(found.ids), found.median_others) == (1, 0, 0.9)
    assert np.isnan(found.median)


def test_answers_are_compared_whole_and_ids_by_their_type():
    first = pd.Series({1: (("a", 0),), 2: (), 3: (("a", 0), ("b", 4))})
    second = pd.Series({1: (("a", 0),), 2: (("a", 0),), 3: (("a", 0), ("b", 5)), "1": ()})
    found = compare_labels((first, second), pd.Series([0.3, 0.2, 0.1], index=[3, 2, 1]))
    assert (found.known, found.ids.tolist()) == (3, [3, 2])


def test_errors():
    twice = pd.Series(["x", "y"], index=["a", "a"])
    for message, labels in {
        "The id 'a' is given more than one label; ids must be unique.": (MOVED.map(str), twice),
        "No example has a label in both versions of the dataset.": (MOVED.map(str), pd.Series({"e": "x"})),
    }.items():
        with pytest.raises(InputError) as caught:
            compare_labels(labels, MOVED)
        assert str(caught.value) == message
