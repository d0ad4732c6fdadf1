"""Preference pairs of every spelling, as tokens, and corrected."""

import re

import datasets
import numpy as np
import pytest
from datasets import Dataset

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.dpo import features
from dataset_cartography.tasks.dpo.features import pair_features
from dataset_cartography.tasks.dpo.raw_labels import Preferences
from dataset_cartography.tasks.dpo.rows import check_rows, normalize
from dataset_cartography.tasks.raw_labels import UnreadableLabelError
from pairs import tiny_decoder_tokenizer

CHAT = [{"role": "user", "content": "Hi"}]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


def said(text):
    return {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Q ", "chosen": "yes", "rejected": "no"}, ("Q ", "yes", "no")),
        ({"question": "Q ", "Chosen": "yes", "rejected": "no"}, ("Q ", "yes", "no")),
        (
            {"chosen": "Human: hi Bot: yes", "rejected": "Human: hi Bot: yeah"},
            ("Human: hi Bot: ", "yes", "yeah"),
        ),
        (
            {"chosen": [*CHAT, said("yes")], "rejected": [*CHAT, said("no")]},
            ("User: Hi\nAssistant: ", "yes", "no"),
        ),
        (
            {"prompt": CHAT, "chosen": [said("yes")], "rejected": [said("no")]},
            ("User: Hi\nAssistant: ", "yes", "no"),
        ),
        (
            {"prompt": "Hi", "chosen": [*CHAT, said("yes")], "rejected": [*CHAT, said("no")]},
            ("User: Hi\nAssistant: ", "yes", "no"),
        ),
    ],
)
def test_every_spelling_becomes_one_form(row, expected):
    examples = normalize(Dataset.from_list([{"id": 1, "score": 0.5, **row}]), Options())
    assert tuple(examples[0][name] for name in ("prompt", "chosen", "rejected")) == expected
    assert (examples[0]["id"], examples[0]["score"]) == (1, 0.5)
    if isinstance(row["rejected"], list):
        assert examples[0]["messages"] == CHAT


class Merging:
    """A tokenizer of characters that merges "xa", but before "bc" reads "abc" as one, as BPE may."""

    eos_token_id = None
    chat_template = None

    def __call__(self, texts, **_):
        pieces = [re.findall("xa(?!bc)|abc|.", text) for text in texts]
        ends = [np.cumsum([len(piece) for piece in each]).tolist() for each in pieces]
        offsets = [list(zip([0, *each[:-1]], each, strict=True)) for each in ends]
        return {
            "input_ids": [[sum(map(ord, piece)) for piece in each] for each in pieces],
            "offset_mapping": offsets,
        }


def test_what_one_answer_merges_with_the_prompt_is_no_prompt_of_the_other(monkeypatch):
    monkeypatch.setattr(features, "special_prefix", lambda _: [])
    batch = {"id": [1], "prompt": ["xab"], "chosen": ["cz"], "rejected": ["dz"]}
    made = features._tokenize(batch, Merging(), 10)
    x, a, b, c, d, z = map(ord, "xabcdz")
    assert made["prompt_ids"] == [[]]
    assert made["chosen_ids"] == [[x, a + b + c, z]]
    assert made["rejected_ids"] == [[x + a, b, d, z]]


def test_a_pair_that_is_swapped_keeps_its_id():
    pair = {"prompt": "Q ", "chosen": "yes", "rejected": "no"}
    swapped = {"prompt": "Q ", "chosen": "no", "rejected": "yes"}
    one, other = (normalize(Dataset.from_list([row]), Options()) for row in (pair, swapped))
    assert one["id"][:] == other["id"][:]
    assert one.column_names == ["prompt", "chosen", "rejected", "id"]


def test_columns_are_named():
    rows = Dataset.from_list([{"a": "Q ", "b": "yes", "c": "no"}])
    examples = normalize(rows, Options(text_columns=("a", "b", "c")))
    assert examples[0]["chosen"] == "yes"
    with pytest.raises(MissingColumnError) as error:
        normalize(rows, Options())
    assert "chosen" in str(error.value)


def test_pairs_without_two_different_answers_are_left_out():
    rows = [
        {"id": "a", "prompt": "", "chosen": "yes", "rejected": "no"},
        {"id": "b", "prompt": "Q", "chosen": " ", "rejected": "no"},
        {"id": "c", "prompt": "Q", "chosen": "no", "rejected": "no"},
        {"id": "d", "prompt": "Q", "chosen": None, "rejected": ""},
    ]
    kept, left_out, _ = check_rows(normalize(Dataset.from_list(rows), Options()))
    assert kept["id"][:] == ["a"]
    assert [(row.id, row.reason) for row in left_out] == [
        ("b", "the chosen answer is empty"),
        ("c", "both answers are the same"),
        ("d", "the chosen answer is empty; the rejected answer is empty"),
    ]


def test_both_answers_follow_one_prompt_and_end(caplog):
    rows = [
        {"id": "a", "prompt": "w1 w2 w3 ", "chosen": "w4", "rejected": "w5 w6 w7"},
        {"id": "b", "prompt": "", "chosen": "w4", "rejected": "w5"},
    ]
    tokenizer = tiny_decoder_tokenizer()
    numbers = {word: tokenizer.convert_tokens_to_ids(word) for word in tokenizer.get_vocab()}
    features = pair_features(normalize(Dataset.from_list(rows), Options()), tokenizer, max_length=20)
    end = tokenizer.eos_token_id
    assert features[0]["prompt_ids"] == [numbers[word] for word in ("w1", "w2", "w3")]
    assert features[0]["chosen_ids"] == [numbers["w4"], end]
    assert features[0]["rejected_ids"] == [*(numbers[word] for word in ("w5", "w6", "w7")), end]
    assert features[1]["prompt_ids"] == []
    assert features["example_id"][:] == ["a", "b"]
    assert not caplog.records
    cut = pair_features(normalize(Dataset.from_list(rows), Options()), tokenizer, max_length=5)
    # The prompt loses as much for both.
    assert cut[0]["prompt_ids"] == [numbers["w3"]]
    assert cut[0]["rejected_ids"] == features[0]["rejected_ids"]
    assert [record.getMessage() for record in caplog.records] == [
        "1 of 2 pairs are cut to --max_length 5 tokens."
    ]


def test_a_chat_template_writes_conversations():
    tokenizer = tiny_decoder_tokenizer(["<u>", "<a>", "Hi", "yes", "no", "."])
    tokenizer.chat_template = (
        "{% for m in messages %}{{ '<u> ' if m.role == 'user' else '<a> ' }}{{ m.content }} {% endfor %}"
        "{% if add_generation_prompt %}<a> {% endif %}"
    )
    rows = [{"id": "a", "chosen": [*CHAT, said("yes .")], "rejected": [*CHAT, said("no")]}]
    features = pair_features(normalize(Dataset.from_list(rows), Options()), tokenizer, max_length=20)
    text = {
        name: tokenizer.decode(features[0][name]) for name in ("prompt_ids", "chosen_ids", "rejected_ids")
    }
    assert text == {"prompt_ids": "<u> Hi <a>", "chosen_ids": "yes .", "rejected_ids": "no"}


def test_correcting_a_pair_swaps_its_answers():
    rows = Dataset.from_list(
        [{"n": n, "prompt": "Q", "chosen": f"c{n}", "rejected": f"r{n}"} for n in range(3)]
    )
    labels = Preferences(rows, Options(), where="the rows")
    assert labels.at(0) == "chosen"
    new = labels.written({1: labels.read(1, " Rejected "), 2: labels.read(2, "chosen")})
    assert new["chosen"][:] == ["c0", "r1", "c2"]
    assert new["rejected"][:] == ["r0", "c1", "r2"]
    assert new.column_names == rows.column_names
    with pytest.raises(UnreadableLabelError) as error:
        labels.read(0, "the first")
    assert str(error.value) == "is neither 'chosen' nor 'rejected' (which swaps the two)"


def test_a_length_without_room_is_refused():
    rows = Dataset.from_list([{"prompt": "w1", "chosen": "w2", "rejected": "w3"}])
    with pytest.raises(InputError):
        pair_features(normalize(rows, Options()), tiny_decoder_tokenizer(), max_length=0)
