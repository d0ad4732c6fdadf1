"""Several labels as a dataset has them: read from what a person wrote, and written back in their form."""

import datasets
import pytest
from datasets import ClassLabel, List, Value

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.multi_label.raw_labels import LabelSets
from dataset_cartography.tasks.raw_labels import UnreadableLabelError

LABELS = [["money", "sport"], [], ["art, fine"]]
NAMES = ["art, fine", "money", "sport"]


def sets(labels, *, kind=None, new=False):
    rows = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "labels": labels})
    rows = rows if kind is None else rows.cast_column("labels", kind)
    return LabelSets(rows, Options(), where="the rows", new_labels=new)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("sport, money", ["money", "sport"]),
        ("sport", ["sport"]),
        ("art, fine", ["art, fine"]),
        ('["sport", "art, fine"]', ["art, fine", "sport"]),
        ("(no label)", []),
    ],
)
def test_labels_are_read_by_their_names(text, after):
    labels = sets(LABELS)
    assert [labels.at(row) for row in range(3)] == LABELS
    assert labels.written({1: labels.read(1, text)})["labels"][:] == [LABELS[0], after, LABELS[2]]


def test_a_one_for_each_label_stays_such():
    labels = sets([[0, 1, 1], [0, 0, 0], [1, 0, 0]])
    assert labels.at(0) == ["1", "2"]
    assert labels.written({1: labels.read(1, "0, 2")})["labels"][:] == [[0, 1, 1], [1, 0, 1], [1, 0, 0]]


def test_names_beside_the_data_are_written_into_it():
    labels = sets([[1, 2], [], [0]], kind=List(ClassLabel(names=NAMES)))
    new = labels.written({2: labels.read(2, "money")})
    assert new.features["labels"] == List(Value("string"))
    assert new["labels"][:] == [["money", "sport"], [], ["money"]]


def test_texts_become_lists_spelled_as_text():
    labels = sets(["money", "", "sport"])
    assert labels.written({0: labels.read(0, "money, sport")})["labels"][:] == [
        '["money", "sport"]',
        "",
        "sport",
    ]


def test_a_new_label_is_taken_where_it_may_be():
    assert sets(LABELS, new=True).read(0, "weather, money") == ["money", "weather"]


@pytest.mark.parametrize(
    ("labels", "text", "new", "why"),
    [
        (
            LABELS,
            "weather",
            False,
            (
                "has 'weather', which is none of the labels 'art, fine', 'money', 'sport' "
                "(--allow_new_labels takes new "
                "ones)"
            ),
        ),
        ([[5], [], [1]], "weather", True, "has 'weather', which cannot stand in column 'labels'"),
        (
            [[0, 1], [1, 1], [0, 0]],
            "7",
            True,
            "has '7', which is none of the labels '0', '1' (--allow_new_labels takes new ones)",
        ),
    ],
)
def test_what_is_no_label_is_refused(labels, text, new, why):
    with pytest.raises(UnreadableLabelError) as refused:
        sets(labels, new=new).read(1, text)
    assert str(refused.value) == why
