"""A run that is resumed has the map of one that never stopped; what cannot be resumed is refused."""

import pandas as pd
import pytest
from transformers import Trainer, TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from questions import features_of, generate, make_trainer

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(13))


class StoppedError(Exception):
    pass


class StopAfter(TrainerCallback):
    """Breaks the training off at the beginning of a step, as a crash would."""

    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise StoppedError


def tracked(folder, train, mode="in_training", **settings):
    trainer = make_trainer(folder, train, num_train_epochs=3, **settings)
    track(trainer, folder / "map", mode=mode)
    return trainer


def steps_per_epoch(train):
    return -(-len(train) // 4)


SAVES = {
    "at the boundary": ({"save_strategy": "epoch"}, 1.5, 1),
    "in mid-epoch": ({"save_strategy": "steps", "save_steps": 4}, 1.5, None),
    "by steps that meet the boundary": ({"save_strategy": "steps", "save_steps": "epoch"}, 1.5, 1),
    "with accumulation": (
        {"save_strategy": "steps", "save_steps": 2, "gradient_accumulation_steps": 2},
        0.7,
        None,
    ),
}


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
@pytest.mark.parametrize("name", SAVES)
def test_the_map_is_that_of_the_uninterrupted_run(name, mode, train, tmp_path):
    settings, stop, _ = SAVES[name]
    settings = dict(settings)
    if settings.get("save_steps") == "epoch":
        settings["save_steps"] = steps_per_epoch(train)
    whole = tracked(tmp_path / "whole", train, mode, **settings)
    whole.train()
    broken = tracked(tmp_path / "broken", train, mode, **settings)
    broken.add_callback(StopAfter(int(stop * steps_per_epoch(train))))
    with pytest.raises(StoppedError):
        broken.train()
    tracked(tmp_path / "broken", train, mode, **settings).train(resume_from_checkpoint=True)
    log = LogReader(tmp_path / "broken" / "map")
    assert [attempt.from_step > 0 for attempt in log.manifest.attempts] == [False, True]
    assert log.epochs == [1, 2, 3]
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )
    for epoch in (1, 2, 3):
        name = f"training_dynamics_epoch_{epoch}.json"
        assert (tmp_path / "broken" / "map" / name).read_bytes() == (
            tmp_path / "whole" / "map" / name
        ).read_bytes()


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_a_finished_run_is_resumed_to_more_epochs(mode, train, tmp_path):
    tracked(tmp_path / "whole", train, mode, lr_scheduler_type="constant").train()
    trainer = make_trainer(
        tmp_path / "grown", train, num_train_epochs=2, lr_scheduler_type="constant", save_strategy="epoch"
    )
    track(trainer, tmp_path / "grown" / "map", mode=mode)
    trainer.train()
    trainer = tracked(tmp_path / "grown", train, mode, lr_scheduler_type="constant", save_strategy="epoch")
    trainer.train(resume_from_checkpoint=True)
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "grown" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )


def test_resuming_from_the_last_checkpoint_changes_nothing(train, tmp_path):
    trainer = tracked(tmp_path, train, save_strategy="epoch")
    trainer.train()
    before = compute_metrics(tmp_path / "map")
    tracked(tmp_path, train, save_strategy="epoch").train(resume_from_checkpoint=True)
    pd.testing.assert_frame_equal(compute_metrics(tmp_path / "map"), before, check_exact=True)


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_the_validation_split_is_that_of_the_uninterrupted_run(mode, train, tmp_path):
    def validated(folder):
        trainer = make_trainer(
            folder,
            train,
            trainer_class=Trainer,
            num_train_epochs=3,
            save_strategy="epoch",
            eval_strategy="epoch",
            eval_dataset=features_of(generate(5, seed=1)),
        )
        track(trainer, folder / "map", mode=mode, splits=("train", "validation"))
        return trainer

    validated(tmp_path / "whole").train()
    broken = validated(tmp_path / "broken")
    broken.add_callback(StopAfter(int(2.5 * steps_per_epoch(train))))
    with pytest.raises(StoppedError):
        broken.train()
    validated(tmp_path / "broken").train(resume_from_checkpoint=True)
    for split in (".", "validation"):
        resumed, whole = (tmp_path / name / "map" / split for name in ("broken", "whole"))
        assert LogReader(resumed).epochs == [1, 2, 3]
        pd.testing.assert_frame_equal(compute_metrics(resumed), compute_metrics(whole), check_exact=True)


def test_what_a_killed_process_left_undone_is_done(train, tmp_path):
    tracked(tmp_path, train, save_strategy="epoch").train()
    export = tmp_path / "map" / "training_dynamics_epoch_2.json"
    written = export.read_bytes()
    export.unlink()
    left = [
        tmp_path / "map" / ".manifest.json.1.tmp",
        tmp_path / "map" / "dynamics" / "epoch=0002" / ".part.1.tmp",
    ]
    for path in left:
        path.write_bytes(b"half")
    tracked(tmp_path, train, save_strategy="epoch").train(resume_from_checkpoint=True)
    assert export.read_bytes() == written
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("same_trainer", [True, False])
def test_a_second_run_into_the_directory_is_refused(train, tmp_path, same_trainer):
    trainer = tracked(tmp_path, train)
    trainer.train()
    before = compute_metrics(tmp_path / "map")
    with pytest.raises(OutputExistsError) as caught:
        (trainer if same_trainer else tracked(tmp_path, train)).train()
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' already holds a recorded run, and nothing recorded is overwritten: give another "
        "directory (--cartography_output_dir), go on with that run (--resume_from_checkpoint), or delete the directory."
    )
    pd.testing.assert_frame_equal(compute_metrics(tmp_path / "map"), before, check_exact=True)


def interrupted(folder, train):
    trainer = tracked(folder, train, save_strategy="epoch")
    trainer.add_callback(StopAfter(steps_per_epoch(train) + 1))
    with pytest.raises(StoppedError):
        trainer.train()


def test_resuming_on_other_examples_is_refused(train, tmp_path):
    interrupted(tmp_path, train)
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, features_of(generate(12))).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded on other examples (13 there, 12 now): resume with the same "
        "--dataset, --train_ids and --max_train_samples, or record into a new directory."
    )


def test_resuming_with_other_windows_is_refused(train, tmp_path):
    interrupted(tmp_path, train)
    other = features_of(generate(13), max_length=26)
    assert len(other) != len(train)
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, other).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded on the same examples cut into other windows ({len(train)} there, "
        f"{len(other)} now): resume with the same --max_length and --doc_stride, or record into a new directory."
    )


def test_resuming_in_another_mode_is_refused(train, tmp_path):
    interrupted(tmp_path, train)
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, train, "epoch_end").train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded with mode 'in_training'; resume it with that mode, "
        "since modes are never mixed in one map."
    )


def test_resuming_a_run_that_was_not_recorded_is_refused(train, tmp_path):
    make_trainer(tmp_path, train, num_train_epochs=1, save_strategy="epoch").train()
    with pytest.raises(
        InputError, match=r"^Cannot go on recording: '.*/map' holds no log of the run that is resumed\."
    ):
        tracked(tmp_path, train).train(resume_from_checkpoint=True)


def test_a_refused_resume_leaves_the_log_as_it_was(train, tmp_path):
    interrupted(tmp_path, train)
    before = (tmp_path / "map" / "manifest.json").read_bytes()
    with pytest.raises(InputError):
        tracked(tmp_path, features_of(generate(12))).train(resume_from_checkpoint=True)
    assert (tmp_path / "map" / "manifest.json").read_bytes() == before


def interrupted_in_mid_epoch(folder, train):
    """At step 2 of 3, batches of 8."""
    settings = {"save_strategy": "steps", "save_steps": 1, "per_device_train_batch_size": 8}
    trainer = tracked(folder, train, **settings)
    trainer.add_callback(StopAfter(2))
    with pytest.raises(StoppedError):
        trainer.train()


@pytest.fixture
def takes_batch_size(keeps_batch_size):
    if keeps_batch_size:
        pytest.skip("this Trainer goes on with the checkpoint's batch size")


@pytest.mark.usefixtures("takes_batch_size")
def test_another_number_of_steps_an_epoch_is_refused(train, tmp_path):
    interrupted_in_mid_epoch(tmp_path, train)
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, train, per_device_train_batch_size=12).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded with 3 optimizer steps an epoch, and this run makes 2, so that Trainer "
        "would resume in another epoch: keep processes × batch size × gradient accumulation as they were, or record "
        "into a new directory."
    )


@pytest.mark.usefixtures("takes_batch_size")
def test_other_batches_in_mid_epoch_are_refused_though_their_number_is_the_same(train, tmp_path):
    interrupted_in_mid_epoch(tmp_path, train)
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, train, per_device_train_batch_size=10).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded with 8 rows in an optimizer step, and this run takes 10, so that the "
        "epoch that is resumed would leave out rows or repeat them: keep processes × batch size × gradient "
        "accumulation as they were, or record into a new directory."
    )


def test_another_batch_size_that_trainer_does_not_take_changes_nothing(
    train, tmp_path, keeps_batch_size, caplog
):
    if not keeps_batch_size:
        pytest.skip("this Trainer takes another batch size than the checkpoint's")
    interrupted_in_mid_epoch(tmp_path / "broken", train)
    tracked(tmp_path / "broken", train, per_device_train_batch_size=10).train(resume_from_checkpoint=True)
    tracked(tmp_path / "whole", train, per_device_train_batch_size=8).train()
    assert not [message for message in caplog.messages if "will differ" in message]
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )
