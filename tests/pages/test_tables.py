import csv

import pandas as pd
import pytest

from dataset_cartography.pages.tables import neutral, write_table


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


def test_a_carriage_return_does_not_end_a_line(tmp_path):
    write_table(pd.DataFrame({"text": ["a\rb", "c"], "n": [1, 2]}), tmp_path / "t.csv", index=False)
    with (tmp_path / "t.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["text", "n"], ["a\rb", "1"], ["c", "2"]]
