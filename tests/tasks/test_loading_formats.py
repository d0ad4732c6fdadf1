import csv
import gzip
import json

import datasets
import pandas as pd
import pytest

from dataset_cartography.tasks.loading import load_raw
from dataset_cartography.tasks.qa import load_examples

CONTEXT = "Ann met Bob on 2020-01-01."
ROW = {"question": "Who?", "context": CONTEXT, "answers": {"text": ["Bob"], "answer_start": [8]}}
IDS = ["007", "1e5", "2020-01-01", "x"]
ROWS = [{"id": id_, **ROW} for id_ in IDS]
CSV_ROWS = [{**row, "answers": json.dumps(row["answers"])} for row in ROWS]


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def write_csv(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def load(path, **options):
    return load_examples(str(path), cache_dir=path.parent / "cache", **options)


def write(path, kind):
    if kind == "csv":
        write_csv(path, CSV_ROWS)
    elif kind == "tsv":
        write_csv(path, CSV_ROWS, "\t")
    elif kind == "parquet":
        pd.DataFrame(ROWS).to_parquet(path)
    elif kind.endswith("gz"):
        path.write_bytes(gzip.compress(lines(ROWS).encode()))
    elif kind == "json":
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text(lines(ROWS))


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "json", "jsonl", "jsonl.gz"])
def test_every_format_reads_the_same_and_keeps_ids_as_written(tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    write(path, kind)
    examples = load(path)
    assert examples["id"][:] == IDS
    assert [examples[0][name] for name in ROW] == list(ROW.values())
    assert examples.features["answers"] == {
        "text": datasets.List(datasets.Value("string")),
        "answer_start": datasets.List(datasets.Value("int64")),
    }


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_integer_ids_stay_integers(tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    rows = [{**row, "id": number} for number, row in enumerate(CSV_ROWS if kind == "csv" else ROWS)]
    if kind == "csv":
        write_csv(path, rows)
    elif kind == "json":
        path.write_text(json.dumps(rows))
    else:
        pd.DataFrame(rows).to_parquet(path)
    assert load(path)["id"][:] == [0, 1, 2, 3]


def test_ids_survive_a_way_through_csv_and_json(tmp_path):
    write(tmp_path / "a.jsonl", "jsonl")
    first = load(tmp_path / "a.jsonl")
    write_csv(tmp_path / "b.csv", [{**row, "answers": json.dumps(row["answers"])} for row in first])
    second = load(tmp_path / "b.csv")
    (tmp_path / "c.json").write_text(json.dumps(list(second)))
    assert load(tmp_path / "c.json")["id"][:] == IDS


def test_integers_and_strings_among_ids_become_strings(tmp_path):
    path = tmp_path / "mixed.jsonl"
    path.write_text(lines({**ROW, "id": id_} for id_ in [1, "x", "02"]))
    assert load(path)["id"][:] == ["1", "x", "02"]


def test_a_column_changes_type_long_after_the_first_rows(tmp_path):
    path = tmp_path / "late.jsonl"
    path.write_text(lines({**ROW, "id": n, "note": None if n < 2500 else {"deep": [n]}} for n in range(2600)))
    examples = load(path)
    assert (examples[0]["note"], examples[2599]["note"]) == (None, {"deep": [2599]})


def test_answers_in_every_form_of_json_within_one_file(tmp_path):
    forms = [
        {"text": ["Bob"], "answer_start": [8]},
        {"text": "Bob", "answer_start": 8},
        [{"text": "Bob", "answer_start": 8}],
        json.dumps({"text": ["Bob"], "answer_start": [8]}),
    ]
    path = tmp_path / "forms.jsonl"
    path.write_text(lines({**ROW, "answers": form} for form in forms))
    assert load(path)["answers"][:] == [ROW["answers"]] * 4


def test_squad_nested_v1_and_v2(tmp_path):
    questions = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Bob", "answer_start": 8}]},
        {
            "id": "2",
            "question": "Why?",
            "is_impossible": True,
            "answers": [],
            "plausible_answers": [{"text": "Ann", "answer_start": 0}],
        },
    ]
    article = {"title": "Meetings", "paragraphs": [{"context": CONTEXT, "qas": questions}]}
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps({"version": "v2.0", "data": [article]}))
    examples = load(path, split="validation")
    assert examples["id"][:] == ["1", "2"]
    assert examples["title"][:] == ["Meetings"] * 2
    assert examples["answers"][:] == [ROW["answers"], {"text": [], "answer_start": []}]


def test_an_impossible_question_has_no_answer_whatever_its_answers_say(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines([{**ROWS[0], "is_impossible": True}, {**ROWS[1], "is_impossible": False}]))
    assert load(path)["answers"][:] == [{"text": [], "answer_start": []}, ROW["answers"]]


@pytest.mark.parametrize("wrap", [lambda rows: {"data": rows}, lambda rows: rows])
def test_json_of_flat_rows(tmp_path, wrap):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(wrap(ROWS), indent=1))
    assert load(path)["id"][:] == IDS


def test_json_lines_under_the_name_of_json(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(lines(ROWS))
    assert load(path)["id"][:] == IDS


def test_flat_answer_columns_of_a_csv(tmp_path):
    path = tmp_path / "flat.csv"
    path.write_text("question,context,answer,answer_start\nWho?,It is 81 mg,81,6\nNA,null,,\nQ,12 a,12,0.0\n")
    examples = load(path)
    assert examples["question"][:] == ["Who?", "NA", "Q"]
    assert examples["context"][:] == ["It is 81 mg", "null", "12 a"]
    assert examples["answers"][:] == [
        {"text": ["81"], "answer_start": [6]},
        {"text": [], "answer_start": []},
        {"text": ["12"], "answer_start": [0]},
    ]


def test_other_columns_are_kept(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines({**row, "section": "labs", "when": "2020-01-01", "score": 0.5} for row in ROWS))
    assert {name: load(path)[0][name] for name in ("section", "when", "score")} == {
        "section": "labs",
        "when": "2020-01-01",
        "score": 0.5,
    }


def test_half_a_surrogate_pair_does_not_move_offsets(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines([{**ROWS[0], "context": "\ud800 Ann met Bob \U0001f600"}]))
    assert load(path)["context"][:] == ["\ufffd Ann met Bob \U0001f600"]


def test_a_byte_order_mark_and_blank_lines(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines(ROWS[:1]).encode() + b"\n  \n" + lines(ROWS[1:2]).encode())
    assert load(path)["id"][:] == IDS[:2]


def test_only_the_first_rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines(ROWS))
    assert load(path, max_samples=2)["id"][:] == IDS[:2]
    assert load(path, max_samples=99)["id"][:] == IDS


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines(ROWS))
    assert len(load(path)) == 4
    path.write_text(lines(ROWS[:3]))
    assert len(load(path)) == 3


def test_a_second_read_comes_from_the_cache(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines(ROWS))
    load(path)
    monkeypatch.setattr("dataset_cartography.tasks.files._batches", None)
    assert load(path)["id"][:] == IDS


@pytest.mark.parametrize("split", ["train", "validation", "dev", "test", None])
def test_a_single_file_is_every_split(tmp_path, split):
    path = tmp_path / "rows.jsonl"
    path.write_text(lines(ROWS))
    assert len(load(path, split=split)) == 4


def test_a_folder_with_a_file_a_split(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.jsonl").write_text(lines(ROWS))
    (folder / "dev-v1.1.json").write_text(json.dumps(ROWS[:1]))
    (folder / "notes.txt").write_text("not data")
    assert len(load(folder)) == 4
    assert len(load(folder, split="validation")) == 1


def test_a_folder_that_save_to_disk_wrote(tmp_path):
    rows = datasets.Dataset.from_list(ROWS)
    rows.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"train": rows, "validation": rows.select([0])}).save_to_disk(tmp_path / "two")
    assert len(load(tmp_path / "one")) == 4
    assert len(load(tmp_path / "two", split="dev")) == 1


def test_the_demo():
    examples = load_examples("demo:6")
    assert len(set(examples["id"][:])) == 6
    assert len(load_raw("demo:3", "dev")) == 3
