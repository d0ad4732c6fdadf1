import json

import pytest

from dataset_cartography.decisions import Decision, read_decisions
from dataset_cartography.errors import (
    InputError,
    MissingFileError,
    OutputExistsError,
)
from dataset_cartography.explorer.decision_log import DecisionLog

OK, WRONG, NEW = Decision("ok"), Decision("wrong_label"), Decision("relabel", 'a "new" one\n')


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def decide(path, *pairs, by=None):
    log = DecisionLog(path, by)
    for example_id, decision in pairs:
        log.decide(example_id, decision)
    log.close()


def test_every_decision_is_a_line(path):
    decide(path, ("a", OK), ("b", NEW), ("a", None), by="Ada")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["id"], line["decision"]) for line in lines] == [("a", "ok"), ("b", "relabel"), ("a", None)]
    assert lines[1]["relabel"] == 'a "new" one\n'
    assert all(line["by"] == "Ada" and line["time"].endswith("+00:00") for line in lines)


def test_the_latest_line_of_an_id_counts(path):
    decide(path, ("a", OK), ("b", NEW), ("c", OK), ("a", WRONG), ("c", None))
    df = read_decisions(path.parent)
    assert df["decision"].to_dict() == {"b": "relabel", "a": "wrong_label"}
    assert df["relabel"].to_dict() == {"b": 'a "new" one\n', "a": None}
    assert df.index.name == "example_id"
    assert list(df.columns) == ["decision", "relabel", "time", "by"]


def test_ids_are_exact(path):
    decide(path, (7, OK), ("7", WRONG), (2**60 + 1, OK))
    assert read_decisions(path)["decision"].to_dict() == {7: "ok", "7": "wrong_label", 2**60 + 1: "ok"}
    path.unlink()
    decide(path, (2**60 + 1, OK))
    assert read_decisions(path).index.dtype == "int64"


def test_a_line_that_a_crash_cut_off_is_ignored_and_cut(path, caplog):
    decide(path, ("a", OK), ("b", WRONG))
    whole = path.read_bytes()
    for end in range(len(whole) - 12, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert read_decisions(path)["decision"].to_dict() == {"a": "ok"}
    decide(path, ("c", OK))
    assert "cut off the end" in caplog.text
    assert read_decisions(path)["decision"].to_dict() == {"a": "ok", "c": "ok"}
    assert path.read_bytes().startswith(whole[: whole.index(b"\n") + 1])


def test_a_last_line_without_its_end_counts(path):
    path.write_text('{"id": "a", "decision": "ok"}\n\n{"id": "b", "decision": "drop"}')
    decide(path, ("c", OK))
    assert read_decisions(path)["decision"].to_dict() == {"a": "ok", "b": "drop", "c": "ok"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            '{"id": "a", "decision": "fine"}',
            "A decision is one of ok, wrong_label, ambiguous, drop, relabel, not 'fine'.",
        ),
        (
            '{"id": "a", "decision": "relabel"}',
            "The decision 'relabel' needs the new label, and no other decision has one.",
        ),
        ('{"decision": "ok"}', "it has no id"),
        ('{"id": true, "decision": "ok"}', "it has no id"),
        ('{"id": false, "decision": "ok"}', "it has no id"),
        ('{"id": "\\ud800", "decision": "ok"}', "it has no id"),
        ('{"id": 1.5, "decision": "ok"}', "it has no id"),
    ],
)
def test_a_line_that_is_none_is_named(path, line, why):
    path.write_text('{"id": "a", "decision": "ok"}\n' + line + "\n")
    with pytest.raises(InputError) as error:
        read_decisions(path)
    assert str(error.value) == f"'{path}', line 2, is not a decision ({why}). Mend or delete the line."


def test_no_file_is_one_sentence(path):
    with pytest.raises(MissingFileError) as error:
        read_decisions(path)
    expected = (
        f"No decisions at '{path}': they are made by `datamap view DIR`, which writes decisions.jsonl there."
    )
    assert str(error.value) == expected


def test_two_explorers_do_not_share_a_file(path):
    log = DecisionLog(path)
    with pytest.raises(OutputExistsError) as error:
        DecisionLog(path)
    assert str(error.value) == (
        f"Another explorer is writing decisions to '{path}': use that one, or give this one another file (--decisions)."
    )
    log.close()
    DecisionLog(path).close()
