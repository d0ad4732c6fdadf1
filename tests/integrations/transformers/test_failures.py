"""What goes wrong while recording never costs the training, nor what was recorded before."""

import functools
import logging
import os
import shutil
import subprocess

import pandas as pd
import pytest
from transformers import Trainer, TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import (
    InputError,
    MissingColumnError,
    OutputNotWritableError,
    RecordingError,
)
from dataset_cartography.integrations.shared import exports
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader, LogWriter
from questions import assert_same_training, features_of, generate, make_trainer, trained

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(9))


class StoppedError(Exception):
    pass


class StopAfter(TrainerCallback):
    """Breaks the training off at the beginning of a step, as a crash would."""

    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise StoppedError


FULL = OSError(28, "No space left on device")
SAFE = "What was recorded before is safe in '{}', and epochs that miss rows are marked incomplete."


class AtEpoch(TrainerCallback):
    """Does something at the beginning of an epoch."""

    def __init__(self, **actions):
        self.actions = {int(name.removeprefix("epoch")): action for name, action in actions.items()}
        self.epoch = 0

    def on_epoch_begin(self, *args, **kwargs):
        self.epoch += 1
        self.actions.get(self.epoch, lambda: None)()


def fail_in(epochs, monkeypatch, name):
    """Let a method of the log's writer fail for some epochs' sake."""
    works = getattr(LogWriter, name)

    def failing(self, epoch, *args, **kwargs):
        if epoch in epochs:
            raise FULL
        return works(self, epoch, *args, **kwargs)

    monkeypatch.setattr(LogWriter, name, failing)


def closed(root):
    return {epoch.number: (epoch.complete, epoch.note) for epoch in LogReader(root).manifest.epochs}


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_full_disk_stops_no_training(train, tmp_path, monkeypatch, caplog):
    plain = trained(make_trainer(tmp_path, train, num_train_epochs=3))
    trainer = make_trainer(tmp_path, train, num_train_epochs=3)
    track(trainer, tmp_path / "map")
    fail_in((2, 3), monkeypatch, "write_part")
    assert_same_training(plain, trained(trainer))
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [1] * 9
    note = f"{len(train)} rows could not be recorded"
    assert closed(tmp_path / "map") == {1: (True, ""), 2: (False, note), 3: (False, note)}
    assert warnings_of(caplog) == [
        f"Rows could not be recorded ([Errno 28] No space left on device), {len(train)} so far. Training goes on. "
        + SAFE.format(tmp_path / "map")
    ]


def test_a_disk_that_recovers_costs_one_epoch(train, tmp_path, monkeypatch):
    trainer = make_trainer(tmp_path, train, num_train_epochs=3)
    track(trainer, tmp_path / "map")
    fail_in((2,), monkeypatch, "write_part")
    trainer.train()
    root = tmp_path / "map"
    assert [complete for complete, _ in closed(root).values()] == [True, False, True]
    assert compute_metrics(root)["epochs_seen"].tolist() == [2] * 9
    written = sorted(path.name for path in root.glob("training_dynamics_epoch_*.json"))
    assert written == ["training_dynamics_epoch_1.json", "training_dynamics_epoch_3.json"]


def test_a_manifest_that_cannot_be_saved_stops_no_training(train, tmp_path, monkeypatch, caplog):
    plain = trained(make_trainer(tmp_path, train, num_train_epochs=3))
    trainer = make_trainer(tmp_path, train, num_train_epochs=3)
    track(trainer, tmp_path / "map")
    save = LogWriter.save_manifest

    def failing(self):
        if [epoch.number for epoch in self.manifest.epochs][-1:] == [2]:
            raise FULL
        save(self)

    monkeypatch.setattr(LogWriter, "save_manifest", failing)
    assert_same_training(plain, trained(trainer))
    assert closed(tmp_path / "map") == dict.fromkeys((1, 2, 3), (True, ""))
    assert warnings_of(caplog) == [
        "The manifest could not be written ([Errno 28] No space left on device). Training goes on. "
        + SAFE.format(tmp_path / "map")
    ]


@pytest.mark.parametrize("gone", ["", "dynamics"])
def test_a_directory_that_vanishes_stops_no_training(gone, train, tmp_path, caplog):
    plain = trained(make_trainer(tmp_path, train, num_train_epochs=3))
    trainer = make_trainer(tmp_path, train, num_train_epochs=3)
    root = tmp_path / "map"
    track(trainer, root)
    trainer.add_callback(AtEpoch(epoch2=lambda: shutil.rmtree(root / gone)))
    assert_same_training(plain, trained(trainer))
    told, no_map = warnings_of(caplog)
    assert told.endswith(
        f"Training goes on. '{root / gone}' is not there any more, nor what was recorded in it."
    )
    assert no_map.startswith("Could not write the map: ")
    if gone:
        assert [complete for complete, _ in closed(root).values()] == [True, False, False]
    else:
        assert not root.exists()


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_asked_to_stop_the_run_can_be_resumed(mode, train, tmp_path, monkeypatch):
    def tracked(folder):
        trainer = make_trainer(folder, train, num_train_epochs=3, save_strategy="steps", save_steps=3)
        track(trainer, folder / "map", mode=mode, on_failure="stop")
        return trainer

    tracked(tmp_path / "whole").train()
    broken = tracked(tmp_path / "broken")
    with monkeypatch.context() as patch:
        fail_in((2,), patch, "write_part")
        with pytest.raises(RecordingError) as caught:
            broken.train()
    assert str(caught.value) == (
        "Recording failed, and the training was to stop then: [Errno 28] No space left on device. "
        f"{SAFE.format(tmp_path / 'broken' / 'map')} "
        "Mend the disk and go on from the last checkpoint (--resume_from_checkpoint)."
    )
    # Whether the same trainer goes on or a new process.
    (broken if mode == "in_training" else tracked(tmp_path / "broken")).train(resume_from_checkpoint=True)
    assert closed(tmp_path / "broken" / "map") == dict.fromkeys((1, 2, 3), (True, ""))
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )


def test_a_checkpoint_is_written_when_rows_before_it_were_lost(train, tmp_path, monkeypatch, caplog):
    """And a run resumed from it says which epoch misses rows: what was lost is never taken for seen."""

    def tracked(*callbacks):
        trainer = make_trainer(tmp_path, train, num_train_epochs=3, save_strategy="steps", save_steps=2)
        for callback in callbacks:
            trainer.add_callback(callback)
        track(trainer, tmp_path / "map")
        return trainer

    length = -(-len(train) // 4)
    stop = length + 3
    broken = tracked(StopAfter(stop))
    with monkeypatch.context() as patch:
        fail_in((2,), patch, "write_part")
        with pytest.raises(StoppedError):
            broken.train()
    caplog.clear()
    tracked().train(resume_from_checkpoint=True)
    from_step = (stop - 1) // 2 * 2
    note = f"nothing was recorded of {from_step - length} of its steps (from step {length})"
    assert closed(tmp_path / "map") == {1: (True, ""), 2: (False, note), 3: (True, "")}
    assert f"Epoch 2 in '{tmp_path / 'map'}' will stay incomplete: {note}." in caplog.messages
    assert compute_metrics(tmp_path / "map").attrs["cartography"]["coverage"][1]["note"] == note


def test_a_clean_pass_that_was_lost_is_made_again(train, tmp_path, monkeypatch):
    def tracked(folder, *callbacks):
        trainer = make_trainer(folder, train, num_train_epochs=3, save_strategy="epoch")
        for callback in callbacks:
            trainer.add_callback(callback)
        track(trainer, folder / "map", mode="epoch_end")
        return trainer

    tracked(tmp_path / "whole").train()
    length = -(-len(train) // 4)
    with monkeypatch.context() as patch:
        fail_in((2,), patch, "write_part")
        with pytest.raises(StoppedError):
            tracked(tmp_path / "broken", StopAfter(2 * length + 1)).train()
    assert [complete for complete, _ in closed(tmp_path / "broken" / "map").values()] == [True, False]
    tracked(tmp_path / "broken").train(resume_from_checkpoint=True)
    assert closed(tmp_path / "broken" / "map") == dict.fromkeys((1, 2, 3), (True, ""))
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )


def test_a_disk_that_is_full_when_a_run_is_resumed_is_refused(train, tmp_path, monkeypatch):
    make = functools.partial(make_trainer, tmp_path, train, num_train_epochs=2, save_strategy="epoch")
    trainer = make()
    track(trainer, tmp_path / "map")
    trainer.train()
    before = (tmp_path / "map" / "manifest.json").read_bytes()
    again = make(num_train_epochs=3)
    track(again, tmp_path / "map")

    def failing(*_):
        raise FULL

    monkeypatch.setattr(LogWriter, "save_manifest", failing)
    with pytest.raises(OutputNotWritableError) as caught:
        again.train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"Cannot write to '{tmp_path / 'map'}' (No space left on device): give another --cartography_output_dir, "
        "or make room."
    )
    assert (tmp_path / "map" / "manifest.json").read_bytes() == before


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB of its own, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs a small disk, and mounting one is not allowed here")
    yield folder
    # At once, even where something still holds a file of it: pytest could not remove the folder.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 8192], ids=["to the last byte", "with room for the manifest"])
def test_a_disk_that_is_really_full(room, small_disk, tmp_path, caplog):
    train = features_of(generate(200))  # an epoch's part is larger than the room
    root, ballast = small_disk / "map", small_disk / "ballast"

    def fill():
        with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:  # noqa: PT012
            while True:
                file.write(bytes(4096))
        os.truncate(ballast, ballast.stat().st_size - room)

    plain = trained(make_trainer(tmp_path, train, num_train_epochs=4, per_device_train_batch_size=32))
    trainer = make_trainer(tmp_path, train, num_train_epochs=4, per_device_train_batch_size=32)
    track(trainer, root)
    during = []

    def clear():
        during.append(closed(root))
        ballast.unlink()

    trainer.add_callback(AtEpoch(epoch2=fill, epoch4=clear))
    assert_same_training(plain, trained(trainer))
    note = f"{len(train)} rows could not be recorded"
    lost = (False, note)
    assert during == [{1: (True, ""), 2: lost, 3: lost} if room else {1: (True, "")}]
    assert closed(root) == {1: (True, ""), 2: lost, 3: lost, 4: (True, "")}
    assert set(compute_metrics(root)["epochs_seen"]) == {2}
    assert len(warnings_of(caplog)) == 1
    assert not list(root.rglob("*.tmp"))


def test_an_export_that_fails_stops_no_training(train, tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise ValueError("no such thing")

    monkeypatch.setattr(exports, "export_epoch", broken)
    trainer = make_trainer(tmp_path, train, num_train_epochs=1)
    track(trainer, tmp_path / "map")
    trainer.train()
    assert (
        "Could not write the epoch's JSON file (no such thing); the log is safe, make it with `datamap metrics`."
    ) in caplog.messages
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [1] * 9


def test_a_directory_that_cannot_be_written_is_refused_at_once(train, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputNotWritableError) as caught:
        track(make_trainer(tmp_path, train), tmp_path / "file" / "map")
    assert str(caught.value) == (
        f"Cannot write to '{tmp_path / 'file' / 'map'}' (Not a directory): give another --cartography_output_dir, "
        "or make it writable."
    )


def test_no_id_column(train, tmp_path):
    bare = train.remove_columns("example_id").select_columns(
        ["input_ids", "start_positions", "end_positions"]
    )
    with pytest.raises(MissingColumnError) as caught:
        track(make_trainer(tmp_path, bare), tmp_path / "map")
    assert str(caught.value) == (
        "example_id not found in inputs: the training dataset has the columns input_ids, start_positions, "
        "end_positions. Keep the id column when preparing features, or name it with id_column=…; "
        "generate_hash_ids makes ids."
    )


def test_an_id_column_that_is_not_there(train, tmp_path):
    part = train.select_columns(["example_id", "start_positions", "end_positions"])
    with pytest.raises(MissingColumnError) as caught:
        track(make_trainer(tmp_path, part), tmp_path / "map", id_column="guid")
    assert str(caught.value) == (
        "Column 'guid' not found in the training dataset; its columns are: 'example_id', 'start_positions', "
        "'end_positions'. Give its name as id_column."
    )


def test_an_id_column_of_another_name(train, tmp_path):
    trainer = make_trainer(tmp_path, train.rename_column("example_id", "note"), num_train_epochs=1)
    track(trainer, tmp_path / "map", id_column="note")
    trainer.train()
    assert compute_metrics(tmp_path / "map").index.tolist() == [f"q{number}" for number in range(9)]


def test_an_unknown_mode(train, tmp_path):
    with pytest.raises(InputError) as caught:
        track(make_trainer(tmp_path, train), tmp_path / "map", mode="sometimes")
    assert str(caught.value) == "mode must be in_training or epoch_end, but is 'sometimes'."


def test_a_loss_that_calls_another_model(train, tmp_path):
    class Elsewhere(Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
            return model.bert(inputs["input_ids"]).last_hidden_state.sum()

    trainer = make_trainer(tmp_path, train, trainer_class=Elsewhere)
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as caught:
        trainer.train()
    assert str(caught.value) == (
        "track cannot record this trainer: its step does not call the model that it is given."
    )
