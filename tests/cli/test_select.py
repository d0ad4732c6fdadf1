"""From a map to ids or rows on the command line."""

import csv
import json

import datasets
import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.pages.tables import write_table
from dataset_cartography.selection import suspected_errors

LABELS = "aaaaaabbbc"
ROWS = [
    {"id": f"{n:03d}", "text": f"=text {n}", "label": label, "ward": "x\u202e" if n % 2 else "y", "n": n}
    for n, label in enumerate(LABELS)
]
DATASET = ("--dataset", "rows.csv", "--task", "classification")


def main(argv):
    return datamap(["select", *argv])


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with a map of ten labelled texts, `map`, their dataset `rows.csv`, and files of ids and errors.

    The confidence grows from 0.0 to 0.9; the last example was not seen.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map").mkdir()
    lines = [f"{row['id']},{0.1 * row['n']:.1f},0.1,0.5" for row in ROWS[:-1]] + ["009,,,"]
    head = "example_id,confidence,variability,correctness\n"
    (tmp_path / "map" / "cartography_metrics.csv").write_text(head + "\n".join(lines) + "\n")
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    (tmp_path / "some.json").write_text('["000", "001", "002"]')
    (tmp_path / "other.txt").write_text("002\n003\nnobody\n")
    errors = [("001", 1, 9.0, 0.9, "wrong"), ("004", 2, 8.0, 0.6, "wrong"), ("000", 3, 0.0, 0.1, "sound")]
    with (tmp_path / "errors.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("example_id", "rank", "score", "probability", "looks_like"), *errors])
    return tmp_path


def run(*words):
    return main([str(word) for word in words])


def note_of(path):
    return json.loads(path.with_name(f"{path.name}.selection").read_text(encoding="utf-8"))


def test_ids_and_how_they_were_chosen(there, capsys):
    assert run("map", "--by", "confidence", "--n", 3, "--seed", 5, "--output", "out/hard.json") == 0
    assert capsys.readouterr().out == (
        "Chose 3 of 10 examples: all examples, the lowest confidence first.\n"
        "Could not be chosen: 1 without a value of 'confidence'.\n"
        "Wrote:\n  out/hard.json\n  out/hard.json.selection\n"
    )
    assert json.loads((there / "out" / "hard.json").read_text()) == ["000", "001", "002"]
    assert note_of(there / "out" / "hard.json") == {
        "command": {
            "verb": "select",
            "directory": "map",
            "output": "out/hard.json",
            "n": 3,
            "by": "confidence",
            "seed": 5,
            "method": "threshold",
        },
        "rule": "all examples, the lowest confidence first",
        "seed": 5,
        "chosen": 3,
        "could_be_chosen": 9,
        "of": 10,
        "left_out": {"without a value of 'confidence'": 1},
        "map": {},
    }


def test_the_same_command_writes_the_same_bytes(there):
    for name in ("first.txt", "second.txt"):
        assert run("map", "--fraction", 0.5, "--seed", 3, "--output", name) == 0
    assert (there / "first.txt").read_bytes() == (there / "second.txt").read_bytes()
    assert len((there / "first.txt").read_text().splitlines()) == 5


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_rows_are_the_datasets_own_in_its_order(there, capsys, suffix):
    path = there / f"train.{suffix}"
    assert run("map", "--by", "confidence", "--end", "both", "--n", 3, *DATASET, "--output", path.name) == 0
    expected = [ROWS[0], ROWS[1], ROWS[8]]
    if suffix == "jsonl":
        assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == expected
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows == [{name: str(value) for name, value in row.items()} for row in expected]
    assert note_of(path)["rule"] == "all examples, the lowest and the highest confidence in turn"


def test_without_a_suffix_a_folder_of_datasets_is_written(there):
    assert run("map", "--category", "hard", *DATASET, "--output", "hard") == 0
    assert datasets.load_from_disk(str(there / "hard"))["id"][:] == ["000", "001", "002", "003", "004"]
    assert note_of(there / "hard")["chosen"] == 5
    assert sorted(path.name for path in there.iterdir() if path.name.startswith((".", "hard"))) == [
        "hard",
        "hard.selection",
    ]


def test_columns_of_the_dataset_balance_and_stratify(there, capsys):
    assert run("map", "--n", 6, "--balance", "label", *DATASET, "--output", "b.json") == 0
    # One label is there once; which of the others gets the sixth is left to chance.
    groups = note_of(there / "b.json")["groups"]
    assert groups["c"] == 1
    assert sorted([groups["a"], groups["b"]]) == [2, 3]
    capsys.readouterr()
    assert run("map", "--fraction", 0.4, "--stratify", "ward", *DATASET, "--output", "w.json") == 0
    out = capsys.readouterr().out
    assert "\u202e" not in out
    assert "\n             chosen  of\n" in out
    assert "\n  x⟨U+202E⟩       2   5\n" in out
    assert "\n  y               2   5\n" in out


def test_a_column_of_the_map_needs_no_dataset(there):
    assert run("map", "--n", 4, "--balance", "category", "--output", "c.json") == 0
    assert note_of(there / "c.json")["groups"] == {"easy": 2, "hard": 2}
    assert note_of(there / "c.json")["left_out"] == {"without a value of 'category'": 1}


def test_union_intersection_and_exclusion_of_files(there, capsys, caplog):
    assert run("map", "--union", "some.json", "other.txt", "--output", "union.json") == 0
    assert sorted(json.loads((there / "union.json").read_text())) == ["000", "001", "002", "003"]
    assert caplog.messages == ["1 of the 3 ids of 'other.txt' are not on the map."]
    assert capsys.readouterr().out.startswith("Chose 4 of 10 examples: all examples that can be chosen.\n")
    assert run("map", "--intersection", "some.json", "other.txt", "--output", "both.json") == 0
    assert json.loads((there / "both.json").read_text()) == ["002"]
    assert run("map", "--union", "some.json", "--exclude", "other.txt", "--output", "less.json") == 0
    assert sorted(json.loads((there / "less.json").read_text())) == ["000", "001"]


@pytest.mark.parametrize(
    ("flag", "value", "left"),
    [("--without_errors", 2, ["000", "002"]), ("--without_errors_from", 0.9, ["000", "002"])],
)
def test_suspected_errors_are_left_out(there, flag, value, left):
    words = ("map", "--errors", "errors.csv", flag, value, "--by", "confidence", "--n", 2)
    assert run(*words, "--output", "clean.json") == 0
    assert json.loads((there / "clean.json").read_text()) == left
    assert note_of(there / "clean.json")["left_out"]["excluded"] == (2 if value == 2 else 1)


def test_near_duplicates_are_left_out(there):
    words = ["many words that stand in two texts", "an other one that has no like at all"]
    rows = [
        {**row, "text": words[row["n"] > 2] if row["n"] < 4 else f"text number {row['n'] ** 9}"}
        for row in ROWS
    ]
    (there / "twice.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("map", "--by", "confidence", "--n", 3, "--without_near_duplicates", "--dataset", "twice.jsonl")
    assert run(*command, "--task", "classification", "--output", "once.json") == 0
    assert json.loads((there / "once.json").read_text()) == ["000", "003", "004"]
    assert note_of(there / "once.json")["left_out"]["near-duplicates of others"] == 2


def test_the_demos_truth_is_no_column_to_train_on(there, capfd):
    (there / "demo").mkdir()
    lines = "".join(f"demo-{n:05d},0.{n},0.1\n" for n in range(5))
    (there / "demo" / "cartography_metrics.csv").write_text("example_id,confidence,variability\n" + lines)
    assert run("demo", "--n", 2, "--dataset", "demo:5", "--task", "qa", "--output", "two.jsonl") == 0
    rows = [json.loads(line) for line in (there / "two.jsonl").read_text().splitlines()]
    assert len(rows) == 2
    assert "truth" not in rows[0]
    assert "question" in rows[0]


@pytest.mark.slow
def test_a_recorded_run_ranks_its_labels_and_names_its_dataset(recorded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(recorded, "--without_errors", 3, "--output", "train.jsonl") == 0
    suspected = suspected_errors(find_label_errors(recorded), first=3)
    assert run(recorded, "--fraction", 1, "--output", "all.json") == 0
    rows = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    everything = json.loads((tmp_path / "all.json").read_text())
    assert len(suspected) == 3
    assert {row["id"] for row in rows} == set(everything) - set(suspected)
    assert note_of(tmp_path / "train.jsonl")["map"]["epochs"] == [1, 2, 3]


def test_tables_of_ids(there):
    """Rows that were selected, and what `datamap errors` wrote, are files of ids too."""
    (there / "rows.tsv").write_text("n\tid\n1\t001\n2\t002\n")
    (there / "errors.jsonl").write_text('{"example_id":"000","rank":1}\n{"example_id":"004","rank":2}\n')
    pd.DataFrame({"rank": [1]}, index=pd.Index(["003"], name="example_id")).to_parquet(
        there / "errors.parquet"
    )
    assert run("map", "--union", "rows.tsv", "errors.jsonl", "errors.parquet", "--output", "union.txt") == 0
    assert sorted((there / "union.txt").read_text().split()) == ["000", "001", "002", "003", "004"]
    assert run("map", "--exclude", "errors.csv", "rows.tsv", "--output", "less.txt") == 0
    assert sorted((there / "less.txt").read_text().split()) == ["003", "005", "006", "007", "008", "009"]


def test_ids_that_a_spreadsheet_would_run(there):
    """A table of `datamap errors` has them with an apostrophe in front."""
    (there / "map" / "cartography_metrics.csv").write_text(
        "example_id,confidence,variability\n=a,0.1,0.1\n-b,0.9,0.1\nc,0.5,0.3\n"
    )
    ranking = pd.DataFrame({"rank": [1, 2, 3], "probability": 0.5}, index=["-b", "=a", "c"])
    write_table(ranking.rename_axis("example_id"), there / "marked.csv")
    words = ("map", "--errors", "marked.csv", "--without_errors", 2, "--output", "sound.json")
    assert run(*words) == 0
    assert json.loads((there / "sound.json").read_text()) == ["c"]
    assert note_of(there / "sound.json")["left_out"] == {"excluded": 2}


def test_those_of_which_an_expression_holds(there, capsys):
    where = "category == 'easy' and not (confidence > 0.7 or example_id in ('005', '006'))"
    assert run("map", "--where", where, "--by", "confidence", "--end", "high", "--output", "ids.json") == 0
    assert json.loads((there / "ids.json").read_text()) == ["007"]
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Chose 1 of 10 examples: all examples that can be chosen.",
        f"Could not be chosen: 8 where not ({where}), 1 without the values that {where} asks for.",
    ]
    assert note_of(there / "ids.json")["where"] == where
