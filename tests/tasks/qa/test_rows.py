import json
import logging

import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.ids import generate_hash_ids
from dataset_cartography.tasks.qa import normalize
from dataset_cartography.tasks.qa.rows import read_answers

NONE = {"text": [], "answer_start": []}
BOB = {"text": ["Bob"], "answer_start": [8]}
ROW = {"question": "Who?", "context": "Ann met Bob.", "answers": BOB}


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (BOB, BOB),
        ({"text": "Bob", "answer_start": 8}, BOB),
        ({"text": ["Bob"], "answer_start": [8.0]}, BOB),
        ([{"text": "Bob", "answer_start": "8"}], BOB),
        (json.dumps(BOB), BOB),
        (f"  {BOB!r} ", BOB),
        ("[{'text': 'Bob', 'answer_start': 8}]", BOB),
        ({**BOB, "answer_end": [11]}, BOB),
        ({"text": ["Bob", "Ann"], "answer_start": [8]}, {"text": ["Bob", "Ann"], "answer_start": [8, -1]}),
        (["Bob", "Ann"], {"text": ["Bob", "Ann"], "answer_start": [-1, -1]}),
        ("Bob", {"text": ["Bob"], "answer_start": [-1]}),
        ("[1]", {"text": ["[1]"], "answer_start": [-1]}),
        ("[REDACTED]", {"text": ["[REDACTED]"], "answer_start": [-1]}),
        (81, {"text": ["81"], "answer_start": [-1]}),
        ('{"text": ["Bob"', {"text": ['{"text": ["Bob"'], "answer_start": [-1]}),
        ({"start": 3}, {"text": ['{"start": 3}'], "answer_start": [-1]}),
        ({"text": ["", "Bob"], "answer_start": [-1, 8]}, BOB),
        ({"text": "Bob", "answer_start": -5}, {"text": ["Bob"], "answer_start": [-1]}),
        ({"text": "Bob", "answer_start": 2**80}, {"text": ["Bob"], "answer_start": [-1]}),
        ({"text": "Bob", "answer_start": 1.5}, {"text": ["Bob"], "answer_start": [-1]}),
        (None, NONE),
        ("", NONE),
        ([], NONE),
        ({}, NONE),
        ("[]", NONE),
        ({"text": None, "answer_start": None}, NONE),
        ({"text": [], "answer_start": []}, NONE),
    ],
)
def test_a_cell_of_answers(cell, expected):
    assert read_answers(cell) == expected


@pytest.mark.parametrize("start", [8, "8", "8.0", 8.0])
def test_the_offset_of_a_column_of_its_own(start):
    assert read_answers("Bob", start) == BOB


def test_no_id_column_makes_ids_from_the_content(caplog):
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        ids = normalize(datasets.Dataset.from_list([ROW, ROW]), where="notes.csv")["id"][:]
    assert ids == generate_hash_ids({name: [value] * 2 for name, value in ROW.items()})
    assert caplog.messages == [
        "example_id not found in inputs: notes.csv has no id column, made stable ids from the content"
    ]


def test_made_ids_do_not_depend_on_how_the_answers_were_written():
    flat = {"question": "Who?", "context": "Ann met Bob.", "answer": "Bob", "answer_start": "8"}
    made = [normalize(datasets.Dataset.from_list([row]))["id"][0] for row in (ROW, flat)]
    assert made[0] == made[1]


@pytest.mark.parametrize("column", ["id", "example_id", "guid"])
def test_the_columns_that_may_hold_ids(column):
    examples = normalize(datasets.Dataset.from_list([{**ROW, column: "a"}, {**ROW, column: "b"}]))
    assert examples["id"][:] == ["a", "b"]
    assert column in examples.column_names


def test_the_column_id_goes_before_others():
    examples = normalize(datasets.Dataset.from_list([{**ROW, "guid": "g", "id": 7}]))
    assert (examples["id"][0], examples["guid"][0]) == (7, "g")


def test_duplicate_ids_of_the_user():
    with pytest.raises(InputError) as caught:
        normalize(datasets.Dataset.from_list([{**ROW, "guid": 5}] * 2), where="notes.csv")
    assert str(caught.value) == (
        "Duplicate example ids in notes.csv (column 'guid'), 1 in number: 5 in rows 0, 1 "
        "(rows counted from 0). Make the ids unique, or remove the id column to have ids made from the content."
    )


def test_rows_in_the_form_of_squad_are_not_copied():
    features = datasets.Features(
        id=datasets.Value("string"),
        question=datasets.Value("string"),
        context=datasets.Value("string"),
        answers={
            "text": datasets.List(datasets.Value("string")),
            "answer_start": datasets.List(datasets.Value("int32")),
        },
    )
    raw = datasets.Dataset.from_list([{"id": "1", **ROW}], features=features)
    assert normalize(raw) is raw


def test_null_texts_become_empty():
    raw = datasets.Dataset.from_list([{**ROW, "question": None}, {**ROW, "context": None}])
    examples = normalize(raw)
    assert (examples["question"][:], examples["context"][:]) == (["", "Who?"], ["Ann met Bob.", ""])
