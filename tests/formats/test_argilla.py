import json

import pytest

from dataset_cartography.errors import OutputExistsError
from dataset_cartography.formats.argilla import export_argilla
from reviews import CONTEXT, HOSTILE, choice_review, question_review, text_review


def records(review, folder):
    (path,) = export_argilla(review, folder)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_record_has_fields_suggestion_and_metadata(tmp_path):
    first, second, third = records(text_review(), tmp_path)
    assert first == {
        "id": "7",
        "fields": {"text": f"text 0 {HOSTILE}"},
        "suggestions": {"label": {"value": HOSTILE, "score": 0.5, "agent": "m"}},
        "metadata": {
            "example_id": 7,
            "gold": "no",
            "category": "hard",
            "confidence": 0.25,
            "first_learned_epoch": 2,
        },
    }
    assert second["suggestions"]["label"]["score"] is None
    assert "first_learned_epoch" not in second["metadata"]
    assert third["suggestions"] == {}


def test_answers_are_spans_and_choices_numbers(tmp_path):
    first, second, _ = records(question_review(), tmp_path / "qa")
    assert first["fields"] == {"question": "Who?", "context": CONTEXT}
    assert first["suggestions"]["answer"]["value"] == [{"start": 15, "end": 18, "label": "answer"}]
    assert second["suggestions"] == {}
    choice, _ = records(choice_review(), tmp_path / "choice")
    assert choice["fields"] == {"question": "Which?", "choices": "1. red\n2. green"}
    assert choice["suggestions"]["label"]["value"] == "2"


def test_nothing_is_overwritten(tmp_path):
    export_argilla(text_review(), tmp_path)
    with pytest.raises(OutputExistsError):
        export_argilla(text_review(), tmp_path)
