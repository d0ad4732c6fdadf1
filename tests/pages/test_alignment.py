import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.pages.alignment import align


def frames(map_ids, example_ids):
    return pd.DataFrame({"m": map_ids}, index=map_ids), pd.DataFrame({"e": example_ids}, index=example_ids)


def test_matches_by_id_and_counts_the_rest():
    found = align(*frames(["b", "a", "x"], ["a", "b", "c", "d"]))
    assert found.map_df.index.tolist() == ["b", "a"]
    assert found.examples["e"].tolist() == ["b", "a"]
    assert (found.map_only, found.examples_only) == (1, 2)


def test_integers_find_their_own_text_and_keep_the_map_ids():
    found = align(*frames([7, 12], ["12", "7", "007"]))
    assert found.map_df.index.tolist() == [7, 12]
    assert found.examples.index.tolist() == [7, 12]
    assert found.examples["e"].tolist() == ["7", "12"]


def test_text_is_only_compared_when_nothing_matches_as_it_is():
    found = align(*frames([7, "8"], ["7", "8"]))
    assert found.map_df.index.tolist() == ["8"]
    assert found.map_only == 1


def test_nothing_matches():
    with pytest.raises(InputError) as caught:
        align(*frames([7], ["007"]))
    assert str(caught.value) == (
        "None of the map's 1 ids is among the 1 ids of the examples: the map has 7, the examples have '007'. "
        "Give the dataset and split that the map was recorded on."
    )
    with pytest.raises(InputError) as caught:
        align(*frames(["a"], []))
    assert str(caught.value) == (
        "None of the map's 1 ids is among the 0 ids of the examples: the map has 'a', "
        "the examples have none. Give the dataset and split that the map was recorded on."
    )


def test_repeated_ids():
    with pytest.raises(InputError) as caught:
        align(*frames(["a"], ["a", "b", "b", "b"]))
    assert str(caught.value) == (
        "The examples have 1 ids more than once, for example 'b'; every id must stand for one example."
    )
