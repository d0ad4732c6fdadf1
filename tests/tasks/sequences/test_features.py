"""Tokens of prompts and completions: what is learnt, what is cut, and what a chat template decides."""

import datasets
import pytest
from transformers import ByT5Tokenizer

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.sequences.chat import templated
from dataset_cartography.tasks.sequences.features import (
    IGNORED,
    SequenceCollator,
    completion_features,
    pair_features,
)
from tiny import tiny_tokenizer

TEMPLATE = (
    "{% for m in messages %}[MASK]{{ m['role'] }} {{ m['content'] }}[SEP]{% endfor %}"
    "{% if add_generation_prompt %}[MASK]assistant {% endif %}"
)


@pytest.fixture
def tokenizer():
    made = tiny_tokenizer(["what is two plus four user assistant system hi hello bye"])
    made.eos_token = "[SEP]"
    return made


def examples(*pairs, **columns):
    rows = [
        {"id": f"e{row}", "prompt": given, "completion": wanted} for row, (given, wanted) in enumerate(pairs)
    ]
    return datasets.Dataset.from_list([{**row, **columns} for row in rows])


def words(tokenizer, tokens):
    return [tokenizer.convert_ids_to_tokens(token) if token != IGNORED else "-" for token in tokens]


def test_the_completion_is_learnt_and_the_end(tokenizer):
    (row,) = completion_features(examples(("what is ", "two plus")), tokenizer, max_length=12)
    assert words(tokenizer, row["input_ids"]) == ["[CLS]", "what", "is", "two", "plus", "[SEP]"]
    assert words(tokenizer, row["labels"]) == ["-", "-", "-", "two", "plus", "[SEP]"]
    assert row["attention_mask"] == [1] * 6
    assert row["example_id"] == "e0"


def test_a_token_that_spans_the_two_belongs_to_the_completion(tokenizer):
    (row,) = completion_features(examples(("what i", "s two")), tokenizer, max_length=12)
    assert words(tokenizer, row["labels"]) == ["-", "-", "is", "two", "[SEP]"]


def test_what_is_too_long_loses_the_prompts_beginning_then_the_completions_end(tokenizer, caplog):
    pairs = [("what is ", "two plus four"), ("what ", "is two plus four hi hello"), ("", "two")]
    rows = completion_features(examples(*pairs), tokenizer, max_length=6)
    assert [words(tokenizer, row["input_ids"]) for row in rows] == [
        ["[CLS]", "is", "two", "plus", "four", "[SEP]"],
        ["[CLS]", "is", "two", "plus", "four", "hi"],
        ["[CLS]", "two", "[SEP]"],
    ]
    assert caplog.messages == [
        "2 of 3 examples lose the beginning of their prompt beyond --max_length 6.",
        "1 of 3 examples lose the end of their completion beyond --max_length 6.",
    ]


def test_without_the_prompt(tokenizer):
    (row,) = completion_features(examples(("what is ", "two")), tokenizer, max_length=12, without_prompt=True)
    assert words(tokenizer, row["input_ids"]) == ["[CLS]", "two", "[SEP]"]


def test_a_chat_template_writes_conversations_and_ends_them(tokenizer):
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    given = examples(("User: hi\nAssistant: ", "hello"), messages=turns)
    plain = completion_features(given, tokenizer, max_length=20)[0]
    tokenizer.chat_template = TEMPLATE
    row = completion_features(given, tokenizer, max_length=20)[0]
    assert words(tokenizer, row["input_ids"]) == [
        *["[CLS]", "[MASK]", "user", "hi", "[SEP]"],
        *["[MASK]", "assistant", "hello", "[SEP]"],
    ]
    assert words(tokenizer, row["labels"])[-2:] == ["hello", "[SEP]"]
    assert words(tokenizer, row["labels"])[:-2] == ["-"] * 7
    assert "[MASK]" not in words(tokenizer, plain["input_ids"])


def test_the_answer_begins_where_a_template_parts_from_its_prompt(tokenizer):
    tokenizer.chat_template = TEMPLATE.replace("[MASK]assistant {%", "[MASK]assistant think {%")
    given, wanted = templated(
        [{"role": "user", "content": "hi"}], {"role": "assistant", "content": "hello"}, tokenizer
    )
    assert given == "[MASK]user hi[SEP][MASK]assistant "
    assert wanted == "hello[SEP]"


def test_sources_and_targets(tokenizer, caplog):
    rows = datasets.Dataset.from_list([{"id": 1, "source": "what is two", "target": "four"}])
    (row,) = pair_features(rows, tokenizer, max_length=4)
    assert words(tokenizer, row["input_ids"]) == ["[CLS]", "what", "is", "[SEP]"]
    assert words(tokenizer, row["labels"]) == ["[CLS]", "four", "[SEP]"]
    assert caplog.messages == ["1 of 1 examples lose the end of their source beyond --max_length 4."]


def test_batches_are_padded_and_leave_the_ids_behind(tokenizer):
    rows = completion_features(examples(("what ", "two"), ("", "two plus four")), tokenizer, max_length=12)
    batch = SequenceCollator(tokenizer)(list(rows))
    assert set(batch) == {"input_ids", "attention_mask", "labels"}
    assert batch["labels"].tolist()[0][-1:] == [IGNORED]
    assert batch["labels"].shape == batch["input_ids"].shape == (2, 5)


def test_a_conversation_that_the_template_refuses_is_told_in_a_sentence(tokenizer):
    tokenizer.chat_template = "{{ raise_exception('Only users and assistants') }}"
    messages = [{"role": "system", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    with pytest.raises(
        InputError, match=r"refuses a conversation of system, assistant: Only users and assistants\. "
    ):
        completion_features(examples(("", "hello"), messages=messages), tokenizer, max_length=12)


@pytest.mark.parametrize("make", [completion_features, pair_features])
def test_a_slow_tokenizer_is_told_in_a_sentence(make):
    with pytest.raises(InputError, match=r"need a fast tokenizer, .* and ByT5Tokenizer is none"):
        make(examples(("a", "b")), ByT5Tokenizer(), max_length=12)
