"""Targets of every spelling, and the scale that models are trained on."""

import datasets
import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from transformers import BertConfig

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.raw_labels import UnreadableLabelError
from dataset_cartography.tasks.regression.raw_labels import Values
from dataset_cartography.tasks.regression.score import score_values
from dataset_cartography.tasks.regression.task import Regression
from dataset_cartography.tasks.regression.values import Standard, read_values, targets_of, with_scaled

WHERE = "column 'label' of the rows"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


def column(values, feature=None):
    rows = Dataset.from_dict({"label": values}, features=Features(label=feature) if feature else None)
    return rows.with_format("arrow")["label"][:], rows.features["label"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.5, None, float("nan"), float("inf"), -2.0], [1.5, None, None, None, -2.0]),
        ([1, 2, None], [1.0, 2.0, None]),
        ([" 1.5", "-2e1", "", "nan", None], [1.5, -20.0, None, None, None]),
    ],
)
def test_numbers_are_read_from_every_spelling(values, expected):
    assert read_values(*column(values), WHERE).to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "feature", "message"),
    [
        (
            ["1", "good"],
            None,
            (
                "Column 'label' of the rows holds 'good', which is no number. Name the right column with "
                "--label_column, or give --task classification."
            ),
        ),
        (
            [0, 1],
            ClassLabel(names=["no", "yes"]),
            (
                "Column 'label' of the rows holds the classes 'no', 'yes': a regression needs a number for each row. "
                "Give --task classification, or name the right column with --label_column."
            ),
        ),
        (
            [[1.0], [2.0]],
            None,
            (
                "Column 'label' of the rows holds values of the type list<item: double>: a regression needs a number "
                "for each row. Name the right column with --label_column."
            ),
        ),
        (
            [None, None],
            Value("float64"),
            (
                "Column 'label' of the rows has no number in any row, as in test sets whose targets are kept back: "
                "choose another split, or name the right column with --label_column."
            ),
        ),
    ],
)
def test_what_is_no_number_is_refused(values, feature, message):
    with pytest.raises(InputError) as error:
        read_values(*column(values, feature), WHERE)
    assert str(error.value) == message


def test_rows_without_a_number_or_a_text_are_left_out(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,review,stars\na,good,4.5\nb,bad,\nc,,3\nd,fair,2.0\n")
    kept, left_out, _ = Regression().load(str(path), "train", options=Options(label_column="stars"))
    assert kept["id"][:] == ["a", "d"]
    assert targets_of(kept).tolist() == [4.5, 2.0]
    assert kept.column_names == ["text", "label", "id"] or set(kept.column_names) == {"text", "label", "id"}
    assert [(row.id, row.reason) for row in left_out] == [
        ("b", "it has no label"),
        ("c", "the text is empty"),
    ]


def test_targets_are_scaled_as_the_model_is_told():
    examples = Dataset.from_dict({"text": list("abcd"), "label": [1000.0, 3000.0, 1000.0, 3000.0]})
    standard = Standard.of_targets(targets_of(examples))
    assert standard == (2000.0, 1000.0)

    class Model:
        config = BertConfig()

    assert Standard.of_model(Model) == (0.0, 1.0)
    standard.tell(Model)
    assert Standard.of_model(Model) == standard
    scaled = Regression().fit(examples, Model)
    assert scaled["scaled_label"][:] == [-1.0, 1.0, -1.0, 1.0]
    assert scaled["label"][:] == examples["label"][:]
    assert with_scaled(scaled, Standard())["scaled_label"][:] == examples["label"][:]


def test_targets_that_are_all_alike_cannot_be_learnt():
    with pytest.raises(InputError) as error:
        Standard.of_targets([2.0, 2.0])
    assert str(error.value) == (
        "All examples have the target 2: there is nothing to predict. Give data whose targets differ."
    )


def test_scores():
    gold = np.array([1.0, 2.0, 3.0, 4.0])
    scores = score_values(np.array([1.0, 2.0, 3.0, 6.0]), gold)
    assert scores == pytest.approx(
        {"r2": 100 * (1 - 1 / 1.25), "spearman": 100, "rmse": 1.0, "mae": 0.5, "n": 4}
    )
    alike = score_values(np.ones(4), gold)
    assert np.isnan(alike["spearman"])
    assert np.isnan(score_values(gold, np.ones(4))["r2"])


@pytest.mark.parametrize(
    ("values", "text", "after"),
    [
        ([1.5, 2.0], "3.25", [3.25, 2.0]),
        ([1, 2], "3", [3, 2]),
        (["1.5", "2"], "3.25", ["3.25", "2"]),
        (["1.5", "2"], "3.0", ["3", "2"]),
        (["250000.5", "2"], "1234567.25", ["1234567.25", "2"]),
    ],
)
def test_a_corrected_target_is_written_as_the_column_has_them(values, text, after):
    rows = Dataset.from_dict({"text": ["a", "b"], "score": values})
    labels = Values(rows, Options(), where="the rows")
    assert labels.at(0) == float(values[0])
    new = labels.written({0: labels.read(0, text)})
    assert new["score"][:] == after
    assert new["text"][:] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("much", "is no number"),
        ("inf", "is no number"),
        ("2.5", "is no whole number, as column 'label' holds (int64)"),
    ],
)
def test_what_cannot_be_a_target_is_refused(text, message):
    labels = Values(Dataset.from_dict({"text": ["a"], "label": [1]}), Options(), where="the rows")
    with pytest.raises(UnreadableLabelError) as error:
        labels.read(0, text)
    assert str(error.value) == message
