import logging

import datasets
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.ids import generate_hash_ids
from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.checked import LeftOut
from dataset_cartography.tasks.classification import check_rows, normalize
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.nli.task import NaturalLanguageInference

TEXT, PAIR = Classification.texts, NaturalLanguageInference.texts


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def rows(texts=TEXT, options=DEFAULTS, max_samples=None, **columns):
    raw = datasets.Dataset.from_dict(columns)
    return normalize(raw, texts, options, where="the dataset 'x'", max_samples=max_samples)


@pytest.mark.parametrize("text", ["text", "sentence", "question", "content", "tweet", "Text"])
@pytest.mark.parametrize("label", ["label", "labels", "intent", "category", "class", "gold_label", "Label"])
def test_usual_names_are_understood(text, label):
    found = rows(**{label: ["no", "yes"], text: ["a", "b"], "section": [1, 2], "id": ["r0", "r1"]})
    assert set(found.column_names) == {"section", "id", "text", "label"}
    assert (found["text"][:], found["label"][:], found["section"][:]) == (["a", "b"], [0, 1], [1, 2])
    assert found.features["label"].names == ["no", "yes"]


@pytest.mark.parametrize(("first", "second"), [("premise", "hypothesis"), ("sentence1", "sentence2")])
def test_pairs(first, second):
    found = rows(PAIR, **{second: ["h"], first: ["p"], "label": [2]})
    assert (found["premise"][:], found["hypothesis"][:]) == (["p"], ["h"])
    assert found.features["label"].names == ["0", "1", "2"]


def test_names_that_were_chosen_win_and_nothing_is_lost():
    options = Options(text_columns=("body",), label_column="kind")
    found = rows(TEXT, options, body=["b"], text=["t"], kind=["k"], label=[7], label_=[8], id=[1])
    assert found.to_dict() == {
        "text": ["b"],
        "text_": ["t"],
        "label__": [7],
        "label_": [8],
        "id": [1],
        "label": [0],
    }
    assert found.features["label"].names == ["k"]


def test_ids_are_made_from_the_texts_alone():
    first, second = (
        rows(text=["a", "b", "a"], label=[0, 1, 0]),
        rows(text=["a", "b", "a"], label=["x", "x", "y"]),
    )
    assert first["id"][:] == second["id"][:] == generate_hash_ids({"text": ["a", "b", "a"]})


def test_names_are_those_of_all_rows():
    found = rows(text=["a", "b", "c"], label=["z", "y", "x"], max_samples=1)
    assert (found["label"][:], found.features["label"].names) == ([2], ["x", "y", "z"])


def test_texts_of_other_types():
    assert rows(text=[1, None], label=[0, 1])["text"][:] == ["1", ""]
    with pytest.raises(InputError) as caught:
        rows(text=[["a", "b"]], label=[0])
    assert str(caught.value) == (
        "The column 'text' of the dataset 'x' holds values of the type list<item: string>, not texts: name the "
        "right column with --text_column."
    )


def test_rows_in_another_order_keep_their_labels():
    raw = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [0, 1, 2], "id": [0, 1, 2]})
    found = normalize(raw.select([2, 0]), TEXT, DEFAULTS)
    assert (found["id"][:], found["label"][:], found["text"][:]) == ([2, 0], [2, 0], ["c", "a"])


def missing(error=MissingColumnError, texts=TEXT, options=DEFAULTS, **columns):
    with pytest.raises(error) as caught:
        rows(texts, options, **columns)
    return str(caught.value)


def test_a_column_that_is_missing():
    assert missing(body=["a"], label=[0]) == (
        "Column 'text' not found in the dataset 'x'; its columns are: 'body', 'label'. Name the one that holds the "
        "text with --text_column."
    )
    assert missing(text=["a"], kind=[0]) == (
        "Column 'label' not found in the dataset 'x'; its columns are: 'text', 'kind'. Name the one that holds the "
        "label with --label_column."
    )
    assert missing(options=Options(label_column="type"), text=["a"], kind=[0]) == (
        "Column 'type' not found in the dataset 'x'; its columns are: 'text', 'kind'. Give --label_column one of "
        "these."
    )


def test_one_column_for_two():
    assert missing(
        InputError, PAIR, Options(text_columns=("text", "text")), text=["a"], hypothesis=["b"], label=[0]
    ) == (
        "The columns of the dataset 'x' for premise, hypothesis, label must be different ones, but are 'text', "
        "'text', 'label'."
    )


def test_rows_that_cannot_be_used_are_left_out(caplog):
    found = rows(
        PAIR,
        id=[10, 11, 12, 13],
        premise=["p", "p", " ", None],
        hypothesis=["h", "h", "h", "h"],
        label=[1, -1, 0, -1],
    )
    kept, left_out, repaired = check_rows(found, PAIR)
    assert (kept["id"][:], kept["label"][:]) == ([10], [1])
    assert left_out == [
        LeftOut(11, 1, "it has no label"),
        LeftOut(12, 2, "the premise is empty"),
        LeftOut(13, 3, "it has no label; the premise is empty"),
    ]
    assert repaired == []
    assert caplog.record_tuples == [
        ("dataset_cartography.tasks.checked", logging.WARNING, "3 of 4 rows left out as faulty")
    ]


def test_texts_are_read_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr("dataset_cartography.tasks.classification.rows._ROWS_AT_ONCE", 2)
    texts = ["a", None, " ", "d", "e", "", "g"]
    found = rows(text=texts, label=[0, 1, 0, 1, -1, 0, 1], id=list(range(7)))
    assert found["text"][:] == ["a", "", " ", "d", "e", "", "g"]
    kept, left_out, _ = check_rows(found, TEXT)
    assert kept["id"][:] == [0, 3, 6]
    assert [one.row for one in left_out] == [1, 2, 4, 5]
    assert rows(text=[1.5, None, 3.0], label=[0, 1, 0])["text"][:] == ["1.5", "", "3"]


def test_nothing_usable_left():
    with pytest.raises(InputError) as caught:
        check_rows(rows(text=["", " "], label=[0, 1]), TEXT)
    assert str(caught.value) == (
        "Nothing usable is left: all 2 rows are faulty. The first: the text is empty."
    )
