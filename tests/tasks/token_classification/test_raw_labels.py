"""Tags as a dataset has them: read from a correction, and written back in their form."""

import json

import datasets
import pytest
from datasets import ClassLabel, List, Value

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.raw_labels import UnreadableLabelError
from dataset_cartography.tasks.token_classification.raw_labels import TagSequences

TOKENS = [["Ann", "sleeps"], ["in", "New", "York"]]
TAGS = [["B-person", "O"], ["O", "B-place", "I-place"]]
ORDER = ["O", "B-person", "B-place", "I-place"]


def rows(tags, **kinds):
    made = datasets.Dataset.from_dict({"tokens": TOKENS, "ner_tags": tags, "n": [0, 1]})
    return made.cast_column("ner_tags", kinds["kind"]) if kinds else made


def sequences(made, **options):
    return TagSequences(made, Options(), where="the rows", new_labels=options.get("new", False))


def numbers(order=ORDER):
    return [[order.index(tag) for tag in tags] for tags in TAGS]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("1: O", ["O", "O", "I-place"]),
        (" 1:O , 2 : O", ["O", "O", "O"]),
        ('["B-place", "O", "O"]', ["B-place", "O", "O"]),
    ],
)
def test_some_tags_are_corrected_and_all_else_stays(text, after):
    labels = sequences(rows(TAGS))
    assert [labels.at(row) for row in range(2)] == TAGS
    new = labels.written({1: labels.read(1, text)})
    assert new.to_list() == [
        {"tokens": TOKENS[0], "ner_tags": TAGS[0], "n": 0},
        {"tokens": TOKENS[1], "ner_tags": after, "n": 1},
    ]


def test_numbers_stay_numbers():
    labels = sequences(rows(numbers()))
    assert labels.written({0: labels.read(0, "1: 3")})["ner_tags"][:] == [[1, 3], [0, 2, 3]]


def test_names_beside_the_data_are_written_into_it():
    labels = sequences(rows(numbers(), kind=List(ClassLabel(names=ORDER))))
    new = labels.written({0: labels.read(0, "1: B-place")})
    assert new.features["ner_tags"] == List(Value("string"))
    assert new["ner_tags"][:] == [["B-person", "B-place"], TAGS[1]]


def test_lists_spelled_as_text_stay_text():
    labels = sequences(rows([json.dumps(tags) for tags in TAGS]))
    new = labels.written({0: labels.read(0, "0: O")})
    assert new["ner_tags"][:] == ['["O", "O"]', json.dumps(TAGS[1])]


def test_a_new_tag_is_taken_where_it_may_be():
    assert sequences(rows(TAGS), new=True).read(0, "0: B-robot") == ["B-robot", "O"]


@pytest.mark.parametrize(
    ("text", "after"),
    [("2: ,", ["DT", "O or so", ","]), ("0: ,, 2: O or so", [",", "O or so", "O or so"])],
)
def test_a_tag_may_be_a_comma_or_several_words(text, after):
    labels = sequences(rows([[",", "."], ["DT", "O or so", "."]]), new=True)
    assert labels.read(1, text) == after


_NO_CORRECTION = (
    "corrects no tag: write '3: B-person' for the token 3 (counted from 0), with commas between several, or all tags "
    "as a JSON list"
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("B-person", _NO_CORRECTION),
        ("0: O 1: O", _NO_CORRECTION),
        ("0: O,", _NO_CORRECTION),
        ("2: O", "corrects token 2, but the last of 2 is 1"),
        ('["O"]', "has 1 tags for 2 tokens"),
        (
            "0: B-robot",
            (
                "has 'B-robot', which is none of the labels 'B-person', 'B-place', 'I-place', "
                "'O' (--allow_new_labels takes "
                "new ones)"
            ),
        ),
    ],
)
def test_what_is_no_correction_is_refused(text, why):
    with pytest.raises(UnreadableLabelError) as refused:
        sequences(rows(TAGS)).read(0, text)
    assert str(refused.value) == why
