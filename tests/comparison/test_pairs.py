import numpy as np
import pandas as pd
import pytest

from dataset_cartography.comparison import pair
from dataset_cartography.comparison.pairs import furthest_first
from dataset_cartography.errors import InputError, MissingColumnError

NAMES = ("A", "B")


def test_examples_are_matched_by_id_and_the_others_counted(small):
    first = small({"stays": (0.1, 0.9), "far": (0.1, 0.1), "gone": (0.1, 0.1), "lost": (0.1, 0.1)})
    second = small(
        {"new": (0, 1), "far": (0.1, 0.9), "lost": (np.nan, np.nan), "stays": (0.1, 0.9), "other": (0, 1)}
    )
    found = pair(first, second, NAMES)
    assert found.first.index.tolist() == found.second.index.tolist() == ["far", "stays"]
    assert (found.only_first, found.only_second, found.unplaced) == (1, 2, 1)


def test_a_shift_counts_both_axes_by_their_whole_range(small):
    found = pair(small({"a": (0.1, 0.2), "b": (0, 0)}), small({"a": (0.25, 0.6), "b": (0.5, 1)}), NAMES)
    np.testing.assert_allclose(found.shifts, [np.sqrt(2), 0.5], rtol=1e-15)


def test_exact_ties_are_in_the_order_of_the_ids_whatever_the_rows(small):
    rng = np.random.default_rng(0)
    ids = [f"e{k}" for k in range(50)]
    first = small(dict.fromkeys(ids, (0.1, 0.2)))
    second = small({name: (0.1, [0.2, 0.5, 0.7][k % 3]) for k, name in enumerate(ids)})
    orders = []
    for _ in range(3):
        rows = rng.permutation(50)
        orders.append(pair(first.iloc[rows], second.iloc[rng.permutation(50)], NAMES).first.index.tolist())
    assert orders[0] == orders[1] == orders[2]
    groups = [[name for k, name in enumerate(ids) if k % 3 == rest] for rest in (2, 1, 0)]
    assert orders[0] == [name for group in groups for name in sorted(group)]
    assert furthest_first(np.array([1.0, 2.0, 1.0]), pd.Index([10, 9, 2])).tolist() == [1, 0, 2]


def test_ids_keep_their_types(small):
    with pytest.raises(InputError) as caught:
        pair(small({7: (0, 1), 8: (0, 1)}), small({"7": (0, 1), "08": (0, 1)}), NAMES)
    assert str(caught.value) == (
        "The two maps have no id in common: 'A' has ids such as 7, 'B' such as '7'. Written as text 1 would match: "
        "read both maps from files of one kind, best Parquet."
    )


def test_maps_that_cannot_be_matched(small):
    one = small({"a": (0, 1)})
    messages = {
        "The two maps have no id in common: 'A' has ids such as 'a', 'B' such as 'b'. Compare maps of the same "
        "dataset.": (one, small({"b": (0, 1)})),
        "The map 'B' has no example, so there is nothing to compare.": (one, one.iloc[:0]),
        "The map 'A' has the id 'a' more than once; ids must be unique.": (pd.concat([one, one]), one),
        "No example has a place on both maps, so there is nothing to compare.": (one, one * np.nan),
    }
    for message, maps in messages.items():
        with pytest.raises(InputError) as caught:
            pair(*maps, NAMES)
        assert str(caught.value) == message
    with pytest.raises(MissingColumnError):
        pair(one, one[["confidence"]], NAMES)
