import pytest
from datasets import Dataset

from dataset_cartography.tasks.multiple_choice.raw_labels import ChoiceLabels
from dataset_cartography.tasks.raw_labels import UnreadableLabelError

CHOICES = ["red", "green", "blue"]


def labels(values, choices=CHOICES, column="label", **columns):
    rows = [
        {"question": f"Which {place}?", "choices": choices, column: value, **columns}
        for place, value in enumerate(values)
    ]
    return ChoiceLabels(Dataset.from_list(rows), where="the rows")


@pytest.mark.parametrize(
    ("values", "after"),
    [
        ([0, 1, 2], [0, 2, 2]),
        (["0", "1", "2"], ["0", "2", "2"]),
        ([1, 2, 3], [1, 3, 3]),
        (["A", "B", "C"], ["A", "C", "C"]),
        (["(a)", "(b)", "(c)"], ["(a)", "(c)", "(c)"]),
        (["red", "green", "blue"], ["red", "blue", "blue"]),
        ([0.0, 1.0, 2.0], [0.0, 2.0, 2.0]),
    ],
)
def test_a_new_label_is_written_as_the_dataset_writes_them(values, after):
    choice_labels = labels(values)
    assert [choice_labels.at(row)["choice"] for row in range(3)] == [0, 1, 2]
    new = choice_labels.read(1, "blue")
    assert new == {"choice": 2, "text": "blue"}
    rows = choice_labels.written({1: new})
    assert rows["label"][:] == after
    assert rows.column_names == ["question", "choices", "label"]


def test_names_of_choices_are_written():
    named = {"text": CHOICES, "label": ["P", "Q", "R"]}
    choice_labels = labels(["P", "Q", "R"], named, "answerKey")
    assert choice_labels.written({0: choice_labels.read(0, "R")})["answerKey"][:] == ["R", "Q", "R"]


def test_the_text_counts_before_the_number():
    choice_labels = labels([0, 1, 2], ["2", "1", "0"])
    assert choice_labels.read(0, "2") == {"choice": 0, "text": "2"}
    assert labels([0, 1, 2]).read(0, "1") == {"choice": 1, "text": "green"}


def test_what_is_no_choice_is_refused():
    with pytest.raises(UnreadableLabelError) as error:
        labels([0, 1, 2]).read(0, "yellow")
    assert str(error.value) == "is none of the choices, by its text or as the dataset writes its labels"
    with pytest.raises(UnreadableLabelError) as error:
        labels([0, 1, 2], ["red", "red", "blue"]).read(0, "red")
    assert str(error.value) == "is the text of 2 choices; write it as the dataset writes its labels"


def test_a_label_that_means_nothing_is_none():
    assert labels([0, 1, 7]).at(2) is None
