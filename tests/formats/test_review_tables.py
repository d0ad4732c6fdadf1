import csv
import json

import pytest

from dataset_cartography.errors import OutputExistsError
from dataset_cartography.formats.review_tables import export_csv, export_jsonl
from reviews import CONTEXT, choice_review, question_review, text_review


def table(review, folder):
    (path,) = export_csv(review, folder)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_lines_of_json_have_everything_as_it_is(tmp_path):
    (path,) = export_jsonl(question_review(), tmp_path)
    first, second, _ = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == {
        "id": "a",
        "question": "Who?",
        "context": CONTEXT,
        "gold": ["Bob", "Ann"],
        "prediction": "Bob",
        "prediction_probability": 0.5,
        "category": "hard",
        "confidence": 0.25,
        "first_learned_epoch": 2,
    }
    assert (second["gold"], second["prediction"], second["prediction_probability"]) == (
        ["(no answer)"],
        "(no answer)",
        None,
    )


def test_a_spreadsheet_runs_nothing(tmp_path):
    first, second = table(choice_review(), tmp_path)
    assert (first["choices"], first["gold"], first["prediction"]) == ("red | green", "red", "green")
    assert (second["gold"], second["prediction"]) == ("'=1+1", "'=1+1")
    assert table(text_review(labels=("=no", "+a", "@b")), tmp_path / "labels")[0]["gold"] == "'=no"
    assert table(question_review(), tmp_path / "qa")[0]["gold"] == "Bob | Ann"


@pytest.mark.parametrize("export", [export_csv, export_jsonl])
def test_nothing_is_overwritten(tmp_path, export):
    export(text_review(), tmp_path)
    with pytest.raises(OutputExistsError):
        export(text_review(), tmp_path)
