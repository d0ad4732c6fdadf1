"""Packing: nothing is lost, added or torn apart unasked, and every token keeps its example's id."""

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.integrations.transformers import pack_examples
from dataset_cartography.signals.sequences import IGNORED


def dataset_of(lengths):
    rows = [
        {"id": f"e{row}", "input_ids": list(range(100 * row, 100 * row + size))}
        for row, size in enumerate(lengths)
    ]
    return datasets.Dataset.from_list(rows)


def pieces(packed):
    """(id, tokens, labels) of each piece, by its lengths, after checking that ids and positions agree with them."""
    found = []
    for row in packed:
        begin = 0
        for size in row["seq_lengths"]:
            part = slice(begin, begin + size)
            assert row["position_ids"][part] == list(range(size))
            (name,) = set(row["example_ids"][part])
            found.append((name, row["input_ids"][part], row["labels"][part]))
            begin += size
        assert begin == len(row["input_ids"]) == len(row["labels"]) == len(row["example_ids"])
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=25), st.integers(2, 24))
def test_best_fit_keeps_examples_whole(lengths, longest):
    dataset = dataset_of(lengths)
    packed = pack_examples(dataset, longest)
    found = {name: tokens for name, tokens, _ in pieces(packed)}
    assert len(found) == len(pieces(packed)) == len(lengths)
    for row in dataset:
        assert found[row["id"]] == row["input_ids"][:longest]
    fill = [len(row["input_ids"]) for row in packed]
    assert max(fill) <= longest
    # No two rows could be one.
    assert all(one + other > longest for place, one in enumerate(fill) for other in fill[:place])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=25), st.integers(2, 24))
def test_in_order_goes_on_in_the_next_row(lengths, longest):
    dataset = dataset_of(lengths)
    packed = pack_examples(dataset, longest, strategy="in_order")
    assert np.concatenate(packed["input_ids"][:]).tolist() == np.concatenate(dataset["input_ids"][:]).tolist()
    assert all(len(row["input_ids"]) == longest for row in packed.select(range(len(packed) - 1)))
    for name, tokens, _ in pieces(packed):
        assert {token // 100 for token in tokens} == {int(name[1:])}


def test_a_piece_learns_all_but_its_first_token_and_what_was_no_target():
    rows = [
        {"guid": 7, "input_ids": [1, 2, 3], "labels": [IGNORED, IGNORED, 3]},
        {"guid": 8, "input_ids": [4, 5, 6, 7], "labels": [4, 5, 6, 7]},
    ]
    packed = pack_examples(datasets.Dataset.from_list(rows), 8)
    assert packed.to_list() == [
        {
            "input_ids": [4, 5, 6, 7, 1, 2, 3],
            "labels": [IGNORED, 5, 6, 7, IGNORED, IGNORED, 3],
            "position_ids": [0, 1, 2, 3, 0, 1, 2],
            "seq_lengths": [4, 3],
            "example_ids": [8, 8, 8, 8, 7, 7, 7],
        }
    ]


def test_masks_say_what_is_learnt_where_labels_do_not():
    row = {"guid": 7, "input_ids": [1, 2, 3, 4], "completion_mask": [0, 0, 1, 1]}
    packed = pack_examples(datasets.Dataset.from_list([row]), 8)
    assert packed["labels"][0] == [IGNORED, IGNORED, 3, 4]
    both = pack_examples(datasets.Dataset.from_list([{**row, "assistant_masks": [0, 1, 0, 1]}]), 8)
    assert both["labels"][0] == [IGNORED, IGNORED, IGNORED, 4]


def test_a_selection_of_rows_is_packed_as_it_is():
    dataset = dataset_of([3, 4, 5, 2]).select([2, 0])
    assert {name for name, _, _ in pieces(pack_examples(dataset, 20))} == {"e0", "e2"}


def test_what_is_cut_is_counted(caplog):
    pack_examples(dataset_of([3, 9, 12]), 8)
    assert caplog.messages == [
        "2 of 3 examples are longer than 8 tokens and lose their end; strategy='in_order' would continue them."
    ]


REFUSED = {
    "max_length must be 2 or more, but is 1.": {"max_length": 1},
    "strategy must be best_fit or in_order, but is 'wrapped'.": {"max_length": 8, "strategy": "wrapped"},
}


@pytest.mark.parametrize("message", REFUSED)
def test_options_are_checked(message):
    with pytest.raises(InputError, match=message):
        pack_examples(dataset_of([3]), **REFUSED[message])


def test_tokens_are_needed():
    message = (
        "Column 'input_ids' not found in the dataset to pack; its columns are: 'id', 'text'. Tokenise the examples "
        "first."
    )
    with pytest.raises(MissingColumnError, match=message):
        pack_examples(datasets.Dataset.from_list([{"id": "a", "text": "b"}]), 8)


def test_labels_belong_to_tokens():
    rows = [
        {"id": "a", "input_ids": [1, 2], "labels": [1, 2]},
        {"id": "b", "input_ids": [1, 2], "labels": [1]},
    ]
    message = "Row 1 of the dataset to pack has another number of labels than of tokens."
    with pytest.raises(InputError, match=message):
        pack_examples(datasets.Dataset.from_list(rows), 8)


def test_ids_are_unique():
    twice = datasets.Dataset.from_list([{"id": "a", "input_ids": [1, 2]}] * 2)
    with pytest.raises(InputError, match="a"):
        pack_examples(twice, 8)
