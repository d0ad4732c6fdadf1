"""Tokens with tags as a model reads them: which piece bears a word's tag, and what is not read."""

import logging

import datasets
import pytest
import torch

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.token_classification.features import TagCollator, prepare_features
from dataset_cartography.tasks.token_classification.rows import normalize
from tiny import tiny_tokenizer

TOKENIZER = tiny_tokenizer(["ann sleeps in new york"])


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def features(tokens, tags, **options):
    rows = datasets.Dataset.from_dict({"id": list(range(len(tokens))), "tokens": tokens, "tags": tags})
    return prepare_features(normalize(rows, Options()), TOKENIZER, **options)


def test_a_words_first_piece_bears_its_tag():
    found = features([["Ann", "slept", "in"]], [["P", "O", "O"]])
    assert found.column_names == [
        "input_ids",
        "attention_mask",
        "token_type_ids",
        "example_id",
        "labels",
        "word_numbers",
    ]
    assert TOKENIZER.convert_ids_to_tokens(found["input_ids"][0]) == [
        *("[CLS]", "ann", "s", "##l", "##e", "##p", "##t", "in", "[SEP]")
    ]
    assert found["labels"][0] == [-100, 1, 0, -100, -100, -100, -100, 0, -100]
    assert found["word_numbers"][0] == [0, 1, 2]


def test_words_of_which_nothing_is_left_are_not_tagged(caplog):
    found = features([["", "Ann", "\u200b", "in"], ["in"]], [["O", "P", "O", "O"], ["O"]])
    assert found["word_numbers"][:] == [[1, 3], [0]]
    assert [label for label in found["labels"][0] if label >= 0] == [1, 0]
    assert caplog.messages == ["2 tokens are nothing to the tokenizer: they are not read, and not recorded."]


def test_words_beyond_the_length_are_counted(caplog):
    caplog.set_level(logging.WARNING)
    found = features([["ann", "sleeps", "in", "new"], ["in"]], [["P", "O", "O", "O"], ["O"]], max_length=4)
    assert found["word_numbers"][:] == [[0, 1], [0]]
    assert caplog.messages == [
        "2 tokens of 1 examples are beyond --max_length 4: they are not read, and not recorded."
    ]


def test_a_word_that_is_cut_within_is_read(caplog):
    found = features([["ann", "slept"]], [["P", "O"]], max_length=4)
    assert found["labels"][0] == [-100, 1, 0, -100]
    assert not caplog.messages


def test_a_length_without_room_is_refused():
    with pytest.raises(InputError) as refused:
        features([["ann"]], [["O"]], max_length=2)
    assert str(refused.value) == (
        "max_length 2 leaves no room: 2 special tokens and one of the text need 3. Give --max_length 3 or more."
    )


def test_a_slow_tokenizer_is_refused():
    rows = normalize(datasets.Dataset.from_dict({"tokens": [["a", "b"]], "tags": [["O", "P"]]}), Options())
    with pytest.raises(InputError) as refused:
        prepare_features(rows, object())
    assert str(refused.value) == (
        "Token classification needs a fast tokenizer, which knows the pieces of each word."
    )


def test_a_batch_holds_what_the_model_reads():
    found = features([["ann", "sleeps"], ["in"]], [["P", "O"], ["O"]])
    batch = TagCollator(TOKENIZER)(found.to_list())
    assert set(batch) == {"input_ids", "attention_mask", "token_type_ids", "labels"}
    assert torch.equal(batch["labels"], torch.tensor([[-100, 1, 0, -100], [-100, 0, -100, -100]]))
