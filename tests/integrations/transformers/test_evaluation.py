"""Evaluations during training: the validation split as dynamics of its own, and nothing else recorded."""

import numpy as np
import pytest
from transformers import Trainer, TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import COLUMNS, as_dataset, generate, make_trainer
from questions import assert_same_training, features_of, trained
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer
from witness import Witness, assert_same_rows, expected, recorded

pytestmark = pytest.mark.usefixtures("no_map")

TRAIN = generate(13)
VALIDATION = generate(7, seed=1, ids=[f"v{number}" for number in range(7)])
OTHER = generate(5, seed=2, ids=[f"o{number}" for number in range(5)])


class Between(TrainerCallback):
    """A user's own predictions and evaluations in the middle of training."""

    trainer = None

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step in (2, 6):
            self.trainer.predict(as_dataset(OTHER))
            self.trainer.evaluate(as_dataset(OTHER), metric_key_prefix="other")


def run(folder, tracked=None, between=False, **settings):
    settings = {"eval_strategy": "epoch", "eval_dataset": as_dataset(VALIDATION), **settings}
    trainer = make_trainer(folder, as_dataset(TRAIN), **settings)
    witness = Witness(trainer)
    if between:
        callback = Between()
        callback.trainer = trainer
        trainer.add_callback(callback)
    if tracked is not None:
        track(trainer, folder / "map", **tracked)
    result = trained(trainer)
    scores = [
        {name: value for name, value in entry.items() if name.endswith("_loss")}
        for entry in trainer.state.log_history
    ]
    return result, scores, witness, trainer


def seen(witness, examples):
    """(pass, id) -> signals, of evaluations that come once an epoch."""
    return expected(witness, examples, training=False)


BOTH = ("train", "validation")


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
@pytest.mark.parametrize("splits", [("train",), BOTH], ids=str)
def test_evaluations_and_predictions_in_between(splits, mode, tmp_path):
    plain, scores, untracked, _ = run(tmp_path, between=True)
    tracked, same_scores, witness, _ = run(tmp_path, {"splits": splits, "mode": mode}, between=True)
    assert_same_training(plain, tracked)
    assert scores == same_scores
    assert witness.trained == untracked.trained
    assert all(set(call.given) <= {*COLUMNS, "num_items_in_batch"} for call in witness.calls)
    wanted = expected(witness, TRAIN, training=mode == "in_training")
    assert_same_rows(recorded(tmp_path / "map"), wanted)
    assert (tmp_path / "map" / "validation").exists() == (len(splits) == 2)
    if len(splits) == 2:
        assert_same_rows(recorded(tmp_path / "map" / "validation"), seen(witness, VALIDATION))
        assert LogReader(tmp_path / "map" / "validation").manifest.mode == "evaluation"


SETTINGS = {
    "all columns kept": {"remove_unused_columns": False},
    "label smoothing": {"label_smoothing_factor": 0.1},
    "bf16": {"bf16": True},
    "grouped by length": {"train_sampling_strategy": "group_by_length"},
    "two workers": {"dataloader_num_workers": 2},
    "workers that stay": {"dataloader_num_workers": 2, "dataloader_persistent_workers": True},
    "small batches": {"per_device_eval_batch_size": 2},
    "losses only": {"prediction_loss_only": True},
    "a list": {"eval_dataset": VALIDATION},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name, tmp_path):
    plain, scores, _, _ = run(tmp_path, **SETTINGS[name])
    tracked, same_scores, witness, _ = run(tmp_path, {"splits": BOTH}, **SETTINGS[name])
    assert_same_training(plain, tracked)
    assert scores == same_scores
    assert_same_rows(recorded(tmp_path / "map"), expected(witness, TRAIN))
    assert_same_rows(recorded(tmp_path / "map" / "validation"), seen(witness, VALIDATION))


def test_several_evaluation_datasets(tmp_path):
    several = {"near": as_dataset(VALIDATION), "far": as_dataset(OTHER)}
    plain, scores, _, _ = run(tmp_path, eval_dataset=several)
    tracked, same_scores, witness, trainer = run(tmp_path, {"splits": BOTH}, eval_dataset=several)
    assert_same_training(plain, tracked)
    assert scores == same_scores
    for name, examples in (("near", VALIDATION), ("far", OTHER)):
        assert_same_rows(recorded(tmp_path / "map" / "validation" / name), seen(witness, examples))
    assert trainer.eval_dataset == several


@pytest.mark.parametrize("name", ["../near", "a/b", "", ".."])
def test_a_name_that_is_no_folder(name, tmp_path):
    with pytest.raises(InputError) as caught:
        run(tmp_path, {"splits": BOTH}, eval_dataset={name: as_dataset(VALIDATION)})
    assert str(caught.value) == (
        f"The evaluation dataset {name!r} is recorded in a folder of its name: give it a name without slashes."
    )


def test_the_map_of_the_validation_split(tmp_path):
    _, _, witness, _ = run(tmp_path, {"splits": BOTH}, num_train_epochs=4)
    df = compute_metrics(tmp_path / "map" / "validation")
    rows = seen(witness, VALIDATION)
    for example in df.index:
        gold = np.exp([rows[epoch, example][0] for epoch in range(1, 5)])
        assert df.loc[example, "confidence"] == pytest.approx(gold.mean(), abs=1e-5)
        assert df.loc[example, "variability"] == pytest.approx(gold.std(), abs=1e-5)
        correct = [rows[epoch, example][4] for epoch in range(1, 5)]
        assert df.loc[example, "correctness"] == np.mean(correct)
    assert df["epochs_seen"].tolist() == [4] * 7


def test_every_evaluation_is_a_pass(tmp_path):
    settings = {"eval_strategy": "steps", "eval_steps": 3, "eval_on_start": True}
    _, scores, _, _ = run(tmp_path, {"splits": BOTH}, **settings)
    # Before the first step, after 3 and 6, and, where this Trainer makes one more by itself, at the end.
    evaluations = sum("eval_loss" in score for score in scores)
    assert evaluations in (3, 4)
    log = LogReader(tmp_path / "map" / "validation")
    assert log.epochs == list(range(1, evaluations + 1))
    assert [epoch.complete for epoch in log.manifest.epochs] == [True] * evaluations
    assert LogReader(tmp_path / "map").epochs == [1, 2]


@pytest.mark.parametrize("workers", [{}, SETTINGS["workers that stay"]], ids=["plain", "workers that stay"])
def test_what_comes_before_and_after_training_is_not_recorded(workers, tmp_path):
    settings = {"eval_strategy": "epoch", "eval_dataset": as_dataset(VALIDATION), **workers}
    runs = []
    for tracked in (False, True):
        trainer = make_trainer(tmp_path, as_dataset(TRAIN), **settings)
        witness = Witness(trainer)
        if tracked:
            track(trainer, tmp_path / "map", splits=BOTH)
        trainer.evaluate()
        trainer.predict(as_dataset(OTHER))
        assert not (tmp_path / "map" / "validation").exists()
        runs.append(trained(trainer))
    assert_same_training(*runs)
    rows = {key: row for key, row in seen(witness, VALIDATION).items() if key[0]}
    before = recorded(tmp_path / "map" / "validation")
    assert_same_rows(before, rows)
    trainer.evaluate()
    trainer.predict(as_dataset(OTHER))
    assert recorded(tmp_path / "map" / "validation") == before
    assert LogReader(tmp_path / "map" / "validation").epochs == [1, 2]
    assert all(set(call.given) <= {*COLUMNS, "num_items_in_batch"} for call in witness.calls)


def test_a_loader_that_was_made_before(tmp_path):
    settings = {
        "eval_strategy": "epoch",
        "eval_dataset": as_dataset(VALIDATION),
        **SETTINGS["workers that stay"],
    }
    trainer = make_trainer(tmp_path, as_dataset(TRAIN), **settings)
    trainer.evaluate()
    with pytest.raises(InputError) as caught:
        track(trainer, tmp_path / "map", splits=BOTH)
    assert str(caught.value) == (
        "This trainer has evaluated already, with workers that stay, whose loader tells no examples apart: call track "
        "before the first evaluation."
    )
    track(trainer, tmp_path / "map")  # training's loader is another


def test_a_batch_size_that_is_found_after_an_evaluation(tmp_path):
    runs = []
    for tracked in (False, True):
        settings = {"eval_strategy": "epoch", "eval_dataset": as_dataset(VALIDATION)}
        trainer = make_trainer(tmp_path, as_dataset(TRAIN), auto_find_batch_size=True, **settings)
        passes = []

        def full(module, args, kwargs, passes=passes):
            passes.append(module.training)
            if module.training and len(kwargs["input_ids"]) > 3 and sum(passes) > 5:  # in the second epoch
                raise RuntimeError("CUDA out of memory.")

        trainer.model.register_forward_pre_hook(full, with_kwargs=True)
        witness = Witness(trainer)
        if tracked:
            track(trainer, tmp_path / "map", splits=BOTH)
        runs.append(trained(trainer))
    assert_same_training(*runs)
    for root, examples, training in (("", TRAIN, True), ("validation", VALIDATION, False)):
        wanted = expected(witness, examples, training=training)
        wanted = {(epoch - 2, example): row for (epoch, example), row in wanted.items() if epoch > 2}
        assert_same_rows(recorded(tmp_path / "map" / root), wanted)
        assert len(LogReader(tmp_path / "map" / root).manifest.attempts) == 2


def test_questions(tmp_path):
    train = features_of(generate_questions(9))
    evaluated = features_of(generate_questions(7, seed=1, ids=[f"v{number}" for number in range(7)]))
    runs = []
    for tracked in (False, True):
        trainer = make_qa_trainer(
            tmp_path, train, trainer_class=Trainer, eval_dataset=evaluated, eval_strategy="epoch"
        )
        if tracked:
            track(trainer, tmp_path / "map", splits=BOTH)
        runs.append(trained(trainer))
    assert_same_training(*runs)
    df = compute_metrics(tmp_path / "map" / "validation")
    assert df.index.tolist() == [f"v{number}" for number in range(7)]
    assert df["epochs_seen"].tolist() == [2] * 7
    assert df["confidence"].between(0, 1).all()


@pytest.mark.parametrize("settings", [{"eval_dataset": None, "eval_strategy": "no"}, {"eval_strategy": "no"}])
def test_nothing_to_evaluate(settings, tmp_path):
    with pytest.raises(InputError) as caught:
        run(tmp_path, {"splits": BOTH}, **settings)
    assert str(caught.value) == (
        "The validation split is recorded when it is evaluated during training: give the trainer an eval_dataset and "
        "an eval_strategy (run.py: --do_eval --eval_strategy epoch)."
    )


def test_a_validation_split_without_ids(tmp_path):
    with pytest.raises(
        MissingColumnError, match=r"^example_id not found in inputs: the evaluation dataset has"
    ):
        run(tmp_path, {"splits": BOTH}, eval_dataset=as_dataset(VALIDATION).remove_columns("id"))


@pytest.mark.parametrize("splits", [("validation",), ("train", "test"), ()])
def test_splits_that_are_none(splits, tmp_path):
    with pytest.raises(InputError) as caught:
        run(tmp_path, {"splits": splits})
    assert str(caught.value) == (
        "splits must be train or validation, but is 'test'."
        if "test" in splits
        else "splits must hold 'train'; 'validation' may come with it."
    )
