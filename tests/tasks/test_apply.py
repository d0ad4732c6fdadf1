"""Decisions done to datasets: what is decided changes, everything else stays."""

import json

import datasets
import pandas as pd
import pytest

from dataset_cartography.decisions import Decision, Line, read_decisions, write_lines
from dataset_cartography.errors import InputError
from dataset_cartography.tasks.apply import apply_decisions
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.registry import TASKS

CONTEXT = "Ann met Bob. Bob met Cy, and Cy met Ann."
QUESTIONS = [
    {
        "id": f"q{n}",
        "question": "Who?",
        "context": CONTEXT,
        "answers": {"text": ["Bob"], "answer_start": [8]},
        "n": n,
    }
    for n in range(5)
]
TEXTS = [{"id": n, "text": f"text {n}", "label": "ab"[n % 2], "n": n} for n in range(6)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


@pytest.fixture
def apply(tmp_path):
    """Apply (id, decision[, new label]) triples to rows in a file."""

    def call(rows, *decided, task="classification", **options):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        log = tmp_path / "decisions.jsonl"
        write_lines(log, [Line(id_, Decision(*decision), "2026-01-01", "Ada") for id_, *decision in decided])
        return apply_decisions(str(path), read_decisions(log), task=task, **options)

    return call


def test_rows_are_dropped_and_relabelled_and_all_else_stays(apply):
    applied = apply(
        TEXTS,
        (4, "relabel", "b"),
        (1, "drop"),
        (0, "ok"),
        (2, "wrong_label"),
        (3, "ambiguous"),
        (5, "relabel", "b"),
    )
    assert applied.rows.to_list() == [
        row | ({"label": "b"} if row["id"] == 4 else {}) for row in TEXTS if row["id"] != 1
    ]
    assert applied.changes.to_dict("records") == [
        {"id": 1, "what": "drop", "old": "b", "new": None, "by": "Ada", "time": "2026-01-01"},
        {"id": 4, "what": "relabel", "old": "a", "new": "b", "by": "Ada", "time": "2026-01-01"},
    ]
    assert applied.left == {"ok": 1, "wrong_label": 1, "ambiguous": 1, "relabel": 1}
    assert applied.unknown == []


def test_wrong_labels_are_dropped_on_demand(apply):
    applied = apply(TEXTS, (2, "wrong_label"), (3, "ambiguous"), drop_wrong_labels=True)
    assert applied.rows["id"][:] == [0, 1, 3, 4, 5]
    assert applied.changes["what"].tolist() == ["drop"]


def test_questions_get_their_answers(apply):
    applied = apply(QUESTIONS, ("q3", "relabel", "Cy"), ("q0", "relabel", "(no answer)"), task="qa")
    assert applied.rows["answers"][:] == [
        {"text": [], "answer_start": []},
        QUESTIONS[1]["answers"],
        QUESTIONS[2]["answers"],
        {"text": ["Cy"], "answer_start": [21]},
        QUESTIONS[4]["answers"],
    ]
    assert applied.changes["old"].tolist() == [QUESTIONS[0]["answers"]] * 2


def test_pairs_and_choices(apply):
    pairs = [
        {"id": f"p{n}", "premise": "a", "hypothesis": f"b{n}", "label": ["yes", "no"][n % 2]}
        for n in range(3)
    ]
    assert apply(pairs, ("p0", "relabel", "no"), task="nli").rows["label"][:] == ["no", "no", "yes"]
    choices = [{"id": n, "question": "?", "choices": ["x", "y"], "answerKey": "AB"[n % 2]} for n in range(3)]
    applied = apply(choices, (0, "relabel", "y"), task="multiple-choice")
    assert applied.rows["answerKey"][:] == ["B", "B", "A"]
    assert applied.changes["new"].tolist() == [{"choice": 1, "text": "y"}]


def test_new_labels_that_cannot_be_used_stop_everything(apply):
    decided = [(f"q{n}", "relabel", f"nobody {n}" * 20) for n in range(5)]
    with pytest.raises(InputError) as error:
        apply(QUESTIONS, *decided, task="qa")
    shown = [f"'q{n}': '{(f'nobody {n}' * 20)[:60]}…' does not stand in the context" for n in range(3)]
    assert str(error.value) == (
        f"Nothing is written, since 5 new labels cannot be used: {'; '.join(shown)}; also 'q3', 'q4'. Decide about "
        "them anew."
    )
    with pytest.raises(
        InputError, match=r"^Nothing is written, since 1 new label cannot be used: 0: 'c' is none of "
    ):
        apply(TEXTS, (0, "relabel", "c"))
    assert apply(TEXTS, (0, "relabel", "c"), allow_new_labels=True).rows["label"][0] == "c"


def test_made_ids_are_written_so_that_they_stay(apply):
    rows = [{name: row[name] for name in ("question", "context", "answers")} for row in QUESTIONS]
    ids = apply(rows, task="qa").rows["id"][:]
    applied = apply(rows, (ids[1], "drop"), (ids[2], "relabel", "Cy"), task="qa")
    assert applied.rows.column_names == ["id", "question", "context", "answers"]
    assert applied.rows["id"][:] == [ids[0], *ids[2:]]
    assert applied.rows["answers"][1] == {"text": ["Cy"], "answer_start": [21]}


def test_faulty_rows_stay_and_can_be_mended(apply):
    lost = {"text": ["nowhere"], "answer_start": [3]}
    rows = [{**QUESTIONS[0], "answers": lost}, {**QUESTIONS[1], "answers": lost}, QUESTIONS[2]]
    applied = apply(rows, ("q1", "relabel", "[0, 3]"), task="qa")
    assert applied.rows["answers"][:] == [
        lost,
        {"text": ["Ann"], "answer_start": [0]},
        QUESTIONS[2]["answers"],
    ]
    texts = [{**TEXTS[0], "label": ""}, *TEXTS[1:]]
    assert apply(texts, (0, "relabel", "a")).rows["label"][0] == "a"
    choices = [{"id": n, "question": "?", "choices": ["x", "y"], "label": [0, 1, 7][n]} for n in range(3)]
    assert apply(choices, (2, "relabel", "x"), task="multiple-choice").rows["label"][:] == [0, 1, 0]


def test_ids_that_are_not_there_are_told(apply):
    assert apply(TEXTS, (0, "drop"), (99, "drop")).unknown == [99]
    with pytest.raises(InputError, match="decided was about 99, the dataset has 0"):
        apply(TEXTS, (99, "drop"))
    assert apply(TEXTS, ("3", "drop")).rows["id"][:] == [0, 1, 2, 4, 5]
    with pytest.raises(InputError) as error:
        apply(TEXTS, ("x", "drop"))
    assert str(error.value).endswith(
        "rows.jsonl': decided was about 'x', the dataset has 0. Give the dataset and split that the map was recorded "
        "on."
    )


def test_nothing_decided_changes_nothing(apply):
    applied = apply(TEXTS)
    assert applied.rows.to_list() == TEXTS
    assert applied.changes.empty
    assert applied.changes.columns.tolist() == ["id", "what", "old", "new", "by", "time"]


def test_not_everything_can_go(apply):
    with pytest.raises(
        InputError, match=r"^All 6 rows of the dataset '.*' are to be dropped: nothing would be left\.$"
    ):
        apply(TEXTS, *[(row["id"], "drop") for row in TEXTS])


def test_columns_of_other_names(apply):
    rows = [{"id": row["id"], "t": row["text"], "l": row["label"], "label": "mine"} for row in TEXTS]
    applied = apply(rows, (0, "relabel", "b"), options=Options(text_columns=("t",), label_column="l"))
    assert applied.rows[0] == {"id": 0, "t": "text 0", "l": "b", "label": "mine"}


def test_the_demo_keeps_its_planted_truth_to_itself():
    decisions = pd.DataFrame({"decision": [], "relabel": [], "time": [], "by": []})
    applied = apply_decisions("demo:8", decisions, task="qa")
    assert len(applied.rows) == 8
    assert "truth" not in applied.rows.column_names


def test_tasks_without_labels_to_change_are_refused():
    with pytest.raises(InputError) as error:
        apply_decisions("demo:8", pd.DataFrame(), task="tags")
    assert str(error.value) == (
        f"Labels of the task 'tags' cannot be changed here; tasks are {', '.join(TASKS)}."
    )


def test_tags_are_corrected_token_by_token(apply):
    rows = [
        {"id": n, "tokens": ["Ann", "in", "Rome"], "ner_tags": ["B-person", "O", "O"], "n": n}
        for n in range(3)
    ]
    applied = apply(
        rows,
        (1, "relabel", "2: B-place"),
        (2, "relabel", "1: O"),
        task="token-classification",
        allow_new_labels=True,
    )
    tags = ["B-person", "O", "B-place"]
    assert applied.rows.to_list() == [rows[0], rows[1] | {"ner_tags": tags}, rows[2]]
    assert applied.changes["new"].tolist() == [tags]
    assert applied.left["relabel"] == 1


def test_several_labels_are_relabelled_together(apply):
    rows = [{"id": n, "text": f"text {n}", "labels": ["a", "b"][:n]} for n in range(3)]
    applied = apply(
        rows, (0, "relabel", "b, a"), (1, "relabel", "(no label)"), (2, "relabel", "a, b"), task="multi-label"
    )
    assert applied.rows["labels"][:] == [["a", "b"], [], ["a", "b"]]
    assert applied.changes[["old", "new"]].to_dict("records") == [
        {"old": [], "new": ["a", "b"]},
        {"old": ["a"], "new": []},
    ]
