import datetime
import json

import datasets
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.loading import load_raw
from dataset_cartography.tasks.write_rows import write_rows

ROWS = [
    {"id": "007", "text": "=1+1", "n": 1, "answers": {"text": ["a"], "answer_start": [0]}},
    {"id": "1e5", "text": 'two\nlines, "quoted"\r', "n": 2, "answers": {"text": [], "answer_start": []}},
    {"id": "é", "text": " \u2028<b>🦉\t", "n": 3, "answers": {"text": ["b", "c"], "answer_start": [1, 2]}},
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
def test_what_is_written_is_read_back(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    write_rows(Dataset.from_list(ROWS), path)
    rows = load_raw(str(path)).to_list()
    if suffix in (".csv", ".tsv"):
        rows = [{**row, "answers": json.loads(row["answers"])} for row in rows]
    assert rows == ROWS
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_more_rows_than_a_batch_keep_their_order_and_choice(tmp_path):
    rows = Dataset.from_dict({"n": range(2500)}).select(range(2499, -1, -2))
    for suffix in (".jsonl", ".parquet"):
        write_rows(rows, tmp_path / f"rows{suffix}")
        assert load_raw(str(tmp_path / f"rows{suffix}"))["n"][:] == list(range(2499, -1, -2))


def test_json_has_no_nan_and_says_other_types_as_text(tmp_path):
    features = Features(x=List(Value("float64")), day=Value("date32"), label=ClassLabel(names=["a", "b"]))
    row = {"x": [1.5, float("nan")], "day": datetime.date(2026, 1, 2), "label": 1}
    write_rows(Dataset.from_list([row], features=features), tmp_path / "rows.jsonl")
    written = (tmp_path / "rows.jsonl").read_text()
    assert written == '{"x": [1.5, null], "day": "2026-01-02", "label": 1}\n'


def test_the_name_says_the_format(tmp_path):
    with pytest.raises(InputError) as error:
        write_rows(Dataset.from_list(ROWS), tmp_path / "rows.xlsx")
    assert str(error.value) == (
        f"Cannot write '{tmp_path / 'rows.xlsx'}': its name must end in one of .jsonl, .csv, .tsv, .parquet."
    )
