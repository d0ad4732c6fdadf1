"""The recorder: everything given to it is on disk after a flush, in few parts, and a failed write stops nothing."""

import shutil
import time

import numpy as np
import pytest
import torch

from dataset_cartography import recorder as recorder_module
from dataset_cartography.errors import LogError, RecordingError
from dataset_cartography.log import LogReader, LogWriter, Manifest
from dataset_cartography.recorder import Recorder
from logs import make_log


def batch(examples):
    value = torch.tensor(examples, dtype=torch.float32)
    return torch.tensor(examples), {
        "gold_logprob": -value,
        "margin": value,
        "el2n": value,
        "correct": value > 1,
        "prediction": value.long(),
    }


def test_every_row_is_on_disk_after_the_epoch(tmp_path):
    recorder = Recorder(make_log(tmp_path, 100), ring_rows=16)
    order = np.random.default_rng(0).permutation(100)
    for epoch in (1, 2):
        recorder.begin_epoch(epoch)
        for step, start in enumerate(range(0, 100, 7)):
            recorder.record(*batch(order[start : start + 7].tolist()), global_step=step)
        recorder.end_epoch(global_step=epoch * 15)
    recorder.close()
    log = LogReader(tmp_path)
    assert log.epochs == [1, 2]
    rows = log.read(2, ["margin", "correct", "prediction", "global_step"])
    back = np.argsort(rows.columns["example"])
    rows = {name: values[back] for name, values in rows.columns.items()}
    np.testing.assert_array_equal(rows["example"], np.arange(100))
    np.testing.assert_array_equal(rows["margin"], np.arange(100))
    np.testing.assert_array_equal(rows["correct"], np.arange(100) > 1)
    np.testing.assert_array_equal(rows["global_step"][order], np.arange(100) // 7)
    assert len(log.parts(1)) == 1


def test_rows_of_units_say_which_and_those_without_a_label_are_left_out(tmp_path):
    manifest = Manifest(task="token-classification", mode="in_training", id_type="string", examples=2)
    recorder = Recorder(LogWriter.create(tmp_path, manifest, np.array(["a", "b"], object), {}))
    recorder.begin_epoch(1)
    unit = torch.tensor([0, -1, 1, 0, -1, -1])
    signals = {
        "gold_logprob": torch.arange(6.0),
        "margin": torch.arange(6.0),
        "correct": unit > 0,
        "prediction": unit + 7,
        "gold": unit + 8,
        "unit": unit,
    }
    recorder.record(torch.tensor([1, 1, 1, 0, 0, 0]), signals, global_step=0)
    recorder.end_epoch(1)
    recorder.close()
    rows = LogReader(tmp_path).read(1, ["gold_logprob", "correct", "prediction", "gold"]).columns
    assert {name: values.tolist() for name, values in rows.items()} == {
        "example": [0, 1, 1],
        "unit": [0, 0, 1],
        "gold_logprob": [3, 0, 2],
        "correct": [False, False, True],
        "prediction": [7, 7, 8],
        "gold": [8, 8, 9],
    }


def test_a_batch_larger_than_the_ring_and_a_last_batch_of_one(tmp_path):
    recorder = Recorder(make_log(tmp_path, 10), ring_rows=4)
    recorder.begin_epoch(1)
    recorder.record(*batch(list(range(9))), global_step=0)
    recorder.record(*batch([9]), global_step=1)
    recorder.end_epoch(2)
    recorder.close()
    assert LogReader(tmp_path).read(1, ["margin"]).columns["example"].tolist() == list(range(10))


def test_full_parts_are_written_before_the_epoch_ends(tmp_path):
    recorder = Recorder(make_log(tmp_path, 100), ring_rows=10, part_rows=20)
    recorder.begin_epoch(1)
    for start in range(0, 100, 10):
        recorder.record(*batch(list(range(start, start + 10))), global_step=0)
    recorder.end_epoch(1)
    recorder.close()
    assert len(LogReader(tmp_path).parts(1)) == 5


def full_disk(*_, **__):
    raise OSError(28, "No space left on device")


def record_epoch(recorder, number, examples=(0, 1)):
    recorder.begin_epoch(number)
    recorder.record(*batch(list(examples)), global_step=number - 1)
    recorder.end_epoch(number)


def test_a_disk_that_recovers_costs_the_epoch_it_failed_in(tmp_path, monkeypatch, caplog):
    writer = make_log(tmp_path, 10)
    recorder = Recorder(writer)
    for number in (1, 2, 3):
        with monkeypatch.context() as patch:
            if number == 2:
                patch.setattr(writer, "write_part", full_disk)
            record_epoch(recorder, number)
    recorder.close()
    assert isinstance(recorder.failure, OSError)
    (message,) = caplog.messages
    assert message == (
        "Rows could not be recorded ([Errno 28] No space left on device), 2 so far. Training goes on. "
        f"What was recorded before is safe in '{tmp_path}', and epochs that miss rows are marked incomplete."
    )
    log = LogReader(tmp_path)
    assert [epoch.complete for epoch in log.manifest.epochs] == [True, False, True]
    assert log.epochs == [1, 3]


def test_rows_that_cannot_be_translated_are_lost_and_counted(tmp_path, caplog):
    def broken(columns):
        raise KeyError("offsets")

    recorder = Recorder(make_log(tmp_path, 10), translate=broken)
    record_epoch(recorder, 1)
    recorder.close()
    assert recorder.lost(1) == 2
    assert caplog.messages[0].startswith("Rows could not be recorded ('offsets'), 2 so far.")


def test_asked_to_stop_the_next_call_raises(tmp_path, monkeypatch, caplog):
    writer = make_log(tmp_path, 10)
    recorder = Recorder(writer, on_failure="stop")
    record_epoch(recorder, 1)
    monkeypatch.setattr(writer, "write_part", full_disk)
    recorder.begin_epoch(2)
    recorder.record(*batch([0]), global_step=1)
    told = (
        "Recording failed, and the training was to stop then: [Errno 28] No space left on device. "
        f"What was recorded before is safe in '{tmp_path}', and epochs that miss rows are marked incomplete. "
        "Mend the disk and go on from the last checkpoint (--resume_from_checkpoint)."
    )
    for call in (
        recorder.flush,
        lambda: recorder.record(*batch([1]), global_step=2),
        lambda: recorder.end_epoch(3),
        recorder.close,
    ):
        with pytest.raises(RecordingError) as caught:
            call()
        assert str(caught.value) == told
    assert caplog.messages == []
    assert [(epoch.number, epoch.complete) for epoch in LogReader(tmp_path).manifest.epochs] == [(1, True)]


@pytest.mark.parametrize("gone", [".", "dynamics"])
def test_a_directory_that_vanishes_is_named(gone, tmp_path, caplog):
    root = tmp_path / "map"
    recorder = Recorder(make_log(root, 10))
    record_epoch(recorder, 1)
    shutil.rmtree(root / gone)
    record_epoch(recorder, 2)
    recorder.close()
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith(
        f", 2 so far. Training goes on. '{root / gone}' is not there any more, nor what was recorded in it."
    )
    if gone == "dynamics":
        log = LogReader(root)
        assert log.epochs == []
        assert [epoch.complete for epoch in log.manifest.epochs] == [True, False]
    else:
        assert not root.exists()


def test_a_manifest_that_cannot_be_saved_is_tried_again(tmp_path, monkeypatch, caplog):
    writer = make_log(tmp_path, 10)
    recorder = Recorder(writer)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "save_manifest", full_disk)
        record_epoch(recorder, 1)
    assert not recorder.manifest_is_saved
    assert LogReader(tmp_path).epochs == []
    recorder.close()
    assert recorder.manifest_is_saved
    assert LogReader(tmp_path).manifest.epochs[0].complete
    (message,) = caplog.messages
    assert message == (
        "The manifest could not be written ([Errno 28] No space left on device). Training goes on. "
        f"What was recorded before is safe in '{tmp_path}', and epochs that miss rows are marked incomplete."
    )


def test_a_slow_disk_holds_the_training_up_and_is_told_of_once(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(recorder_module, "SLOW_SECONDS", 0.02)
    writer = make_log(tmp_path, 400)
    write_part = writer.write_part

    def slowly(*arguments):
        time.sleep(0.03)
        return write_part(*arguments)

    monkeypatch.setattr(writer, "write_part", slowly)
    recorder = Recorder(writer, ring_rows=10, part_rows=10)
    recorder.begin_epoch(1)
    most = 0
    for start in range(0, 400, 10):
        recorder.record(*batch(list(range(start, start + 10))), global_step=start)
        most = max(most, recorder._queue.qsize())
    recorder.end_epoch(40)
    recorder.close()
    assert most == 8
    assert len(LogReader(tmp_path).read(1, []).columns["example"]) == 400
    (message,) = caplog.messages
    assert message.startswith(f"The disk of '{tmp_path}' does not keep up: the training has waited 0 s of ")
    assert message.endswith(" s for it. Nothing is lost by that.")


def stream(root, on_failure="continue"):
    manifest = Manifest(task="classification", mode="in_training", id_type="string", examples=None)
    return Recorder(LogWriter.create(root, manifest, None, {}), on_failure=on_failure)


def record_stream(recorder, number, keys, ids):
    recorder.begin_epoch(number)
    signals = batch(list(range(len(keys))))[1]
    recorder.record(torch.tensor(keys), signals, number - 1, (np.array(keys), ids))
    recorder.end_epoch(number)


def test_rows_whose_ids_cannot_be_written_are_not_either(tmp_path, monkeypatch):
    recorder = stream(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(recorder.writer, "write_ids", full_disk)
        record_stream(recorder, 1, [-7, 7], ["a", "b"])
    record_stream(recorder, 2, [-7, 7], ["a", "b"])
    recorder.close()
    log = LogReader(tmp_path)
    assert (recorder.lost(1), log.epochs, log.ids.tolist()) == (2, [2], ["a", "b"])
    assert [epoch.complete for epoch in log.manifest.epochs] == [False, True]


def test_an_id_is_written_once(tmp_path):
    recorder = stream(tmp_path)
    for number in (1, 2):
        record_stream(recorder, number, [5, 0, 5], ["a", "b", "a"])
    recorder.close()
    assert len(list((tmp_path / "ids").iterdir())) == 1
    assert LogReader(tmp_path).ids.tolist() == ["a", "b"]


@pytest.mark.parametrize("epochs", [1, 2])
def test_two_ids_that_share_a_hash_are_found(epochs, tmp_path):
    recorder = stream(tmp_path)
    if epochs == 1:
        record_stream(recorder, 1, [5, 5], ["a", "b"])
    else:
        record_stream(recorder, 1, [5], ["a"])
        record_stream(recorder, 2, [5], ["b"])
    recorder.close()
    with pytest.raises(LogError) as caught:
        _ = LogReader(tmp_path).ids
    assert "share a hash of 64 bits, so that their rows cannot be told apart." in str(caught.value)


def test_a_part_without_a_label_loses_nothing(tmp_path):
    manifest = Manifest(task="token-classification", mode="in_training", id_type="string", examples=2)
    log = LogWriter.create(tmp_path, manifest, np.array(["a", "b"], object), {})
    recorder = Recorder(log, on_failure="stop")
    recorder.begin_epoch(1)
    for unit in (torch.tensor([-1, -1]), torch.tensor([0, -1])):
        signals = {name: unit.float() for name in ("gold_logprob", "margin")}
        signals |= dict.fromkeys(("correct", "prediction", "gold", "unit"), unit)
        recorder.record(torch.tensor([0, 1]), signals, global_step=0)
        recorder.flush()
    recorder.end_epoch(global_step=1)
    recorder.close()
    assert recorder.failure is None
    assert LogReader(tmp_path).read(1, ["unit"]).columns["example"].tolist() == [0]
