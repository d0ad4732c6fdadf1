import logging

import datasets
import pytest
from transformers import PreTrainedTokenizerFast

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.multiple_choice.features import pair, prepare_features
from dataset_cartography.tasks.multiple_choice.rows import read_rows
from tiny import tiny_tokenizer

ROWS = [
    {"id": "a", "context": "it rained", "question": "what then", "choices": ["wet", "dry day"], "label": 0},
    {"id": "b", "context": "", "question": "the sky is _ .", "choices": ["wet", "day"], "label": 1},
]
TOKENIZER = tiny_tokenizer(["it rained what then wet dry day the sky is _ ."])


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def examples(rows=ROWS):
    return read_rows(datasets.Dataset.from_list(rows)).kept


def texts(features, row):
    return [TOKENIZER.decode(ids) for ids in features[row]["input_ids"]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("c", "q", "x"), ("c", "q x")),
        (("c", "", "x"), ("c", "x")),
        (("", "q", "x"), ("q", "x")),
        (("", "", "x"), ("", "x")),
        (("c", "a _ b", "x"), ("c", "a x b")),
        (("", "a ____.", "x"), ("", "a x.")),
        (("", "_ or _", "x"), ("_ or _", "x")),
        (("", "what is a_name", "x"), ("what is a_name", "x")),
        (("", "_", r"\1"), ("", r"\1")),
    ],
)
def test_the_two_texts(given, expected):
    assert pair(*given) == expected


def test_each_choice_with_what_it_answers():
    features = prepare_features(examples(), TOKENIZER)
    assert texts(features, 0) == [
        "[CLS] it rained [SEP] what then wet [SEP]",
        "[CLS] it rained [SEP] what then dry day [SEP]",
    ]
    assert texts(features, 1) == ["[CLS] [SEP] the sky is wet. [SEP]", "[CLS] [SEP] the sky is day. [SEP]"]
    assert features[0]["token_type_ids"][0] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert features[0]["attention_mask"] == [[1] * 8, [1] * 9]
    assert features["labels"][:] == [0, 1]
    assert features["example_id"][:] == ["a", "b"]


@pytest.mark.parametrize(
    ("ablation", "expected"),
    [
        ("question-only", "[CLS] what then [SEP] wet [SEP]"),
        ("passage-only", "[CLS] it rained [SEP] wet [SEP]"),
        ("choices-only", "[CLS] [SEP] wet [SEP]"),
    ],
)
def test_ablations(ablation, expected):
    features = prepare_features(examples(), TOKENIZER, ablation=ablation)
    assert texts(features, 0)[0] == expected
    assert features["labels"][:] == [0, 1]


def test_an_unknown_ablation():
    with pytest.raises(InputError) as caught:
        prepare_features(examples(), TOKENIZER, ablation="premise-only")
    assert str(caught.value) == (
        "No ablation 'premise-only' of multiple choice; it has: question-only, passage-only, choices-only."
    )


def test_options_are_part_of_the_caches_key():
    keys = {
        prepare_features(examples(), TOKENIZER, **options)._fingerprint
        for options in ({}, {"ablation": "choices-only"}, {"max_length": 8})
    }
    assert len(keys) == 3


def test_the_longer_text_is_cut_and_counted(caplog):
    long = {"id": "c", "context": "rained " * 30, "question": "what", "choices": ["wet", "dry"], "label": 0}
    with caplog.at_level(logging.WARNING):
        features = prepare_features(examples([*ROWS, long]), TOKENIZER, max_length=10)
    assert texts(features, 2)[0] == "[CLS] " + "rained " * 5 + "[SEP] what wet [SEP]"
    assert features["cut"][:] == [False, False, True]
    assert caplog.messages == ["Examples cut, being longer than 10 tokens: 1"]


def test_a_slow_tokenizer():
    class Slow(PreTrainedTokenizerFast):
        is_fast = False

    with pytest.raises(InputError) as caught:
        prepare_features(examples(), Slow(tokenizer_object=TOKENIZER._tokenizer))
    assert str(caught.value) == "Multiple choice needs a fast tokenizer, which knows what it cut."


@pytest.mark.parametrize(("ablation", "part"), [("passage-only", "context"), ("question-only", "question")])
def test_an_ablation_that_leaves_only_what_no_example_has(ablation, part):
    other = "question" if part == "context" else "context"
    rows = [{**row, part: "", other: "it rained"} for row in ROWS]
    with pytest.raises(InputError) as caught:
        prepare_features(examples(rows), TOKENIZER, max_length=32, ablation=ablation)
    assert str(caught.value) == (
        f"The ablation '{ablation}' needs examples with a {ablation.removesuffix('-only')}, and these have none: "
        "choices-only is what it comes to."
    )


def test_a_length_without_room():
    with pytest.raises(InputError) as caught:
        prepare_features(examples(), TOKENIZER, max_length=4)
    assert str(caught.value) == (
        "max_length 4 leaves no room: 3 special tokens and one of each text need 5. Give --max_length 5 or more."
    )
