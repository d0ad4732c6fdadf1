import pandas as pd
import pytest

from dataset_cartography.report.alignment import align
from dataset_cartography.report.tables import breakdown_tables, describe, neutral, summary_table, write_table


def test_summary_counts(data):
    table = summary_table(data[0])
    assert table.index.tolist() == ["easy", "ambiguous", "hard"]
    assert table["count"].tolist() == [3, 6, 3]
    assert table["share"].tolist() == [0.25, 0.5, 0.25]
    assert table["never_learned"].tolist() == [3, 0, 3]
    assert table["high_confidence"].tolist() == [3, 3, 0]
    assert table["median_variability"].tolist() == pytest.approx([0.05, 0.3, 0.05])


def test_breakdowns_of_features_and_columns(data):
    df, examples = data
    examples["Section!"] = examples["section"]
    examples["section?"] = 1  # the same for all: nothing to break down
    examples["id2"] = range(12)  # different for all
    examples["category"] = ["a", "b"] * 6  # named as a column of ours
    examples["lists"] = [[1]] * 12
    alignment = align(df, examples)
    tables = breakdown_tables(alignment, describe(alignment))
    assert list(tables) == [
        "question_types",
        "answer_length",
        "answer_position",
        "lexical_overlap",
        "lexical_overlap_sentence",
        "context_length",
        "windows",
        "n_answers",
        "column_section",
        "column_section_2",
        "column_category",
    ]
    assert all(table["count"].sum() == 12 for _, table in tables.values())
    assert tables["column_section"][1].index.name == "section"
    assert tables["column_section_2"][0] == "Column “Section!” of the dataset"


def test_a_map_without_windows_has_no_such_table(data):
    alignment = align(data[0].drop(columns="windows"), data[1])
    assert "windows" not in breakdown_tables(alignment, describe(alignment))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_formulas_are_neutralised(start):
    assert neutral(f"{start}1+1") == f"'{start}1+1"
    assert neutral(f"1{start}1") == f"1{start}1"


def test_written_text_is_neutral_and_numbers_stay_numbers(tmp_path):
    table = pd.DataFrame(
        {"@head": ["=1+1", None, "\ud800 ok"], "n": [-1.5, 2.0, 3.0]},
        index=pd.Index(["-a", "b", "c"], name="+id"),
        dtype="object",
    ).astype({"n": "float64"})
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == (
        "'+id,'@head,n\n'-a,'=1+1,-1.5\nb,,2.0\nc,? ok,3.0\n"
    )
