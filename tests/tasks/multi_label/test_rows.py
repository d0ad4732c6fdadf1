"""Rows of texts with several labels of all kinds in one form, and the faulty ones."""

import json

import datasets
import pytest
from datasets import ClassLabel, List

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification import Text
from dataset_cartography.tasks.multi_label.rows import check_rows, normalize

TEXT = Text("text", ("text", "sentence"))
TEXTS = ["one", "two", "three"]
LABELS = [["money", "sport"], [], ["art"]]
NAMES = ["art", "money", "sport"]


def read(columns, **options):
    return normalize(datasets.Dataset.from_dict(columns), TEXT, Options(**options))


def named(examples):
    names = examples.features["labels"].feature.names
    return [
        None if numbers is None else [names[number] for number in numbers]
        for numbers in examples["labels"][:]
    ]


FORMS = {
    "lists of names": LABELS,
    "in another order, and twice": [["sport", "money", "sport"], [], ["art"]],
    "lists spelled as JSON": [json.dumps(each) for each in LABELS],
    "texts": ["['money', 'sport']", "", "art"],
}


@pytest.mark.parametrize("form", FORMS)
def test_one_form(form):
    examples = read({"sentence": TEXTS, "tags": FORMS[form], "n": [0, 1, 2]})
    assert set(examples.column_names) == {"id", "text", "labels", "n"}
    assert examples.features["labels"].feature.names == NAMES
    assert named(examples) == LABELS


@pytest.mark.parametrize("kind", [int, float, bool])
def test_a_one_for_each_label_that_is_given(kind):
    examples = read(
        {"text": TEXTS, "labels": [[kind(value) for value in row] for row in ([0, 1, 1], [0] * 3, [1, 0, 0])]}
    )
    assert examples.features["labels"].feature.names == ["0", "1", "2"]
    assert named(examples) == [["1", "2"], [], ["0"]]


def test_numbers_of_labels_are_no_vectors():
    examples = read({"text": TEXTS, "labels": [[2, 0], [], [1]]})
    assert named(examples) == [["0", "2"], [], ["1"]]


def test_a_class_label_keeps_its_numbers():
    order = ["sport", "money", "art"]
    rows = datasets.Dataset.from_dict(
        {"text": TEXTS, "labels": [[order.index(name) for name in names] for names in LABELS]}
    ).cast_column("labels", List(ClassLabel(names=order)))
    examples = normalize(rows, TEXT, Options())
    assert examples.features["labels"].feature.names == order
    assert examples["labels"][:] == [[0, 1], [], [2]]


def test_columns_that_are_named():
    columns = {"a": TEXTS, "b": LABELS, "text": [1, 2, 3], "labels": ["x", "y", "z"], "label": [4, 5, 6]}
    examples = read(columns, text_columns=("a",), label_column="b")
    assert named(examples) == LABELS
    assert examples["text_"][:] == [1, 2, 3]
    assert examples["labels_"][:] == ["x", "y", "z"]
    assert examples["label_"][:] == [4, 5, 6]


def test_faulty_rows_are_left_out():
    columns = {"text": ["one", " ", "three", "four"], "labels": [["a"], None, ["b", ""], []]}
    checked = check_rows(read(columns), TEXT)
    assert checked.kept["text"][:] == ["one", "four"]
    assert named(checked.kept) == [["a"], []]
    assert [(fault.row, fault.reason) for fault in checked.left_out] == [
        (1, "it has no labels; the text is empty"),
        (2, "one of its labels is empty"),
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [1.0, 2.0, 3.0],
            (
                "The column 'labels' of the dataset holds values of the type double, not lists: "
                "name the right column with "
                "--label_column."
            ),
        ),
        (
            [[], [], []],
            (
                "Column 'labels' of the dataset has no label in any row, as in test sets whose "
                "labels are kept back: choose "
                "another split, or name the right column with --label_column."
            ),
        ),
    ],
)
def test_refusals(labels, message):
    with pytest.raises(InputError) as refused:
        read({"text": TEXTS, "labels": labels})
    assert str(refused.value) == message


def test_a_row_about_other_labels_is_named():
    with pytest.raises(InputError) as error:
        read({"text": TEXTS, "labels": [[0, 1, 1, 0], [0, 0, 1], [1, 0, 0, 0]]})
    assert str(error.value) == (
        "Most lists in the column 'labels' of the dataset hold a 0 or 1 for each of 4 labels, but row 1 (counted from "
        "0) holds 3: give it 4, or null where its labels are not known."
    )
    assert named(read({"text": TEXTS, "labels": [[0, 1], [], [1]]})) == [["0", "1"], [], ["1"]]
