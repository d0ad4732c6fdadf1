"""The map goes where the Trainer reports, read back from real trackers; training does not notice."""

import functools
import gc
import io
import json
import logging
import random
import struct
import sys
import time

import numpy as np
import pytest
from PIL import Image
from transformers import Trainer, TrainerCallback
from transformers.integrations import MLflowCallback, TensorBoardCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import MissingFileError
from dataset_cartography.integrations.transformers import reporting, track
from dataset_cartography.plotting import plot_data_map, save_figure
from dataset_cartography.regions import assign_categories
from questions import assert_same_training, features_of, generate, make_trainer, trained

pytestmark = pytest.mark.usefixtures("no_map")

AXES = ("confidence", "variability")
COUNTS = ("easy", "ambiguous", "hard", "uncategorized")
KEYS = {
    *(f"cartography/{name}" for name in COUNTS),
    *(f"cartography/{name}_share" for name in COUNTS[:3]),
    *(f"cartography/mean_{axis}" for axis in AXES),
}
TIMES = ("train_runtime", "train_samples_per_second", "train_steps_per_second")
SAID = (
    "Could not {} ({}). Training and recording go on; further failures to report are not mentioned."
).format


@pytest.fixture(scope="module")
def train():
    return features_of(generate(13))


class Reporting(TrainerCallback):
    """Reports after each epoch, once the tracker (added before it) has closed it."""

    def __init__(self, trainer, root, **options):
        self.report = functools.partial(reporting.report_map, trainer, root, **options)

    def on_epoch_end(self, args, state, control, **kwargs):
        self.report()


class Writer:
    """A TensorBoard writer that keeps what it is given, or does as `act` says."""

    def __init__(self, act=lambda key: None):
        self.act = act
        self.scalars, self.images = {}, {}

    def add_scalar(self, key, value, step):
        if key.startswith("cartography/"):
            self.act(key)
        self.scalars[key, step] = value

    def add_image(self, key, image, step, dataformats):
        self.images[key, step] = image

    def add_text(self, *args):
        pass

    def flush(self):
        pass

    close = flush


@pytest.fixture(autouse=True)
def _no_run_is_ended_later(monkeypatch):
    """MLflow's callback ends its run when it is collected: by then, the test's settings would be gone."""
    yield
    for thing in gc.get_objects():
        if isinstance(thing, MLflowCallback):
            thing._auto_end_run = False


def reporting_trainer(tmp_path, train, *, writer=None, **arguments):
    """A tracked trainer that reports the map after each epoch."""
    trainer = make_trainer(tmp_path, train, **arguments)
    if writer is not None:
        trainer.add_callback(TensorBoardCallback(writer))
    track(trainer, tmp_path / "map")
    return trainer


def expected(root, epochs):
    """Values and picture of the map of the first epochs, by another way than the code's."""
    df = assign_categories(compute_metrics(root, burn_out=epochs))
    counts = df["category"].value_counts().to_dict()
    known = sum(counts.values())
    values = {f"cartography/{name}": count for name, count in counts.items()}
    values |= {f"cartography/{name}_share": count / known for name, count in counts.items()}
    values["cartography/uncategorized"] = len(df) - known
    values["cartography/mean_confidence"] = np.nanmean(df["confidence"])
    values["cartography/mean_variability"] = np.nanmean(df["variability"])
    path = save_figure(plot_data_map(df).figure, root / f"expected-{epochs}.png", dpi=100)
    return values, np.asarray(Image.open(path).convert("RGB"))


def assert_is_the_map(values, picture, root, epochs):
    wanted, drawn = expected(root, epochs)
    assert set(values) == KEYS
    assert epochs == 1 or sum(values[f"cartography/{name}"] > 0 for name in COUNTS) > 1
    assert values == pytest.approx(wanted, rel=1e-6)
    assert np.array_equal(np.asarray(picture), drawn)


def trained_with(tmp_path, train, tracker):
    """The trainer of a run that reports to a tracker, whose training is that of one that does not."""
    # Few and large steps, so that not all examples lie in one region.
    settings = {"learning_rate": 2e-2, "per_device_train_batch_size": 2}
    plain = make_trainer(tmp_path, train, **settings)
    untracked = trained(plain)  # before the next is made: making a trainer seeds
    trainer = reporting_trainer(tmp_path, train, report_to=[tracker], **settings)
    assert_same_training(untracked, trained(trainer))
    assert without_times(trainer.state.log_history) == without_times(plain.state.log_history)
    return trainer


def ends_of_epochs(trainer):
    return [trainer.state.max_steps // 2, trainer.state.max_steps]


def without_times(history):
    return [{key: value for key, value in entry.items() if key not in TIMES} for entry in history]


def warnings_of(caplog):
    return [
        record.message
        for record in caplog.records
        if record.name == reporting.__name__ and record.levelno >= logging.WARNING
    ]


# Real trackers, read back.


def test_tensorboard(train, tmp_path, monkeypatch):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "events"))
    trainer = trained_with(tmp_path, train, "tensorboard")
    events = EventAccumulator(str(tmp_path / "events"), size_guidance={"images": 0}).Reload()
    steps = ends_of_epochs(trainer)
    tags = [tag for tag in events.Tags()["scalars"] if tag.startswith("cartography/")]
    assert events.Tags()["images"] == ["cartography/map"]
    assert "train/loss" in events.Tags()["scalars"]
    scalars = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in tags}
    images = {event.step: event.encoded_image_string for event in events.Images("cartography/map")}
    assert list(images) == steps
    for epochs, step in enumerate(steps, start=1):
        picture = Image.open(io.BytesIO(images[step]))
        assert_is_the_map(
            {tag: values[step] for tag, values in scalars.items()}, picture, tmp_path / "map", epochs
        )


def wandb_records(path):
    """What a W&B run has written: protobuf records in LevelDB's log format behind a header of 7 bytes."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, block, header = path.read_bytes(), 32_768, 7
    place, record = header, b""
    while place + header <= len(data):
        if block - place % block < header:  # a block's end too short for a record is padding
            place += block - place % block
        length, kind = struct.unpack_from("<HB", data, place + 4)
        record += data[place + header : place + header + length]
        place += header + length
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(record)
            record = b""


def wandb_rows(path):
    """The rows of a finished W&B run; the process that writes them may still be at it."""
    records = []
    deadline = time.monotonic() + 60
    while not any(record.HasField("exit") for record in records):
        assert time.monotonic() < deadline, "W&B has not finished its file."
        time.sleep(0.05)
        records = list(wandb_records(path))
    return [
        {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
        for record in records
        if record.HasField("history")
    ]


@pytest.fixture
def start_wandb(tmp_path):
    """A function that starts a W&B run without network, which the Trainer's callback takes over."""
    import wandb

    def start(mode):
        quiet = wandb.Settings(silent=True, console="off", disable_code=True, disable_git=True)
        return wandb.init(project="maps", mode=mode, dir=str(tmp_path), settings=quiet)

    yield start
    wandb.finish()


def test_wandb(train, tmp_path, start_wandb):
    run = start_wandb("offline")
    trainer = trained_with(tmp_path, train, "wandb")
    run.finish()
    (log,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    rows = wandb_rows(log)
    places = [row["train/global_step"] for row in rows]
    assert places == sorted(places)
    assert sum("train/loss" in row for row in rows) == trainer.state.max_steps
    reported = [row for row in rows if "cartography/map/path" in row]
    assert [row["train/global_step"] for row in reported] == ends_of_epochs(trainer)
    for epochs, row in enumerate(reported, start=1):
        picture = Image.open(log.parent / "files" / row["cartography/map/path"])
        assert_is_the_map({key: row[key] for key in KEYS}, picture, tmp_path / "map", epochs)


def mlflow_settings(folder):
    """A store of plain files: the small MLflow has no database."""
    return {"MLFLOW_TRACKING_URI": (folder / "runs").as_uri(), "MLFLOW_ALLOW_FILE_STORE": "true"}


def test_mlflow(train, tmp_path, monkeypatch):
    import mlflow

    for key, value in mlflow_settings(tmp_path).items():
        monkeypatch.setenv(key, value)
    trainer = trained_with(tmp_path, train, "mlflow")
    client = mlflow.MlflowClient()
    (run,) = client.search_runs(["0"])
    steps = ends_of_epochs(trainer)
    history = {
        key: {metric.step: metric.value for metric in client.get_metric_history(run.info.run_id, key)}
        for key in run.data.metrics
    }
    assert len(history["loss"]) == trainer.state.max_steps
    pictures = sorted(tmp_path.rglob("cartography~map*.png"))
    assert len(pictures) == 2
    for epochs, step in enumerate(steps, start=1):
        (picture,) = [path for path in pictures if f"step+{step}+" in path.name]
        values = {key: history[key][step] for key in history if key.startswith("cartography/")}
        assert_is_the_map(values, Image.open(picture), tmp_path / "map", epochs)


# Training does not notice.


def test_random_states_are_put_back(train, tmp_path):
    drawn = []
    writer = Writer(lambda key: drawn.append((random.random(), np.random.rand())))  # noqa: NPY002
    trainer = reporting_trainer(tmp_path, train, writer=writer, num_train_epochs=1)
    after = []

    class Looking(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            self.states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

        def on_epoch_end(self, args, state, control, **kwargs):
            after.append((random.getstate(), np.random.get_state()[1].tolist()))  # noqa: NPY002

    looking = Looking()
    trainer.add_callback(looking)
    trainer.train()
    assert drawn
    assert after == [looking.states]


@pytest.mark.parametrize("tracker", ["none", "closed", "wandb, disabled", "mlflow, ended"])
def test_nothing_is_computed_without_an_open_tracker(
    tracker, train, tmp_path, monkeypatch, start_wandb, caplog
):
    calls = []
    monkeypatch.setattr(reporting, "compute_metrics", lambda *args, **kwargs: calls.append(args))
    for key, value in mlflow_settings(tmp_path).items():
        monkeypatch.setenv(key, value)
    service = tracker.partition(",")[0]
    if tracker == "wandb, disabled":
        start_wandb("disabled")
    report_to = [service] if service in ("wandb", "mlflow") else "none"
    trainer = make_trainer(tmp_path, train, report_to=report_to)
    if tracker == "closed":
        trainer.add_callback(Closed(Writer()))
    if tracker == "mlflow, ended":
        trainer.add_callback(Ending())
    track(trainer, tmp_path / "map")
    trainer.train()
    assert trainer.state.global_step == trainer.state.max_steps
    assert calls == []
    assert warnings_of(caplog) == []


class Ending(TrainerCallback):
    """A user who ends the run in the middle."""

    def on_epoch_end(self, args, state, control, **kwargs):
        import mlflow

        mlflow.end_run()


class Closed(TensorBoardCallback):
    """What TensorBoard's callback is on every process but the main one."""

    def on_train_begin(self, args, state, control, **kwargs):
        self.tb_writer = None

    on_log = on_train_end = on_train_begin


def test_another_process_than_the_main_one_is_silent(train, tmp_path, monkeypatch):
    writer = Writer()
    trainer = reporting_trainer(tmp_path, train, writer=writer)
    monkeypatch.setattr(trainer, "is_world_process_zero", lambda: False)
    trainer.train()
    assert writer.images == {}


def test_the_validation_split_has_a_map_of_its_own(train, tmp_path):
    writer = Writer()
    evaluation = {"eval_dataset": features_of(generate(5, seed=1)), "eval_strategy": "epoch"}
    trainer = make_trainer(tmp_path, train, trainer_class=Trainer, **evaluation)
    trainer.add_callback(TensorBoardCallback(writer))
    track(trainer, tmp_path / "map", splits=("train", "validation"))
    trainer.train()
    assert [key for key, _ in writer.images] == ["cartography/map", "cartography/validation/map"] * 2
    step = trainer.state.max_steps
    for name, examples in (("cartography", 13), ("cartography/validation", 5)):
        counts = [writer.scalars[f"{name}/{region}", step] for region in COUNTS]
        assert sum(counts) == examples


# What goes wrong.


def test_a_tracker_that_is_down_is_mentioned_once(train, tmp_path, caplog):
    def down(key):
        raise ConnectionError("no route to host")

    works = Writer()
    plain = trained(make_trainer(tmp_path, train))
    trainer = reporting_trainer(tmp_path, train, writer=Writer(down))
    trainer.add_callback(TensorBoardCallback(works))
    assert_same_training(plain, trained(trainer))
    assert warnings_of(caplog) == [SAID("report the map to TensorBoard", "ConnectionError: no route to host")]
    assert [step for _, step in works.images] == ends_of_epochs(trainer)


def test_without_matplotlib_the_numbers_are_sent(train, tmp_path, monkeypatch, caplog):
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    writer = Writer()
    trainer = reporting_trainer(tmp_path, train, writer=writer)
    trainer.train()
    assert warnings_of(caplog) == [
        SAID(
            "draw the map for the trackers",
            "MissingExtraError: Plotting needs an extra: pip install 'dataset-cartography[plot]'",
        )
    ]
    assert writer.images == {}
    sent = {key for key, step in writer.scalars if key.startswith("cartography/")}
    assert sent == KEYS


def test_without_a_log_there_is_one_warning(train, tmp_path, caplog):
    trainer = make_trainer(tmp_path, train)
    trainer.add_callback(TensorBoardCallback(Writer()))
    trainer.add_callback(Reporting(trainer, tmp_path / "nothing"))
    trainer.train()
    (said,) = warnings_of(caplog)
    with pytest.raises(MissingFileError) as caught:
        compute_metrics(tmp_path / "nothing")
    assert said == SAID("report the map", f"MissingFileError: {caught.value}")


def test_a_map_that_is_too_large_is_left_to_the_command(train, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(reporting, "JSON_LIMIT", 12)
    writer = Writer()
    reporting_trainer(tmp_path, train, writer=writer).train()
    root = tmp_path / "map"
    assert warnings_of(caplog) == [
        SAID(
            "report the map",
            "InputError: the run has more than 12 examples, whose map would hold up the training and take its memory; "
            f"`datamap metrics {root}` makes it",
        )
    ]
    assert writer.images == {}


def test_what_is_unknown_is_left_out(train, tmp_path, monkeypatch, caplog):
    def nothing_known(root, metrics):
        return compute_metrics(root, metrics=metrics) * np.nan

    monkeypatch.setattr(reporting, "compute_metrics", nothing_known)
    writer = Writer()
    trainer = reporting_trainer(tmp_path, train, writer=writer, num_train_epochs=1)
    trainer.train()
    sent = {key: value for (key, _), value in writer.scalars.items() if key.startswith("cartography/")}
    assert sent == dict.fromkeys(KEYS - {f"cartography/mean_{axis}" for axis in AXES}, 0) | {
        "cartography/uncategorized": 13
    }
    assert writer.images == {}
    (said,) = warnings_of(caplog)
    assert said == SAID(
        "draw the map for the trackers",
        "InputError: None of the map's 13 examples has a confidence and a variability, so there is nothing to draw; "
        "was any example seen in training?",
    )
