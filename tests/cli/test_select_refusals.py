"""What `datamap select` cannot do is one sentence, and nothing is written."""

import json

import pytest

from dataset_cartography.cli.datamap import main as datamap


def main(argv):
    return datamap(["select", *argv])


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with a map of three texts, `map`, a dataset of two of them, and files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "cartography_metrics.csv").write_text(
        "example_id,confidence,variability\na,0.1,0.1\nb,0.9,0.1\nc,0.5,0.3\n"
    )
    rows = [{"id": id_, "text": f"text {id_}", "label": "x"} for id_ in "ab"]
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "strangers.json").write_text('["x", "y"]')
    (tmp_path / "numbers.csv").write_text("n\n1\n")
    (tmp_path / "there.json").write_text("[]")
    (tmp_path / "noted.json.selection").write_text("{}")
    return tmp_path


ROWS = ("--dataset", "two.jsonl", "--task", "classification", "--output", "new.jsonl")
IDS = ("--output", "new.json")
REFUSED = [
    (
        ("--n", 4, *IDS),
        "4 examples are asked for, and only 3 can be chosen of the map's 3.",
    ),
    (("--fraction", 0, *IDS), "The fraction must be above 0 and at most 1; got 0.0."),
    (("--fraction", 1.5, *IDS), "The fraction must be above 0 and at most 1; got 1.5."),
    (
        ("--by", "aum", *IDS),
        "Unknown metric 'aum'; the map has: confidence, variability. Or choose by 'random'.",
    ),
    (
        ("--output", "there.json"),
        "'there.json' exists already, and is not overwritten: give another --output.",
    ),
    (
        ("--output", "noted.json"),
        "'noted.json.selection' exists already, and is not overwritten: give another --output.",
    ),
    (
        ("--output", "new.xlsx"),
        (
            "Cannot write 'new.xlsx': its name must end in one of .json, .txt, .jsonl, .csv, .tsv, .parquet, or "
            "in none for a folder of `datasets`."
        ),
    ),
    (
        ROWS,
        (
            "1 of the 3 ids that were chosen, such as 'c', are not in the dataset 'two.jsonl': give the dataset "
            "and split that the map was recorded on."
        ),
    ),
    (
        ("--output", "new.jsonl"),
        "The map does not say which dataset it was recorded on: name it with --dataset, as given to run.py.",
    ),
    (
        ("--n", 1, "--balance", "ward", *ROWS),
        (
            "Column 'ward' not found in the dataset and its map; its columns are: 'text', 'label', 'confidence', "
            "'variability', 'category'. Choose one of them."
        ),
    ),
    (
        ("--union", "there.json", "--intersection", "there.json", *IDS),
        "Give one of --union and --intersection.",
    ),
    (
        ("--union", "strangers.json", *IDS),
        "None of the 2 ids of 'strangers.json', such as 'x', is on the map, where the first is 'a'.",
    ),
    (
        ("--intersection", "there.json", *IDS),
        "No example can be chosen of the map's 3 (3 not among the ids given).",
    ),
    (
        ("--exclude", "none.json", *IDS),
        "No file of ids at 'none.json': give a JSON list of ids, or an id a line.",
    ),
    (
        ("--exclude", "numbers.csv", *IDS),
        (
            "Column 'id' not found in 'numbers.csv'; its columns are: 'n'. Give a table with a column of ids, a JSON "
            "list of ids, or an id a line as .txt."
        ),
    ),
    (("--output", ""), "--output is the name of no file or folder: say what to write."),
    (
        ("--without_errors", 1, "--without_errors_from", 0.5, *IDS),
        "Give one of --without_errors and --without_errors_from.",
    ),
    (
        ("--errors", "numbers.csv", *IDS),
        "--errors ranks what to leave out: say how much, with --without_errors or --without_errors_from.",
    ),
    (
        ("--errors", "none.csv", "--without_errors", 1, *IDS),
        "No table of suspected errors at 'none.csv': `datamap errors` writes one.",
    ),
    (
        ("--errors", "there.json", "--without_errors", 1, *IDS),
        "Cannot read 'there.json' as a table: its name must end in one of .csv, .tsv, .jsonl, .parquet.",
    ),
    (
        ("--errors", "numbers.csv", "--without_errors", 1, *IDS),
        "Column 'example_id' not found in 'numbers.csv'; its columns are: 'n'. Give what `datamap errors` wrote.",
    ),
    (
        ("--without_errors", 1, *IDS),
        (
            "No log in 'map': labels are ranked by a run's log, and there is only its map. Give the directory "
            "that the run was recorded into."
        ),
    ),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_what_cannot_be_done_is_one_sentence(there, refused, words, sentence):
    before = sorted(there.iterdir())
    assert refused(main, "map", *words) == sentence
    assert sorted(there.iterdir()) == before


def test_an_id_that_is_no_line_leaves_nothing_behind(there, refused):
    (there / "map" / "cartography_metrics.csv").write_text(
        "example_id,confidence,variability\n[a],0.1,0.1\nb,0.9,0.1\n"
    )
    before = sorted(there.iterdir())
    assert refused(main, "map", "--output", "new.txt") == (
        "The id '[a]' cannot be written as a line of text: give a name that ends in .json."
    )
    assert sorted(there.iterdir()) == before
