import logging

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from dataset_cartography.pages.token_texts import TokenTexts
from tiny import tiny_tokenizer

TEXT = "Héllo wörld, 日本 and 🎉!"


def byte_level():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({sign: place for place, sign in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def saved(tokenizer, directory):
    (directory / "tokenizer").mkdir()
    tokenizer.save(str(directory / "tokenizer" / "tokenizer.json"))
    return TokenTexts.of(directory)


def test_tokens_of_single_bytes_give_whole_characters(tmp_path):
    tokenizer = byte_level()
    tokens = tokenizer.encode(TEXT).ids
    texts = saved(tokenizer, tmp_path)(tokens)
    assert len(texts) == len(tokens)
    assert "".join(texts) == TEXT
    assert "🎉" in texts
    assert texts.count("") == len(TEXT.encode()) - len(TEXT)


def test_pieces_of_words_stand_together(tmp_path):
    tokenizer = tiny_tokenizer(["they are apples"]).backend_tokenizer
    texts = saved(tokenizer, tmp_path)(tokenizer.encode("they are appleszz", add_special_tokens=False).ids)
    assert texts[:2] == ["they", " are"]
    assert "".join(texts) == "they are appleszz"
    assert all(not text.startswith(" ") for text in texts[3:])


def test_where_there_is_no_tokenizer_or_a_damaged_one(tmp_path, caplog):
    assert TokenTexts.of(tmp_path) is None
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        assert TokenTexts.of(tmp_path) is None
    assert caplog.messages[0].startswith("Tokens are not shown one by one. ")


@pytest.mark.parametrize("tokens", [[], [5]])
def test_few_tokens(tmp_path, tokens):
    texts = saved(byte_level(), tmp_path)
    assert len(texts(tokens)) == len(tokens)
