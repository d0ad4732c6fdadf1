"""Rows of tagged tokens of all kinds in one form, and the faulty ones."""

import json

import datasets
import pytest
from datasets import ClassLabel, List

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.token_classification.rows import check_rows, normalize

TOKENS = [["Ann", "sleeps"], ["in", "New", "York"]]
TAGS = [["B-person", "O"], ["O", "B-place", "I-place"]]
NAMES = ["B-person", "B-place", "I-place", "O"]


def named(examples):
    names = examples.features["tags"].feature.names
    return [[names[tag] for tag in tags] for tags in examples["tags"][:]]


def read(columns, **options):
    return normalize(datasets.Dataset.from_dict(columns), Options(**options))


NUMBERS = [[NAMES.index(tag) for tag in tags] for tags in TAGS]
FORMS = {
    "lists of names": {"tokens": TOKENS, "tags": TAGS},
    "other names": {"words": TOKENS, "ner_tags": TAGS},
    "lists spelled as JSON": {
        "tokens": [json.dumps(each) for each in TOKENS],
        "tags": [json.dumps(each) for each in TAGS],
    },
    "lists spelled as Python": {
        "tokens": [str(each) for each in TOKENS],
        "labels": [str(each) for each in TAGS],
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_one_form(form):
    examples = read(FORMS[form])
    assert examples["tokens"][:] == TOKENS
    assert named(examples) == TAGS
    assert examples.features["tags"].feature.names == NAMES
    assert set(examples.column_names) == {"id", "tokens", "tags"}


def test_a_class_label_keeps_its_numbers():
    order = ["O", "B-person", "B-place", "I-place"]
    rows = datasets.Dataset.from_dict(
        {"id": [3, 5], "tokens": TOKENS, "ner_tags": [[order.index(tag) for tag in tags] for tags in TAGS]}
    ).cast_column("ner_tags", List(ClassLabel(names=order)))
    examples = normalize(rows, Options())
    assert examples.features["tags"].feature.names == order
    assert named(examples) == TAGS
    assert examples["id"][:] == [3, 5]


def test_numbers_name_themselves():
    examples = read({"tokens": TOKENS, "tags": NUMBERS})
    assert examples.features["tags"].feature.names == ["0", "1", "2", "3"]
    assert examples["tags"][:] == NUMBERS


def test_ids_come_from_the_tokens_and_not_the_tags():
    corrected = [["O", "O"], TAGS[1]]
    assert (
        read({"tokens": TOKENS, "tags": corrected})["id"][:]
        == read({"tokens": TOKENS, "tags": TAGS})["id"][:]
    )


def test_columns_that_are_named():
    columns = {"a": TOKENS, "b": TAGS, "tokens": [1, 2], "tags": ["x", "y"]}
    examples = read(columns, text_columns=("a",), label_column="b")
    assert named(examples) == TAGS
    assert examples["tokens_"][:] == [1, 2]
    assert examples["tags_"][:] == ["x", "y"]


def test_faulty_rows_are_left_out():
    columns = {
        "tokens": [["a", "b"], ["a"], [], None, ["a"], ["a", "b"], [" ", ""], ["c"]],
        "tags": [["O", "B-x"], ["O", "O"], [], ["O"], None, ["O", None], ["O", "O"], ["O"]],
    }
    checked = check_rows(read(columns))
    assert checked.kept["tokens"][:] == [["a", "b"], ["c"]]
    assert named(checked.kept) == [["O", "B-x"], ["O"]]
    assert [(fault.row, fault.reason) for fault in checked.left_out] == [
        (1, "it has 1 tokens and 2 tags"),
        (2, "it has no tokens"),
        (3, "it has no tokens"),
        (4, "it has no tags"),
        (5, "token 1 (counted from 0) has no tag"),
        (6, "all its tokens are empty"),
    ]


def test_a_token_that_is_null_is_empty():
    assert read({"tokens": [["a", None]], "tags": [["B-x", "O"]]})["tokens"][:] == [["a", ""]]


def test_max_samples_keeps_the_names_of_all():
    rows = datasets.Dataset.from_dict({"tokens": TOKENS, "tags": TAGS})
    examples = normalize(rows, Options(), max_samples=1)
    assert examples.features["tags"].feature.names == NAMES
    assert named(check_rows(examples).kept) == TAGS[:1]


@pytest.mark.parametrize(
    ("columns", "options", "kind", "message"),
    [
        (
            {"tokens": TOKENS},
            {},
            MissingColumnError,
            (
                "Column 'tags' not found in the dataset; its columns are: 'tokens'. Name the one "
                "that holds the tags with "
                "--label_column."
            ),
        ),
        (
            {"tokens": TOKENS, "tags": ["O", "O"]},
            {},
            InputError,
            (
                "Column 'tags' of the dataset has no label in any row, as in test sets whose "
                "labels are kept back: choose "
                "another split, or name the right column with --label_column."
            ),
        ),
        (
            {"tokens": TOKENS, "tags": [1.5, 2.5]},
            {},
            InputError,
            (
                "The column 'tags' of the dataset holds values of the type double, not lists: "
                "name the right column with "
                "--label_column."
            ),
        ),
        (
            {"tokens": TOKENS, "tags": TAGS},
            {"text_columns": ("tags",)},
            InputError,
            "The columns of the dataset for tokens and tags must be different ones, but are both 'tags'.",
        ),
        (
            {"tokens": [[["a"]]], "tags": [["O"]]},
            {},
            InputError,
            (
                "The column 'tokens' of the dataset holds lists of the type list<item: string>, "
                "not of tokens: name the "
                "right column with --text_column."
            ),
        ),
    ],
)
def test_refusals(columns, options, kind, message):
    with pytest.raises(kind) as refused:
        read(columns, **options)
    assert str(refused.value) == message
