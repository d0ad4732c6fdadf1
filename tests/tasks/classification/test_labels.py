import logging

import datasets
import numpy as np
import pyarrow as pa
import pytest
from datasets import ClassLabel, Value
from transformers import BertConfig

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.classification import fit_labels, read_labels
from dataset_cartography.tasks.classification.labels import with_labels
from dataset_cartography.tasks.models import label_names

WHERE = "column 'label' of the dataset 'x'"


def read(values, feature=None):
    labels = read_labels(pa.chunked_array([pa.array(values)]), feature or Value("string"), WHERE)
    return labels.names, labels.numbers.to_pylist()


@pytest.mark.parametrize(
    ("values", "names", "numbers"),
    [
        (["no", "yes", "no"], ["no", "yes"], [0, 1, 0]),
        ([" yes", "no ", "Yes"], ["Yes", "no", "yes"], [2, 1, 0]),
        (["yes", None, "", "-", " "], ["yes"], [0, None, None, None, None]),
        ([2, 0, -1, None], ["0", "1", "2"], [2, 0, None, None]),
        ([1.0, float("nan"), 0.0], ["0", "1"], [1, None, 0]),
        (["10", "2", "-"], [str(number) for number in range(11)], [10, 2, None]),
        (["10", "2", "two"], ["10", "2", "two"], [0, 1, 2]),
        ([True, False, None], ["False", "True"], [1, 0, None]),
    ],
)
def test_labels_of_every_kind(values, names, numbers):
    assert read(values) == (names, numbers)


def test_a_class_label_keeps_its_names_and_its_missing_ones():
    feature = ClassLabel(names=["entailment", "neutral", "contradiction"])
    assert read([2, -1, 0], feature) == (feature.names, [2, None, 0])


def refused(values):
    with pytest.raises(InputError) as caught:
        read(values)
    return str(caught.value)


def test_what_is_no_label():
    assert refused([0.5, 1.0]) == (
        "Column 'label' of the dataset 'x' holds fractions: classification needs one of a few labels for each row. "
        "Name the right column with --label_column."
    )
    assert refused([["a"], ["b"]]) == (
        "Column 'label' of the dataset 'x' holds values of the type list<item: string>: classification needs one "
        "label for each row, a string or a whole number. Name the right column with --label_column."
    )
    assert refused([7, 20_000]) == (
        "Column 'label' of the dataset 'x' holds numbers up to 20000, which are no labels: those are counted from 0. "
        "Name the right column with --label_column."
    )


@pytest.mark.parametrize(
    ("values", "found"),
    [([-1, 1, None], "-1, 1"), ([-1.0, 1.0], "-1, 1"), ([-2, 0, 1], "-2, 0, 1"), ([-2], "-2")],
)
def test_negative_numbers_that_are_labels_themselves(values, found):
    assert refused(values) == (
        f"Column 'label' of the dataset 'x' holds the numbers {found}: labels are counted from 0, and only a -1 beside "
        "two or more of them means that a row has none. Number the labels from 0, or give them names."
    )


@pytest.mark.parametrize("values", [[None, None], [-1, -1], ["", "-"], [float("nan")]])
def test_no_label_in_any_row(values):
    assert refused(values) == (
        "Column 'label' of the dataset 'x' has no label in any row, as in test sets whose labels are kept back: "
        "choose another split, or name the right column with --label_column."
    )


class Model:
    def __init__(self, *names, count=None):
        self.config = (
            BertConfig(id2label=dict(enumerate(names))) if names else BertConfig(num_labels=count or 2)
        )


def examples(numbers, names):
    return with_labels(
        datasets.Dataset.from_dict({"id": list(range(len(numbers)))}), pa.array(numbers), names
    )


def fitted(model, numbers, names):
    found = fit_labels(examples(numbers, names), model)
    return found.features["label"].names, found["label"][:]


def test_labels_take_the_models_numbers():
    assert fitted(Model("b", "c", "a"), [0, 1, 1], ["a", "b"]) == (["b", "c", "a"], [2, 0, 0])


def test_names_that_occur_nowhere_need_not_be_known():
    assert fitted(Model("a", "b"), [0, 2], ["b", "unused", "a"]) == (["a", "b"], [1, 0])


def test_labels_that_fit_are_not_copied():
    given = examples([0, 1], ["a", "b"])
    assert fit_labels(given, Model("a", "b")) is given


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Model("a", "b", "c"), ["0", "1", "2"]),
        (Model("0", "1", "2"), ["a", "b", "c"]),
        (Model(count=3), ["a", "b", "c"]),
    ],
    ids=["unnamed data", "unnamed model", "a model that nobody named"],
)
def test_mere_numbers_are_positions(model, names, caplog):
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        assert fitted(model, [2, 0, 2], names)[1] == [2, 0, 2]
    known = label_names(model.config) or ["0", "1", "2"]
    pairs = f"'{names[0]}' is '{known[0]}', '{names[2]}' is '{known[2]}'"
    assert caplog.messages == [f"Labels are taken by position, as one side has mere numbers: {pairs}"]


def test_labels_that_are_called_as_transformers_calls_them():
    names = sorted(f"LABEL_{number}" for number in range(12))  # LABEL_10 before LABEL_2
    assert fitted(Model(*names), [0, 1], ["LABEL_1", "LABEL_2"]) == (names, [1, 4])
    assert fitted(Model(count=3), [0, 1], ["LABEL_1", "LABEL_2"])[1] == [1, 2]


def test_labels_that_the_model_does_not_know():
    with pytest.raises(InputError) as caught:
        fit_labels(examples([0, 1, 2], ["a", "d", "e"]), Model("a", "b"))
    assert str(caught.value) == (
        "The labels do not fit the model's: it does not know 'd', 'e', but 'a', 'b'. Train on data with all labels, "
        "or evaluate a model that was trained on these."
    )


def test_a_long_list_is_cut_short():
    names = [f"n{number:02}" for number in range(30)]
    with pytest.raises(InputError, match="'n09' and 20 more, but 'a', 'b'"):
        fit_labels(examples(np.arange(30), names), Model("a", "b"))
