import json

import pandas as pd
import pytest

from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.formats.rankings import write_ranking
from rankings import ranking

HOSTILE = ["=1+1", "plain", "a\rb\x00c"]


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl", "r.parquet"])
def test_a_ranking_is_written_and_replaced(tmp_path, name):
    path = tmp_path / "new" / name
    write_ranking(ranking(HOSTILE[:2], HOSTILE[:2]), path)
    first = path.read_bytes()
    write_ranking(ranking([7, 8], ["x", None]), path)
    assert path.read_bytes() != first
    assert [file.name for file in path.parent.iterdir()] == [name]


def test_text_that_a_spreadsheet_would_run_is_neutral_in_csv_alone(tmp_path):
    some = ranking(HOSTILE[:2], HOSTILE[:2])
    for suffix in ("csv", "jsonl", "parquet"):
        write_ranking(some, tmp_path / f"r.{suffix}")
    table = pd.read_csv(tmp_path / "r.csv")
    assert table.columns[:5].tolist() == ["example_id", "rank", "score", "probability", "looks_like"]
    assert table[["example_id", "suggested"]].to_numpy().tolist() == [["'=1+1", "'=1+1"], ["plain", "plain"]]
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(line["example_id"], line["suggested"]) for line in lines] == [
        ("=1+1", "=1+1"),
        ("plain", "plain"),
    ]
    assert pd.read_parquet(tmp_path / "r.parquet").index.tolist() == HOSTILE[:2]


def test_integers_and_strange_text_come_back(tmp_path):
    write_ranking(ranking([7, 2**60], HOSTILE[1:]), tmp_path / "r.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [line["example_id"] for line in lines] == [7, 2**60]
    assert lines[1]["suggested"].startswith("a\rb\x00c")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", "id,rank\n1,2\n"),
        ("r.csv", ""),
        ("r.jsonl", '{"id": 1}\n'),
        ("r.jsonl", "[1]\n"),
        ("r.jsonl", "7\n"),
        ("r.jsonl", "no json"),
        ("r.parquet", "no parquet"),
    ],
)
def test_another_file_is_left_as_it_is(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(OutputExistsError) as error:
        write_ranking(ranking([1], ["x"]), path)
    assert str(error.value) == (
        f"'{path}' exists already and is no ranking of labels, so it is not overwritten: choose another name."
    )
    assert path.read_text() == content


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        write_ranking(ranking([1], ["x"]), tmp_path / "r.xlsx")
    assert (
        str(error.value)
        == f"Cannot write a ranking to '{tmp_path / 'r.xlsx'}': name a .csv, .jsonl or .parquet."
    )
