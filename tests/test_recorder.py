"""The recorder: everything given to it is on disk after a flush, in few parts, and a failed write stops nothing."""

import numpy as np
import torch

from dataset_cartography.log import LogReader
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


def test_a_failed_write_stops_no_training_and_marks_the_epoch(tmp_path, monkeypatch, caplog):
    writer = make_log(tmp_path, 10)
    recorder = Recorder(writer)
    recorder.begin_epoch(1)

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(writer, "write_part", full)
    recorder.record(*batch([0, 1]), global_step=0)
    recorder.end_epoch(1)
    recorder.close()
    assert isinstance(recorder.failure, OSError)
    assert "Rows could not be recorded (No space left on device), 2 so far. Training goes on" in caplog.text
    assert [epoch.complete for epoch in LogReader(tmp_path).manifest.epochs] == [False]
