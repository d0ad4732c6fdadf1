"""The log of a stream: its examples are those that rows and ids name, in the order of their ids."""

import numpy as np
import pytest

from dataset_cartography.errors import LogError
from dataset_cartography.log import LogReader, LogWriter, Manifest, stream
from logs import make_log, read, rows


def stream_log(root, task="classification"):
    manifest = Manifest(task=task, mode="in_training", id_type="string", examples=None)
    return LogWriter.create(root, manifest, None, {})


def write(writer, keys, ids=(), epoch=1, step=0, **signals):
    if ids:
        writer.write_ids(np.array(keys), list(ids))
    count = len(keys)
    blank = {column.name: np.zeros(count, column.dtype) for column in writer.manifest.schema.signals}
    when = {"example": np.array(keys), "global_step": np.full(count, step)}
    writer.write_part(epoch, blank | when | {name: np.array(values) for name, values in signals.items()})


@pytest.fixture(params=[0, 2**20], ids=["merged with every part", "merged at the end"])
def merging(request, monkeypatch):
    monkeypatch.setattr(stream, "_MERGE_ROWS", request.param)


@pytest.mark.usefixtures("merging")
def test_examples_stand_in_the_order_of_their_ids(tmp_path):
    writer = stream_log(tmp_path)
    write(writer, [5, -9], ["b", "é"], gold_logprob=[-5.0, -9.0])
    write(writer, [7, 5, 3], ["10", "b", "9"], gold_logprob=[-7.0, -4.0, -3.0], step=1)
    write(writer, [3], epoch=2)
    writer.close_epoch(1, 2)
    writer.close_epoch(2, 3)
    log = LogReader(tmp_path)
    assert (log.ids.tolist(), log.id_type, log.size) == (["10", "9", "b", "é"], "string", 4)
    values, result = read(tmp_path)
    assert values == {0: 7.0, 1: 3.0, 2: 5.0, 3: 9.0}
    assert result.presentations.tolist() == [1, 1, 2, 1]


@pytest.mark.usefixtures("merging")
def test_integer_ids_are_their_own_keys(tmp_path):
    writer = stream_log(tmp_path)
    for step, keys in enumerate(([2**60, -1], [0], [-1])):
        write(writer, keys, step=step)
    writer.close_epoch(1, 3)
    log = LogReader(tmp_path)
    assert (log.ids.tolist(), log.id_type) == ([-1, 0, 2**60], "integer")


@pytest.mark.usefixtures("merging")
def test_windows_and_answers_are_those_that_rows_tell_of(tmp_path):
    writer = stream_log(tmp_path, "qa")
    write(writer, [4, 4, 9], ["d", "d", "a"], window=[0, 1, 0], has_answer=[False, True, False])
    write(writer, [4, 8], ["d", "c"], step=1, window=[2, 0], has_answer=[False, True])
    writer.close_epoch(1, 2)
    log = LogReader(tmp_path)
    assert log.ids.tolist() == ["a", "c", "d"]
    assert log.facts("windows").tolist() == [1, 1, 3]
    assert log.facts("answerable").tolist() == [False, True, True]


def test_a_stream_of_which_no_epoch_is_closed_has_no_examples(tmp_path):
    writer = stream_log(tmp_path)
    write(writer, [1], ["a"])
    assert LogReader(tmp_path).size == 0


def test_missing_ids_are_named(tmp_path):
    writer = stream_log(tmp_path)
    write(writer, [1], ["a"])
    write(writer, [2])
    writer.close_epoch(1, 1)
    with pytest.raises(LogError) as caught:
        _ = LogReader(tmp_path).ids
    assert str(caught.value) == (
        f"Some rows' ids are missing in '{tmp_path / 'ids'}': files were removed. Restore them from a copy, or record "
        "the run again."
    )


def test_damaged_ids_are_named(tmp_path):
    writer = stream_log(tmp_path)
    write(writer, [1], ["a"])
    writer.close_epoch(1, 1)
    (part,) = (tmp_path / "ids").iterdir()
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(
        LogError, match=r"^The ids in '.*' cannot be read \(.*\)\. Restore them from a copy\.$"
    ):
        _ = LogReader(tmp_path).ids


@pytest.mark.parametrize("streamed", [True, False])
def test_whether_a_log_is_larger_than_a_limit(streamed, tmp_path):
    writer = stream_log(tmp_path) if streamed else make_log(tmp_path, 3)
    for epoch in (1, 2):
        writer.write_part(epoch, rows([0, 1, 2], epoch))
        writer.close_epoch(epoch, epoch)
    log = LogReader(tmp_path)
    assert log.is_larger_than(2)
    assert not log.is_larger_than(3)
