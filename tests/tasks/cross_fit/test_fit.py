"""Cross-fitting by a maker of trainers: what is learnt, what is recorded, and what a broken-off one goes on from."""

import errno
import fcntl
import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import TrainerCallback

import labels
import questions
from dataset_cartography.datamap import compute_metrics
from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.log import LogPaths, LogReader, read_probabilities
from dataset_cartography.tasks.cross_fit import CrossFit

NAMES = labels.NAMES


def planned(root, examples, task="classification", **more):
    given = {"folds": 3, "seed": 0, "label_names": NAMES} | more
    return CrossFit(root, labels.as_dataset(examples), task, **given)


class Made:
    """Makes trainers, and notes what each was trained on."""

    def __init__(self, make=labels.make_trainer, stop_in=None, **arguments):
        self.make, self.stop_in, self.arguments = make, stop_in, arguments
        self.trained_on, self.starts = [], []

    def __call__(self, features, folder):
        self.trained_on.append(
            list(features.with_format(None)["id" if "id" in features.column_names else "example_id"])
        )
        trainer = self.make(folder, features, **self.arguments)
        self.starts.append({name: value.clone() for name, value in trainer.model.state_dict().items()})
        if len(self.trained_on) == self.stop_in:
            trainer.add_callback(Stop())
        return trainer


class Stop(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 3:
            raise RuntimeError("stopped")


@pytest.mark.parametrize("task", ["classification", "nli", "multiple-choice"])
def test_every_example_is_answered_in_every_epoch_by_a_model_that_did_not_learn_it(tmp_path, task):
    choices = task == "multiple-choice"
    examples = labels.generate_choices(20) if choices else labels.generate(20)
    made = Made(choices=choices)
    root = planned(tmp_path / "run", examples, task, label_names=None if choices else NAMES).run(made)
    assert root == tmp_path / "run" / "out_of_fold"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["out_of_fold"]
    log = LogReader(root)
    assert log.ids.tolist() == [example["id"] for example in examples]
    assert (log.manifest.mode, log.manifest.task, log.epochs) == ("out_of_fold", task, [1, 2])
    for epoch in log.epochs:
        rows = log.read(epoch, ["gold_logprob", "prediction", "correct"])
        assert rows.columns["example"].tolist() == list(range(20))
        assert (rows.presentations == 1).all()
    # A model learnt all but its fold, and the folds are the examples.
    held = [sorted({example["id"] for example in examples} - set(learnt)) for learnt in made.trained_on]
    assert sorted(itertools.chain(*held)) == sorted(log.ids)
    assert [len(learnt) for learnt in made.trained_on] in ([13, 13, 14], [13, 14, 13], [14, 13, 13])
    for start in made.starts[1:]:
        assert all(torch.equal(value, made.starts[0][name]) for name, value in start.items())
    # The probabilities are those of the last epoch that was recorded.
    found = read_probabilities(tmp_path / "run")
    assert found.ids.tolist() == log.ids.tolist()
    assert found.labels == (("0", "1", "2") if choices else NAMES)
    assert found.given.tolist() == [example["labels"] for example in examples]
    assert found.matrix.dtype == np.float32
    np.testing.assert_allclose(found.matrix.sum(axis=1), 1, rtol=1e-6)
    assert found.matrix.argmax(axis=1).tolist() == rows.columns["prediction"].tolist()
    gold = found.matrix[np.arange(20), found.given]
    np.testing.assert_allclose(np.exp(rows.columns["gold_logprob"]), gold, rtol=1e-5)


def test_a_fold_is_what_the_same_trainer_says_of_it_by_hand(tmp_path):
    examples = labels.generate(12)
    made = Made()
    planned(tmp_path / "run", examples).run(made)
    learnt = set(made.trained_on[0])
    trainer = labels.make_trainer(
        tmp_path, labels.as_dataset([example for example in examples if example["id"] in learnt])
    )
    trainer.train()
    held = [row for row, example in enumerate(examples) if example["id"] not in learnt]
    logits = trainer.predict(labels.as_dataset([examples[row] for row in held])).predictions
    expected = torch.from_numpy(logits).softmax(-1).numpy()
    np.testing.assert_allclose(read_probabilities(tmp_path / "run").matrix[held], expected, rtol=1e-4)


def test_questions_keep_all_their_windows_together(tmp_path):
    features = questions.features_of(questions.generate(10))
    made = Made(questions.make_trainer)
    plan = CrossFit(tmp_path / "run", features, "qa", 2, 0)
    root = plan.run(made)
    log = LogReader(root)
    assert log.ids.tolist() == list(dict.fromkeys(features["example_id"]))
    windows = pd.Series(features["example_id"]).value_counts()
    assert log.facts("windows").tolist() == [windows[name] for name in log.ids]
    rows = log.read(2, ["window", "gold_logprob"])
    assert len(rows.columns["example"]) == len(features)
    assert set(made.trained_on[0]) | set(made.trained_on[1]) == set(log.ids)
    assert not set(made.trained_on[0]) & set(made.trained_on[1])
    assert plan.fewest_rows() == min(map(len, made.trained_on))
    assert compute_metrics(root)["confidence"].notna().all()
    assert not LogPaths(root).probabilities.exists()


def test_integer_ids_stay_integers(tmp_path):
    examples = labels.generate(9, ids=range(9))
    root = planned(tmp_path, examples).run(Made())
    assert compute_metrics(root).index.tolist() == list(range(9))
    assert read_probabilities(root).ids.tolist() == list(range(9))


def test_what_was_broken_off_goes_on_with_the_next_fold_and_comes_to_the_same(tmp_path):
    examples = labels.generate(20)
    whole = Made()
    planned(tmp_path / "whole", examples).run(whole)
    plan, made = planned(tmp_path / "run", examples), Made(stop_in=2)
    with pytest.raises(RuntimeError, match="stopped"):
        plan.run(made)
    work = tmp_path / "run" / "out_of_fold.unfinished"
    assert sorted(path.name for path in work.iterdir()) == ["fold-1", "plan.json"]
    (work / "unfinished-left" / "log").mkdir(parents=True)  # as a killed process leaves it
    again = Made()
    plan.run(again)
    assert made.trained_on[:1] + again.trained_on == whole.trained_on
    assert_same(tmp_path / "run", tmp_path / "whole")
    none = Made()
    assert plan.run(none) == tmp_path / "run" / "out_of_fold"
    assert none.trained_on == []


def assert_same(one, other):
    first, second = (
        load_dynamics(LogReader(root / "out_of_fold"), predictions=True) for root in (one, other)
    )
    for name, values in first.signals.items():
        np.testing.assert_array_equal(values, second.signals[name])
    np.testing.assert_array_equal(*(read_probabilities(root).matrix for root in (one, other)))
    assert {path.name for path in one.rglob("*")} == {path.name for path in other.rglob("*")}


@pytest.mark.parametrize("done", [True, False])
def test_another_plan_is_refused(tmp_path, done):
    examples = labels.generate(12)
    plan = planned(tmp_path, examples, settings={"learning_rate": 1e-3})
    if done:
        plan.run(Made())
    else:
        with pytest.raises(RuntimeError, match="stopped"):
            plan.run(Made(stop_in=1))
    what = "out_of_fold" if done else "out_of_fold.unfinished"
    relabelled = [{**examples[0], "labels": (examples[0]["labels"] + 1) % 3}, *examples[1:]]
    for other, differs in (
        (
            planned(tmp_path, examples, folds=4, settings={"learning_rate": 1e-3}),
            "number of folds was 3 and is now 4",
        ),
        (
            planned(tmp_path, examples, settings={"learning_rate": 2e-3}),
            "learning_rate was 0.001 and is now 0.002",
        ),
        (
            planned(tmp_path, relabelled, seed=1, settings={"learning_rate": 1e-3}),
            "seed was 0 and is now 1; other labels or answers",
        ),
        (
            planned(tmp_path, examples[::-1], settings={"learning_rate": 1e-3}),
            "other examples; other labels or answers",
        ),
    ):
        with pytest.raises(InputError) as error:
            other.run(Made())
        assert str(error.value) == (
            f"'{tmp_path / what}' was cross-fitted otherwise ({differs}): give the same as then, record into a new "
            "directory, or delete it."
        )
    plan.check()


def test_two_processes_are_not_at_it_at_once(tmp_path, monkeypatch):
    def taken(*_):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(fcntl, "lockf", taken)
    with pytest.raises(OutputExistsError) as error:
        planned(tmp_path, labels.generate(12)).run(Made())
    assert str(error.value).startswith(
        f"Another process is recording into '{tmp_path / 'out_of_fold.unfinished'}' at this moment"
    )


def test_the_plan_is_told_in_the_manifest(tmp_path):
    plan = planned(
        tmp_path, labels.generate(9), settings={"model": "tiny"}, provenance={"labels": list(NAMES)}
    )
    manifest = json.loads((plan.run(Made()) / "manifest.json").read_text())
    said = manifest["provenance"].pop("cross_fit")
    assert {name: said[name] for name in ("number of folds", "seed", "task", "model")} == {
        "number of folds": 3,
        "seed": 0,
        "task": "classification",
        "model": "tiny",
    }
    assert manifest["provenance"] == {"labels": list(NAMES)}
    assert "targets" not in manifest["options"]


def test_an_epoch_that_not_all_folds_came_to_is_incomplete(tmp_path):
    # Folds of 5, 5 and 4 examples: with batches of 3 an epoch is 3, 3 and 4 steps, and 4 steps are 2, 2 and 1 epochs.
    made = Made(max_steps=4, per_device_train_batch_size=3)
    root = planned(tmp_path, labels.generate(14)).run(made)
    log = LogReader(root)
    assert [(epoch.complete, epoch.note) for epoch in log.manifest.epochs] == [
        (True, ""),
        (False, "1 of 3 folds ended before it"),
    ]
    assert [len(log.read(epoch, []).columns["example"]) for epoch in log.epochs] == [14, 10]
    assert not np.isnan(read_probabilities(root).matrix).any()


@pytest.mark.slow
def test_a_batch_that_is_too_large_begins_the_fold_anew(tmp_path):
    class Large(labels.Trainer):
        def training_step(self, model, inputs, *args):
            if self._train_batch_size > 4 and self.state.global_step == 1:
                raise RuntimeError("CUDA out of memory.")
            return super().training_step(model, inputs, *args)

    made = Made(trainer_class=Large, auto_find_batch_size=True, per_device_train_batch_size=8)
    root = planned(tmp_path, labels.generate(20)).run(made)
    log = LogReader(root)
    assert log.epochs == [1, 2]
    assert len(log.read(2, ["prediction"]).columns["example"]) == 20
