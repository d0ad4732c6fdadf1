"""From a map to a corrected dataset on the command line: export, decide, import, apply."""

import csv
import json

import pytest

from dataset_cartography.cli.datamap import main
from dataset_cartography.datamap import FACTS, PLANTED, load_cartography_metrics, planted_sentence

ROWS = [{"id": f"{n:03d}", "text": f"=text {n}", "label": "ab"[n % 2], "n": n} for n in range(6)]


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with a map of six labelled texts, `map`, and their dataset, `rows.csv`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map").mkdir()
    lines = [f"{row['id']},{0.1 * row['n']:.1f},0.1,0.5,{(row['n'] + 1) % 2}" for row in ROWS]
    head = "example_id,confidence,variability,correctness,prediction\n"
    (tmp_path / "map" / "cartography_metrics.csv").write_text(head + "\n".join(lines) + "\n")
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return tmp_path


def run(*words):
    return main([str(word) for word in words])


DATASET = ("--dataset", "rows.csv", "--task", "classification")


def decide(path, *pairs):
    told = [{"id": id_, "time": "2026-01-01", "by": "Ada", **decision} for id_, decision in pairs]
    path.write_text("".join(json.dumps(line) + "\n" for line in told))


def test_a_round_through_label_studio(there, capsys):
    assert run("export", "label-studio", "map", "review", *DATASET, "--category", "hard", "--n", 3) == 0
    assert capsys.readouterr().out == "review/label_studio_tasks.json\nreview/label_studio_config.xml\n"
    tasks = json.loads((there / "review" / "label_studio_tasks.json").read_text())
    assert [task["data"]["example_id"] for task in tasks] == ["000", "001", "002"]
    assert tasks[0]["predictions"][0]["result"][0]["value"] == {"choices": ["b"]}
    for number, task in enumerate(tasks):
        choice = [("label", "b"), ("label", "b"), ("judgement", "drop")][number]
        result = [{"from_name": choice[0], "value": {"choices": [choice[1]]}}]
        task["annotations"] = [{"result": result, "completed_by": 1, "updated_at": "2026-01-01"}]
    (there / "export.json").write_text(json.dumps(tasks))
    assert run("import", "label-studio", "export.json", "decisions.jsonl") == 0
    assert capsys.readouterr().out == "Decided: 1 drop, 1 ok, 1 relabel.\nWrote decisions.jsonl\n"
    assert run("apply", "map", "--decisions", "decisions.jsonl", *DATASET, "--output", "new.csv") == 0
    assert capsys.readouterr().out == (
        "1 relabelled, 1 dropped, 5 rows left.\n"
        "Decided about and left as they are: 1 ok.\n"
        "Wrote:\n  new.csv\n  new.csv.changes.jsonl\n"
    )
    with (there / "new.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [{name: str(value) for name, value in row.items()} for row in ROWS if row["id"] != "002"]
    expected[0]["label"] = "b"
    assert rows == expected
    changes = [json.loads(line) for line in (there / "new.csv.changes.jsonl").read_text().splitlines()]
    who = {"by": "label-studio user 1", "time": "2026-01-01"}
    assert changes == [
        {"id": "000", "what": "relabel", "old": "a", "new": "b", **who},
        {"id": "002", "what": "drop", "old": "a", "new": None, **who},
    ]


def test_what_is_left_and_unknown_is_told(there, capsys):
    decide(
        there / "map" / "decisions.jsonl",
        ("000", {"decision": "wrong_label"}),
        ("001", {"decision": "ambiguous"}),
        ("nobody", {"decision": "drop"}),
        ("003", {"decision": "relabel", "relabel": "c"}),
        ("005", {"decision": "relabel", "relabel": "b"}),
    )
    assert run("apply", "map", *DATASET, "--output", "out/new.jsonl", "--allow_new_labels") == 0
    assert capsys.readouterr().out == (
        "1 relabelled, 0 dropped, 6 rows left.\n"
        "Decided about and left as they are: 1 wrong, but without a correction, 1 ambiguous, 1 relabelled to the label "
        "that stands there already.\n"
        "Note: 1 id that was decided about is not in the dataset: 'nobody'.\n"
        "Wrote:\n  out/new.jsonl\n  out/new.jsonl.changes.jsonl\n"
    )
    rows = [json.loads(line) for line in (there / "out" / "new.jsonl").read_text().splitlines()]
    assert rows == [{**row, "label": "c"} if row["id"] == "003" else row for row in ROWS]
    assert (
        run("apply", "map", *DATASET, "--output", "less.jsonl", "--allow_new_labels", "--drop_wrong_labels")
        == 0
    )
    assert len((there / "less.jsonl").read_text().splitlines()) == 5


def test_nothing_is_written_where_something_cannot_be_done(there, refused):
    decide(there / "map" / "decisions.jsonl", ("003", {"decision": "relabel", "relabel": "c"}))
    apply = ("apply", "map", *DATASET, "--output")
    assert refused(main, *apply, "new.jsonl") == (
        "Nothing is written, since 1 new label cannot be used: '003': 'c' is none of the labels 'a', 'b' "
        "(--allow_new_labels takes new ones). Decide about them anew."
    )
    assert refused(main, *apply, "new.xlsx") == (
        "Cannot write 'new.xlsx': its name must end in one of .jsonl, .csv, .tsv, .parquet."
    )
    assert refused(main, *apply, "rows.csv") == (
        "'rows.csv' exists already, and is not overwritten: give another --output."
    )
    assert refused(main, *apply, "new.csv", "--decisions", "none.jsonl").startswith(
        "No decisions at 'none.jsonl'"
    )
    assert refused(main, "apply", "map", "--output", "new.csv").startswith(
        "The map does not say which dataset"
    )
    assert sorted(path.name for path in there.iterdir()) == ["map", "rows.csv"]


@pytest.mark.parametrize("name", ["csv", "jsonl", "argilla"])
def test_other_formats(there, capsys, name):
    files = {"csv": "examples.csv", "jsonl": "examples.jsonl", "argilla": "argilla_records.jsonl"}
    (there / "ids.json").write_text('["004", "001"]')
    assert run("export", name, "map", "out", *DATASET, "--ids", "ids.json") == 0
    assert capsys.readouterr().out == f"out/{files[name]}\n"
    text = (there / "out" / files[name]).read_text()
    assert text.index("text 4") < text.index("text 1")
    assert "text 2" not in text


def test_ids_are_read_from_lists_and_lines(there, refused):
    (there / "ids.txt").write_text("004\n\n001\n")
    assert run("export", "jsonl", "map", "out", *DATASET, "--ids", "ids.txt") == 0
    rows = [json.loads(line) for line in (there / "out" / "examples.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["004", "001"]
    export = ("export", "jsonl", "map", "other", *DATASET, "--ids")
    assert (
        refused(main, *export, "none")
        == "No file of ids at 'none': give a JSON list of ids, or an id a line."
    )
    (there / "bad.json").write_text("[1.5]")
    assert refused(main, *export, "bad.json") == (
        "The ids of 'bad.json' must be integers or strings: give a JSON list of ids, or an id a line."
    )
    (there / "bad.json").write_text("[1,")
    assert refused(main, *export, "bad.json").startswith("Cannot read the ids of 'bad.json': ")
    (there / "bad.json").write_bytes(b"\xff")
    assert refused(main, *export, "bad.json") == "Cannot read the ids of 'bad.json': it is not UTF-8 text."


def test_options_of_examples_are_refused_for_the_log(there, refused):
    assert refused(main, "export", "json", "map", "--n", 3) == (
        "--n says which examples to export, and json exports the log: leave it out, or choose one of label-studio, "
        "argilla, csv, jsonl."
    )


def test_planted_labels_are_told(there, caplog):
    df = load_cartography_metrics("map")
    planted = {"share": 0.1, "kind": "uniform", "seed": 0, "count": 1}
    df.attrs[FACTS] = {"task": "classification", "dataset": "rows.csv", PLANTED: planted}
    df.to_parquet("map/cartography_metrics.parquet")
    decide(there / "map" / "decisions.jsonl", ("003", {"decision": "drop"}))
    assert run("apply", "map", "--output", "new.csv") == 0
    assert run("export", "csv", "map", "out") == 0
    told = [
        record.getMessage() for record in caplog.records if "made wrong on purpose" in record.getMessage()
    ]
    assert told == [
        f"{planted_sentence(df.attrs[FACTS])}. What was dropped or found wrong may be right there.",
        f"{planted_sentence(df.attrs[FACTS])}.",
    ]
