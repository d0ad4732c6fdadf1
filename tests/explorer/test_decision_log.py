import os
from pathlib import Path

import pytest

from dataset_cartography.decisions import Decision, read_decisions
from dataset_cartography.errors import InputError, OutputExistsError, OutputNotWritableError
from dataset_cartography.explorer.decision_log import DecisionLog

OK, WRONG = Decision("ok"), Decision("wrong_label")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def decide(path, *pairs):
    log = DecisionLog(path)
    for example_id, decision in pairs:
        log.decide(example_id, decision)
    log.close()


def test_undo_restores_what_was_before_also_in_another_session(path):
    decide(path, ("a", OK), ("b", OK), ("a", WRONG))
    log = DecisionLog(path)
    assert log.undo() == ("a", OK)
    assert log.get("a") == OK
    log.close()
    log = DecisionLog(path)
    assert [log.undo(), log.undo(), log.undo()] == [("b", None), ("a", None), None]
    log.decide("c", OK)
    assert log.undo() == ("c", None)
    assert log.latest == {}
    log.close()
    assert len(path.read_text().splitlines()) == 8
    assert read_decisions(path).empty


def test_what_the_disk_refuses_leaves_the_file_as_it_was(path, monkeypatch):
    decide(path, ("a", OK))
    before = path.read_bytes()
    log = DecisionLog(path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputNotWritableError) as error:
        log.decide("b", OK)
    assert (
        str(error.value) == f"The decision was not saved: cannot write to '{path}' (No space left on device)."
    )
    assert path.read_bytes() == before
    assert log.latest == {"a": OK}
    log.close()


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    path = tmp_path / "none" / "decisions.jsonl"
    with pytest.raises(OutputNotWritableError) as error:
        DecisionLog(path)
    assert str(error.value) == (
        f"Cannot write decisions to '{path}': No such file or directory. Give another file (--decisions)."
    )


def test_only_files_are_written_to(tmp_path):
    with pytest.raises(OutputNotWritableError) as error:
        DecisionLog(Path("/dev/null"))
    assert (
        str(error.value)
        == "Cannot write decisions to '/dev/null': not a file. Give another file (--decisions)."
    )


def test_a_name_that_cannot_be_written(path):
    with pytest.raises(InputError) as error:
        DecisionLog(path, by="\udcff")
    assert str(error.value) == "The name of who decides (--by) must be text that can be written as UTF-8."
    assert not path.exists()


@pytest.mark.parametrize("harm", ["removed", "emptied", "cut"])
def test_a_file_that_is_lost_while_it_is_open_is_written_anew(path, caplog, harm):
    log = DecisionLog(path)
    log.decide("a", OK)
    log.decide("b", WRONG)
    before = path.read_bytes()
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(before[:0] if harm == "emptied" else before[:20])
    log.decide("c", OK)
    assert path.read_bytes().startswith(before)
    assert read_decisions(path)["decision"].to_dict() == {"a": "ok", "b": "wrong_label", "c": "ok"}
    assert caplog.messages == [f"'{path}' was removed or cut while it was open: it is written anew"]
    with pytest.raises(OutputExistsError):
        DecisionLog(path)
    assert log.undo() == ("c", None)
    log.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("harm", ["replaced", "grown"])
def test_a_file_that_another_program_changed_is_left_alone(path, harm):
    log = DecisionLog(path)
    log.decide("a", OK)
    if harm == "replaced":
        path.unlink()
    with path.open("a") as file:
        file.write('{"id": "z", "decision": "drop"}\n')
    before = path.read_bytes()
    for change in (lambda: log.decide("b", OK), log.undo):
        with pytest.raises(OutputNotWritableError) as error:
            change()
        assert str(error.value) == (
            f"The decision was not saved: another program has changed '{path}'. Start `datamap view` again to go on "
            "from what stands there now."
        )
    assert path.read_bytes() == before
    log.close()


def test_a_folder_that_is_lost_is_one_sentence_and_may_come_back(tmp_path):
    folder, elsewhere = tmp_path / "map", tmp_path / "moved"
    folder.mkdir()
    log = DecisionLog(folder / "d.jsonl")
    log.decide("a", OK)
    folder.rename(elsewhere)
    with pytest.raises(OutputNotWritableError) as error:
        log.decide("b", OK)
    assert str(error.value) == (
        f"The decision was not saved: cannot write to '{folder / 'd.jsonl'}' (No such file or directory)."
    )
    elsewhere.rename(folder)
    log.decide("b", OK)
    log.close()
    assert read_decisions(folder / "d.jsonl").index.tolist() == ["a", "b"]


def test_half_a_line_is_taken_back(path, monkeypatch):
    log = DecisionLog(path)
    log.decide("a", OK)
    before = path.read_bytes()
    write, calls = os.write, []

    def almost_full(file, content):
        calls.append(len(content))
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return write(file, content[:5])

    monkeypatch.setattr("os.write", almost_full)
    with pytest.raises(OutputNotWritableError):
        log.decide("b", OK)
    assert path.read_bytes() == before
    monkeypatch.undo()
    log.decide("b", OK)
    log.close()
    assert read_decisions(path).index.tolist() == ["a", "b"]
