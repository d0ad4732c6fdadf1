"""Regression: what is recorded is what the model said, in the data's own unit, and training is never changed."""

import datasets
import numpy as np
import pytest
import torch
from transformers import BertForSequenceClassification, Trainer

from dataset_cartography import compute_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.values import ValueSignals
from dataset_cartography.log import LogReader
from labels import COLUMNS, PaddingCollator, content, generate, listed, make_trainer
from questions import assert_same_training, trained
from tiny import tiny_classifier
from witness import Witness

pytestmark = pytest.mark.usefixtures("no_map")


def values(count=13, outputs=1):
    """Examples whose targets are sums of their tokens, or several of them."""
    made = []
    for example in generate(count):
        parts = [float(sum(example["input_ids"][part::outputs])) for part in range(outputs)]
        made.append({**example, "labels": parts[0] / 10 if outputs == 1 else parts})
    return made


class ValueCollator(PaddingCollator):
    """Targets are not padded."""

    def __call__(self, features):
        targets = torch.tensor([listed(feature["labels"]) for feature in features])
        return {**super().__call__(features), "labels": targets}


def regressor(outputs=1, **facts):
    config = tiny_classifier(50, ["value"] * outputs).config
    config.num_labels, config.problem_type = outputs, "regression"
    for name, value in facts.items():
        setattr(config, name, value)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return BertForSequenceClassification(config)


def run(folder, examples, mode=None, outputs=1, **facts):
    trainer = make_trainer(
        folder,
        datasets.Dataset.from_list(examples),
        model=regressor(outputs, **facts),
        data_collator=ValueCollator([name for name in COLUMNS if name != "labels"]),
    )
    witness = Witness(trainer)
    if mode is not None:
        track(trainer, folder / mode, mode=mode)
    return trained(trainer), witness


def recorded(root):
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, ["squared_error", "target", "prediction"]).columns
        for place, example in enumerate(log.ids[columns["example"]].tolist()):
            rows[epoch, example] = [
                columns[name][place] for name in ("squared_error", "target", "prediction")
            ]
    return rows


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_every_row_equals_an_independent_hook_and_a_twin_trains_the_same(mode, outputs, tmp_path):
    examples = values(outputs=outputs)
    plain, _ = run(tmp_path / "plain", examples, outputs=outputs)
    tracked, witness = run(tmp_path, examples, mode, outputs=outputs)
    assert_same_training(plain, tracked)
    by_content = {content(example): example for example in examples}
    found = recorded(tmp_path / mode)
    seen = witness.of(by_content, training=mode == "in_training")
    assert len(found) == len(seen) == 2 * len(examples)
    for (epoch, tokens), (logits,) in seen.items():
        example = by_content[tokens]
        target = np.array(example["labels"], float).reshape(-1)
        squared = float(((logits.numpy().astype(float) - target) ** 2).mean())
        row = found[epoch, example["id"]]
        assert row[0] == pytest.approx(squared, rel=1e-5)
        if outputs == 1:
            assert row[1:] == pytest.approx([target[0], float(logits)], abs=1e-5)
        else:
            assert np.isnan(row[1:]).all()


def test_the_manifest_tells_the_spread_of_the_targets(tmp_path):
    examples = values()
    run(tmp_path, examples, "in_training")
    spread = np.std([example["labels"] for example in examples])
    assert LogReader(tmp_path / "in_training").manifest.options["target_scale"] == pytest.approx(spread)
    df = compute_metrics(tmp_path / "in_training")
    assert df["prediction"].notna().all()


def test_a_model_of_standardised_targets_is_recorded_in_the_data_s_unit(tmp_path):
    examples = values()
    targets = np.array([example["labels"] for example in examples])
    mean, scale = float(targets.mean()), float(targets.std())
    scaled = [
        {**example, "labels": (target - mean) / scale}
        for example, target in zip(examples, targets.tolist(), strict=True)
    ]
    run(tmp_path, scaled, "in_training", target_mean=mean, target_scale=scale)
    log = LogReader(tmp_path / "in_training")
    assert log.manifest.options["target_scale"] == pytest.approx(scale)
    there = {name: row[1] for (_, name), row in recorded(tmp_path / "in_training").items()}
    assert there == pytest.approx({example["id"]: example["labels"] for example in examples}, rel=1e-5)


def test_other_targets_are_another_run(tmp_path):
    examples = values()
    settings = {"save_strategy": "epoch", "model": regressor(), "num_train_epochs": 1}
    trainer = make_trainer(tmp_path, datasets.Dataset.from_list(examples), **settings)
    track(trainer, tmp_path / "map")
    trainer.train()
    examples[0]["labels"] += 1
    settings |= {"model": regressor(), "num_train_epochs": 2}
    trainer = make_trainer(tmp_path, datasets.Dataset.from_list(examples), **settings)
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as error:
        trainer.train(resume_from_checkpoint=True)
    assert str(error.value) == (
        f"'{tmp_path / 'map'}' was recorded with other labels or answers than this run trains on: one map cannot hold "
        "both. Resume with the same data, or record into a new directory."
    )


def test_the_task_is_told_by_one_output(tmp_path):
    model = tiny_classifier(50, ["value"])
    assert model.config.problem_type is None
    trainer = make_trainer(tmp_path, datasets.Dataset.from_list(values()), model=model, trainer_class=Trainer)
    track(trainer, tmp_path / "map")
    trainer.train()
    assert LogReader(tmp_path / "map").manifest.task == "regression"


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (
            {"input_ids": torch.ones(2, 3)},
            {"logits": torch.ones(2, 1)},
            (
                "track records the task 'regression' from 'labels', but a batch has 'input_ids': keep that column, or "
                "give track the task that is trained."
            ),
        ),
        (
            {"labels": torch.ones(2)},
            {"logits": torch.ones(2, 3)},
            (
                "track records the task 'regression' from a number an example, or as many as there are outputs, and "
                "logits of the same shape; this batch has labels of shape (2,) (float32) and outputs 'logits' of shape "
                "(2, 3) (float32)."
            ),
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused(inputs, outputs, message):
    with pytest.raises(InputError) as error:
        ValueSignals()(inputs, outputs, {})
    assert str(error.value) == message


@pytest.mark.parametrize(
    "outputs",
    [
        torch.ones(3),
        torch.ones(3, 1),
        (torch.tensor(0.5), torch.ones(3, 1)),
        {"loss": 0.1, "logits": torch.ones(3)},
    ],
)
def test_outputs_of_any_shape_are_read(outputs):
    signals = ValueSignals()({"labels": torch.tensor([[1.0], [2.0], [3.0]])}, outputs, {})
    assert signals["squared_error"].tolist() == [0.0, 1.0, 4.0]
