import json
from xml.etree import ElementTree

import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.decisions import Decision, read_decisions
from dataset_cartography.formats.argilla import export_argilla
from dataset_cartography.formats.label_studio import export_label_studio
from dataset_cartography.formats.label_studio_annotations import import_label_studio
from dataset_cartography.formats.review import make_review, put_suggestions
from dataset_cartography.formats.review_tables import export_jsonl
from dataset_cartography.formats.scores import last_scores
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.pages import align, read_pieces
from dataset_cartography.tasks.apply import apply_decisions
from new_tasks import NEW_TASKS, record_task

WRONG = 2
EXPECTED = {  # texts, gold, prediction, correction, labels
    "multi-label": (["text"], ["sport"], "sport · health", "sport, health", ["sport", "health"]),
    "regression": (["text"], ["5.27"], "1.23", "1.23", []),
    "token-classification": (
        ["tokens"],
        ["Alan Turing (person)"],
        "Alan Turing (person) · Rome (location)",
        "4: B-location",
        [],
    ),
    "seq2seq": (["source", "target"], ["I do not like pears ."], None, None, []),
    "causal-lm": (["prompt", "completion"], ["I do not like pears ."], None, None, []),
    "dpo": (["prompt", "chosen", "rejected"], ["chosen"], "rejected", "rejected", []),
}


@pytest.fixture(params=NEW_TASKS)
def run(request, tmp_path):
    return record_task(request.param, tmp_path / "run")


@pytest.fixture
def review(run):
    df = compute_metrics(run.directory)
    chosen = df.iloc[[WRONG, 0]]
    pieces = read_pieces(run.directory, chosen.index)
    return make_review(align(chosen, run.examples, pieces), last_scores(run.directory, df))


def test_what_people_are_told(run, review):
    texts, gold, prediction, correction, labels = EXPECTED[run.task]
    item = review.items[0]
    assert [name for name, text in item.texts.items() if text] == texts
    assert (item.gold, item.prediction, item.correction, item.labels) == (
        gold,
        prediction,
        correction,
        labels,
    )
    assert (item.score is not None) == (run.task == "dpo")


def test_suggestions_of_a_ranking_stay_in_words(run):
    df = compute_metrics(run.directory)
    ranking = find_label_errors(run.directory, examples=run.examples)
    rows, _ = put_suggestions(df.iloc[[WRONG]], ranking)
    rows.attrs = df.attrs
    pieces = read_pieces(run.directory, rows.index)
    (item,) = make_review(align(rows, run.examples, pieces)).items
    assert item.correction == EXPECTED[run.task][3]
    assert (item.metrics.get("suggested") is None) == (run.task in ("seq2seq", "causal-lm"))
    if run.task == "token-classification":
        assert item.metrics["suggested"] == "token 4 'Rome': O → B-location"
    if run.task == "dpo":
        assert item.prediction == "rejected"


def annotated(directory, path, result):
    """What Label Studio exports of the tasks, the first annotated with this result."""
    tasks = json.loads((directory / "label_studio_tasks.json").read_text())
    for number, task in enumerate(tasks):
        task["annotations"] = [{"result": result, "updated_at": "2026-01-01T00:00:00Z"}] if not number else []
    path.write_text(json.dumps(tasks))
    return path


@pytest.mark.parametrize("accepted", [True, False])
def test_label_studio_there_and_back_and_into_the_dataset(run, review, tmp_path, accepted):
    export_label_studio(review, tmp_path)
    config = ElementTree.fromstring((tmp_path / "label_studio_config.xml").read_text())
    several = run.task == "multi-label"
    choices = config.find("Choices[@name='label']")
    if run.task in ("multi-label", "dpo"):
        assert choices.get("choice") == ("multiple" if several else "single")
        assert config.find("TextArea") is None
    else:
        assert choices is None
        assert config.find("TextArea").get("name") == "correction"
    tasks = json.loads((tmp_path / "label_studio_tasks.json").read_text())
    targets = {one.get("toName") for one in config.iter() if one.get("toName")}
    assert targets == {review.passages[0]}
    correction = EXPECTED[run.task][3]
    if correction is None:
        assert "predictions" not in tasks[0]
        text = "They are 5 apples , or so ."
        result = [{"from_name": "correction", "value": {"text": [text]}}]
    else:
        result = tasks[0]["predictions"][0]["result"]
        text = json.dumps(["sport", "health"]) if several else correction
    if not accepted:  # what stands there already is right
        gold = review.items[0].gold
        kept = {"choices": gold} if run.task in ("multi-label", "dpo") else {"text": gold}
        result = [{"from_name": "label" if "choices" in kept else "correction", "value": kept}]
    decisions = tmp_path / "decisions.jsonl"
    import_label_studio(annotated(tmp_path, tmp_path / "export.json", result), decisions)
    read = read_decisions(decisions)
    expected = Decision("relabel", text) if accepted else Decision("ok")
    assert read["decision"].tolist() == [expected.decision]
    if not accepted:
        return
    assert read["relabel"].tolist() == [text]
    applied = apply_decisions(str(run.dataset), read, task=run.task)
    assert applied.changes["id"].tolist() == [run.examples.index[WRONG]]
    changed = applied.rows[WRONG]
    right = {
        "multi-label": lambda: sorted(changed["labels"]) == ["health", "sport"],
        "regression": lambda: changed["label"] == 1.23,
        "token-classification": lambda: changed["tags"][4] == "B-location",
        "seq2seq": lambda: changed["target"] == text,
        "causal-lm": lambda: changed["completion"] == text,
        "dpo": lambda: changed["chosen"] == "Add 2 and 2: that makes 4.",
    }
    assert right[run.task]()


def test_no_label_is_a_label_to_choose(tmp_path):
    run = record_task("multi-label", tmp_path / "run")
    df = compute_metrics(run.directory).iloc[[WRONG]]
    review = make_review(align(df, run.examples, read_pieces(run.directory, df.index)))
    export_label_studio(review, tmp_path)
    result = [{"from_name": "label", "value": {"choices": ["(no label)"]}}]
    import_label_studio(annotated(tmp_path, tmp_path / "export.json", result), tmp_path / "decisions.jsonl")
    assert read_decisions(tmp_path / "decisions.jsonl")["relabel"].tolist() == ["(no label)"]


def test_argilla_and_lines(run, review, tmp_path):
    (path,) = export_argilla(review, tmp_path)
    record = json.loads(path.read_text().splitlines()[0])
    _, gold, _, correction, labels = EXPECTED[run.task]
    question = {"multi-label": "labels", "dpo": "label"}.get(run.task, "correction")
    value = labels or correction
    assert {name: one["value"] for name, one in record["suggestions"].items()} == (
        {question: value} if value else {}
    )
    assert record["metadata"]["gold"] == " | ".join(gold)
    (lines,) = export_jsonl(review, tmp_path)
    assert pd.read_json(lines, lines=True)["gold"].tolist()[0] == gold
