import pandas as pd
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.pages import align
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report.tables import (
    breakdown_tables,
    slice_examples,
    summary_table,
)


def test_summary_counts(data):
    table = summary_table(data[0])
    assert table.index.tolist() == ["easy", "ambiguous", "hard"]
    assert table["count"].tolist() == [3, 6, 3]
    assert table["share"].tolist() == [0.25, 0.5, 0.25]
    assert table["never_learned"].tolist() == [3, 0, 3]
    assert table["high_confidence"].tolist() == [3, 3, 0]
    assert table["median_variability"].tolist() == pytest.approx([0.05, 0.3, 0.05])


def test_the_share_that_keeps_its_region_needs_the_curves_of_the_whole_map(data):
    df, _ = data
    # Without its first epoch, an example of the first half is easy; those of the second half always are.
    curves = pd.DataFrame(index=df.index, data={1: [0.1] * 6 + [0.9] * 6, 2: [0.6] * 6 + [0.9] * 6, 3: 0.9})
    df["confidence"], df["variability"] = curves.mean(axis=1), curves.std(axis=1, ddof=0)
    df = categorize_examples(df)
    assert df["category"].tolist() == ["ambiguous"] * 6 + ["easy"] * 6
    table = summary_table(df, curves)
    assert table["stable_share"].fillna(-1).to_dict() == {"easy": 1.0, "ambiguous": 0.0, "hard": -1.0}
    assert "stable_share" not in summary_table(df, curves.iloc[1:])
    assert "stable_share" not in summary_table(df)
    assert "stable_share" not in summary_table(df, curves[[1]])


def test_breakdowns_of_features_and_columns(data):
    df, examples = data
    examples["Section!"] = examples["section"]
    examples["section?"] = 1  # the same for all: nothing to break down
    examples["id2"] = range(12)  # different for all
    examples["category"] = ["a", "b"] * 6  # named as a column of ours
    examples["lists"] = [[1]] * 12
    tables = breakdown_tables(df, slice_examples(align(df, examples)))
    own = ["column_section", "column_section_2", "column_category"]
    assert list(tables)[-3:] == own
    assert {"question_types", "answer_length", "lexical_overlap", "windows"} <= set(tables)
    assert all(table["count"].sum() == 12 for _, table in tables.values())
    assert tables["column_section"][1].index.name == "section"
    assert tables["column_section_2"][0] == "Column “Section!” of the dataset"


def test_a_map_without_windows_has_no_such_table(data):
    alignment = align(data[0].drop(columns="windows"), data[1])
    assert "windows" not in slice_examples(alignment).frame.columns


def test_columns_can_be_named(data):
    df, examples = data
    examples["pages"] = range(12)
    slices = slice_examples(align(df, examples), ["pages"])
    assert slices.own == {"column_pages": "pages"}
    assert slices.titles["column_pages"] == "pages"
    assert slices.titles["question_type"] == "Question type"
    tables = breakdown_tables(df, slices)
    assert "column_section" not in tables
    assert tables["column_pages"][1].index.tolist() == ["0-2", "3-5", "6-8", "9-11"]
    with pytest.raises(MissingColumnError, match=r"^Column 'chapter' not found in the examples; "):
        slice_examples(align(df, examples), ["chapter"])
