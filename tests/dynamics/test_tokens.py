"""Tokens with their text: what each adds, together the whole text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from dataset_cartography.dynamics import load_units, read_tokens
from dataset_cartography.dynamics.tokens import pieces_of_text
from dataset_cartography.errors import InputError, LogError
from dataset_cartography.log import LogReader
from new_tasks import record_task

BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return record_task("causal-lm", tmp_path_factory.mktemp("tokens"), tokens=True)


def byte_tokenizer():
    """A token for every byte: characters of several bytes are characters of several tokens."""
    made = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(BYTES)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


@given(st.text(max_size=40))
def test_pieces_are_the_whole_text(text):
    tokenizer = byte_tokenizer()
    tokens = tokenizer.encode(text).ids
    pieces = pieces_of_text(tokens, tokenizer.decode)
    assert len(pieces) == len(tokens)
    assert "".join(pieces) == text.encode("utf-8", "replace").decode()


def test_a_character_of_several_tokens_comes_with_its_last():
    tokenizer = byte_tokenizer()
    assert pieces_of_text(tokenizer.encode("aé€b").ids, tokenizer.decode) == ["a", "", "é", "", "", "€", "b"]


def test_a_row_for_every_token_in_the_order_asked_for(recorded):
    units = load_units(LogReader(recorded.directory))
    ids = LogReader(recorded.directory).ids
    asked = [ids[4], ids[1]]
    df = read_tokens(recorded.directory, asked)
    assert list(df["id"].unique()) == asked
    assert list(df.columns) == ["id", "position", "token", "text", *units.dynamics.epochs]
    for place, name in ((4, ids[4]), (1, ids[1])):
        of = units.example == place
        rows = df[df["id"] == name]
        assert rows["position"].tolist() == list(range(of.sum()))
        assert rows["token"].tolist() == units.gold[of].tolist()
        there = rows[list(units.dynamics.epochs)].to_numpy()
        np.testing.assert_array_equal(there, units.dynamics.signals["gold_probability"][of])
    assert read_tokens(recorded.directory, asked, units=units).equals(df)


def test_all_examples_by_default(recorded):
    df = read_tokens(recorded.directory)
    assert df["id"].nunique() == LogReader(recorded.directory).size


def test_without_a_tokenizer_a_token_is_its_number(recorded, tmp_path):
    import shutil

    copy = shutil.copytree(recorded.directory, tmp_path / "run")
    shutil.rmtree(copy / "tokenizer")
    df = read_tokens(copy)
    assert df["text"].tolist() == [f"#{token}" for token in df["token"]]
    (copy / "tokenizer").mkdir()
    (copy / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(LogError, match=r"cannot be read .*: save the run's tokenizer there again"):
        read_tokens(copy)


def test_unknown_examples_and_whole_sequences_are_refused(recorded, tmp_path):
    with pytest.raises(InputError, match=f"'{recorded.directory}' holds no example 'nobody'."):
        read_tokens(recorded.directory, ["nobody"])
    whole = record_task("causal-lm", tmp_path)
    with pytest.raises(InputError, match="holds the tokens of a sequence together: record with tokens=True"):
        read_tokens(whole.directory)
