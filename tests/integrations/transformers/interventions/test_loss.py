"""The loss that is trained on is the documented one, row by row, whatever the batches are."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import Dataset
from transformers import Trainer

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.interventions import smooth_labels, weigh_loss
from labels import as_dataset, content, generate, generate_choices, make_trainer
from questions import features_of
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer
from steps import PLAIN, Steps, assert_documented, drawn, one_label, one_span

pytestmark = pytest.mark.usefixtures("no_map")

COUNT = 13
SETTINGS = {
    "plain": {},
    "accumulated": {"gradient_accumulation_steps": 3},
    "accumulated, the last batch of one": {
        "gradient_accumulation_steps": 2,
        "per_device_train_batch_size": 3,
    },
    "dropped": {"dataloader_drop_last": True},
    "workers": {"dataloader_num_workers": 2},
    "all columns kept": {"remove_unused_columns": False},
    "evaluated in between": {"eval_strategy": "steps", "eval_steps": 2},
    "tokens not averaged": {"average_tokens_across_devices": False},
}


def values(examples, *, seed, low, high, column="id"):
    return drawn([example[column] for example in examples], seed=seed, low=low, high=high)


def by_content(examples):
    return {content(example): example for example in examples}


def ones(weights):
    return pd.Series(1.0, index=weights.index)


def zeros(weights):
    return pd.Series(0.0, index=weights.index)


def losses_of(trainer):
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def train(trainer, head="classifier"):
    steps = Steps(trainer, head)
    trainer.train()
    return [steps.steps], losses_of(trainer)


@pytest.fixture
def examples():
    return generate(COUNT)


@pytest.fixture
def known(examples):
    return by_content(examples)


@pytest.fixture
def weights(examples):
    return values(examples, seed=1, low=0.2, high=1.8)


@pytest.fixture
def smoothing(examples):
    return values(examples, seed=2, low=0.0, high=0.3)


@pytest.mark.parametrize("name", SETTINGS)
def test_weights_and_smoothing_of_labels(name, tmp_path, examples, known, weights, smoothing):
    settings = PLAIN | SETTINGS[name]
    extra = {"eval_dataset": as_dataset(examples[:5])} if "eval_steps" in settings else {}
    trainer = make_trainer(tmp_path, as_dataset(examples), **settings, **extra)
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    recorded, losses = train(trainer)
    assert_documented(recorded, losses, known, one_label, weights, smoothing)


@pytest.mark.parametrize("which", ["weights", "smoothing"])
def test_each_alone(which, tmp_path, examples, known, weights, smoothing):
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN, gradient_accumulation_steps=2)
    if which == "weights":
        weigh_loss(trainer, weights.to_dict())
        smoothing = zeros(weights)
    else:
        smooth_labels(trainer, smoothing)
        weights = ones(weights)
    assert_documented(*train(trainer), known, one_label, weights, smoothing)


@pytest.mark.parametrize("accumulated", [1, 3])
def test_choices(accumulated, tmp_path, weights):
    examples = generate_choices(7)
    known = by_content(examples)
    weights, smoothing = (values(examples, seed=seed, low=0, high=0.9) for seed in (1, 2))
    trainer = make_trainer(
        tmp_path,
        as_dataset(examples),
        choices=True,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=accumulated,
        **PLAIN,
    )
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    assert_documented(*train(trainer), known, one_label, weights, smoothing)


@pytest.mark.parametrize("accumulated", [1, 3])
def test_answers(accumulated, tmp_path):
    features = features_of(generate_questions(7))
    known = by_content(features)
    weights = values(features, seed=1, low=0.2, high=1.8, column="example_id")
    smoothing = values(features, seed=2, low=0, high=0.3, column="example_id")
    assert len(known) > len(weights), "an example of several windows"
    trainer = make_qa_trainer(tmp_path, features, gradient_accumulation_steps=accumulated, **PLAIN)
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    assert_documented(*train(trainer, "qa_outputs"), known, one_span, weights, smoothing)


def mean_loss(outputs, labels, num_items_in_batch=None):
    return torch.nn.functional.cross_entropy(outputs.logits, labels)


def summed_loss(outputs, labels, num_items_in_batch=None):
    return torch.nn.functional.cross_entropy(outputs.logits, labels, reduction="sum") / num_items_in_batch


@pytest.mark.parametrize("own", [None, mean_loss])
def test_rows_without_a_label_do_not_count(own, tmp_path, examples, known, weights):
    for example in examples[::3]:
        example["labels"] = -100
    settings = PLAIN | {"gradient_accumulation_steps": 2, "compute_loss_func": own}
    trainer = make_trainer(tmp_path, as_dataset(examples), **settings)
    weigh_loss(trainer, weights)
    assert_documented(*train(trainer), known, one_label, weights, zeros(weights))


def test_half_precision(tmp_path, examples, known, weights, smoothing):
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN, bf16=True)
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    assert_documented(*train(trainer), known, one_label, weights, smoothing, near=1e-2)


def test_what_trainer_smooths_itself(tmp_path, examples, known, weights):
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN, label_smoothing_factor=0.2)
    weigh_loss(trainer, weights)
    assert_documented(*train(trainer), known, one_label, weights, ones(weights) * 0.2)


@pytest.mark.parametrize("own", [mean_loss, summed_loss])
@pytest.mark.parametrize("accumulated", [1, 3])
def test_a_loss_function_of_ones_own(own, accumulated, tmp_path, examples, known, weights):
    settings = PLAIN | {"gradient_accumulation_steps": accumulated}
    trainer = make_trainer(tmp_path, as_dataset(examples), compute_loss_func=own, **settings)
    weigh_loss(trainer, weights)
    assert_documented(*train(trainer), known, one_label, weights, zeros(weights))


class Logging(Trainer):
    """A trainer whose own loss is the usual one."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        loss = torch.nn.functional.cross_entropy(outputs.logits, labels)
        return (loss, outputs) if return_outputs else loss


def test_a_trainer_of_ones_own(tmp_path, examples, known, weights, smoothing):
    settings = PLAIN | {"gradient_accumulation_steps": 3}
    trainer = make_trainer(tmp_path, as_dataset(examples), trainer_class=Logging, **settings)
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    assert_documented(*train(trainer), known, one_label, weights, smoothing)


class Items(Dataset):
    """No `datasets.Dataset`."""

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, row):
        return dict(self.examples[row])


def test_a_dataset_of_another_kind(tmp_path, examples, known, weights):
    trainer = make_trainer(tmp_path, Items(examples), **PLAIN)
    weigh_loss(trainer, weights)
    assert_documented(*train(trainer), known, one_label, weights, zeros(weights))


def test_integer_ids_and_examples_without_a_weight(tmp_path, weights, caplog):
    examples = generate(COUNT, ids=range(100, 100 + COUNT))
    known = by_content(examples)
    weights.index = range(100, 100 + COUNT)
    given = weights.drop([103, 107])
    given[101] = np.nan
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN)
    weigh_loss(trainer, given)
    assert caplog.messages == ["3 of the 13 training examples have no weight, and count 1."]
    weights[[101, 103, 107]] = 1
    assert_documented(*train(trainer), known, one_label, weights, zeros(weights))


def maps_of(tmp_path, examples, weights, smoothing, order):
    """The map of a run that is weighed and smoothed, and its steps."""
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN, gradient_accumulation_steps=2)
    if order == "tracked first":
        tracker = track(trainer, tmp_path / order)
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    if order == "tracked last":
        tracker = track(trainer, tmp_path / order)
    recorded, losses = train(trainer)
    return compute_metrics(tracker.root), recorded, losses


def test_with_track_the_map_is_of_the_models_own_answers(tmp_path, examples, known, weights, smoothing):
    first, *trained = maps_of(tmp_path, examples, weights, smoothing, "tracked first")
    last, *trained_too = maps_of(tmp_path, examples, weights, smoothing, "tracked last")
    for recorded, losses in (trained, trained_too):
        assert_documented(recorded, losses, known, one_label, weights, smoothing)
    pd.testing.assert_frame_equal(first, last)
    wanted = {example["id"]: [] for example in examples}
    for step in trained[0][0]:
        for batch in step.batches:
            for tokens, logits in zip(batch.contents, batch.answer, strict=True):
                gold = known[tokens]["labels"]
                wanted[known[tokens]["id"]].append(np.exp(logits[gold]) / np.exp(logits).sum())
    confidence = pd.Series({name: np.mean(each) for name, each in wanted.items()})
    np.testing.assert_allclose(first["confidence"], confidence[first.index], atol=1e-6)
    assert first["epochs_seen"].tolist() == [2] * COUNT


def test_with_clean_passes(tmp_path, examples, known, weights):
    trainer = make_trainer(tmp_path, as_dataset(examples), **PLAIN)
    weigh_loss(trainer, weights)
    tracker = track(trainer, tmp_path / "map", mode="epoch_end")
    trainer.train()
    assert compute_metrics(tracker.root)["epochs_seen"].tolist() == [2] * COUNT


def test_an_evaluation_is_not_weighed(tmp_path, examples, weights, smoothing):
    trainer = make_trainer(tmp_path, as_dataset(examples), eval_dataset=as_dataset(examples))
    plain = trainer.evaluate()["eval_loss"]
    weigh_loss(trainer, weights)
    smooth_labels(trainer, smoothing)
    assert trainer.evaluate()["eval_loss"] == plain


def test_weights_of_one_change_nothing_but_rounding(tmp_path, examples, weights):
    settings = {"per_device_train_batch_size": 13, "num_train_epochs": 3}
    plain = make_trainer(tmp_path, as_dataset(examples), **settings)
    plain.train()
    weighed = make_trainer(tmp_path, as_dataset(examples), **settings)
    weigh_loss(weighed, ones(weights))
    weighed.train()
    assert losses_of(weighed) == pytest.approx(losses_of(plain), abs=1e-6)
