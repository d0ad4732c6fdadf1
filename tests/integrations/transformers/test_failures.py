"""What goes wrong while recording never costs the training, nor what was recorded before."""

import pytest
from transformers import Trainer

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingColumnError, OutputNotWritableError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader, LogWriter
from questions import assert_same_training, features_of, generate, make_trainer, trained

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(9))


@pytest.mark.parametrize("failing", ["write_part", "close_epoch"])
def test_a_full_disk_stops_no_training(failing, train, tmp_path, monkeypatch, caplog):
    plain = trained(make_trainer(tmp_path, train, num_train_epochs=3))
    trainer = make_trainer(tmp_path, train, num_train_epochs=3)
    track(trainer, tmp_path / "map")
    works = getattr(LogWriter, failing)

    def full_in_epoch_two(self, epoch, *args, **kwargs):
        if epoch >= 2:
            raise OSError(28, "No space left on device")
        return works(self, epoch, *args, **kwargs)

    monkeypatch.setattr(LogWriter, failing, full_in_epoch_two)
    assert_same_training(plain, trained(trainer))
    assert LogReader(tmp_path / "map").epochs == [1]
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [1] * 9
    told = f", {len(train)} so far" if failing == "write_part" else ""
    assert (
        f"Rows could not be recorded ([Errno 28] No space left on device){told}. Training goes on; what was recorded "
        f"before is safe in '{tmp_path / 'map'}', and the epochs that miss rows are marked incomplete."
    ) in caplog.messages


def test_an_export_that_fails_stops_no_training(train, tmp_path, monkeypatch, caplog):
    import sys

    def broken(*_):
        raise ValueError("no such thing")

    monkeypatch.setattr(sys.modules[track.__module__], "export_epoch", broken)
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
        "track cannot record this trainer: its compute_loss does not call the model that it is given."
    )
