"""What cannot be steered is refused in one sentence, at once or before the first step is over."""

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, SequentialSampler
from transformers import Trainer

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.interventions import (
    keep_examples,
    order_examples,
    smooth_labels,
    weigh_loss,
)
from dataset_cartography.log import Manifest
from labels import as_dataset, generate, make_trainer
from questions import features_of
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer

pytestmark = pytest.mark.usefixtures("no_map")

HALVES = pd.Series(0.5, index=[f"e{row}" for row in range(8)])
LATE = "so that single examples cannot be weighed or smoothed in it: give Trainer a compute_loss_func that is a mean"
LATE += " over rows."


@pytest.fixture
def make(tmp_path):
    def call(data=None, **settings):
        return make_trainer(tmp_path, as_dataset(generate(8)) if data is None else data, **settings)

    return call


def said(function, *args, **options):
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("function", [weigh_loss, smooth_labels, order_examples, keep_examples])
def test_a_stream_and_no_data(function, make):
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(generate(8))

    name = function.__name__
    assert said(function, make(Stream(), max_steps=2), HALVES) == (
        f"{name} needs a trainer with a train_dataset of rows; this one has a stream (Stream), whose examples come as "
        "they will."
    )
    assert said(function, make_nothing(make), HALVES) == (
        f"{name} needs a trainer with a train_dataset of rows; this one has none."
    )


def make_nothing(make):
    trainer = make()
    trainer.train_dataset = None
    return trainer


@pytest.mark.parametrize("function", [weigh_loss, smooth_labels, order_examples])
def test_values_that_are_none(function, make):
    what = {weigh_loss: "weight", smooth_labels: "label smoothing", order_examples: "difficulty"}[function]
    assert said(function, make(), HALVES.rename(lambda name: f"other-{name}")) == (
        f"None of the 8 ids of the training data, such as 'e0', is among those with a {what}, where the first is "
        "'other-e0'."
    )
    assert (
        said(function, make(), pd.concat([HALVES, HALVES[:1]]))
        == f"The {what}s have the id 'e0' more than once."
    )
    assert (
        said(function, make(), HALVES.replace(0.5, np.inf))
        == f"A {what} must be a finite number, but one is infinite."
    )


def test_numbers_out_of_range(make):
    assert said(weigh_loss, make(), -HALVES) == "Weights must be 0 or more, but one is -0.5."
    assert (
        said(smooth_labels, make(), HALVES * 2) == "Label smoothing must be from 0 to below 1, but one is 1."
    )
    assert (
        said(smooth_labels, make(), -HALVES) == "Label smoothing must be from 0 to below 1, but one is -0.5."
    )
    sentence = "The competence to start with must be above 0 and at most 1, but is 0."
    assert said(order_examples, make(), HALVES, "competence", start=0) == sentence
    sentence = "The share of the training in which competence grows must be from 0 to 1, but is 2."
    assert said(order_examples, make(), HALVES, "competence", growing=2) == sentence
    sentence = "There is no order 'random'; choose from easy_first, hard_first, competence."
    assert said(order_examples, make(), HALVES, "random") == sentence
    assert said(order_examples, make(), HALVES, seed=-1) == "The seed must be 0 or more, but is -1."


@pytest.mark.parametrize(
    ("function", "what"),
    [(weigh_loss, "loss weights"), (smooth_labels, "label smoothing"), (order_examples, "curriculum")],
)
def test_twice(function, what, make):
    trainer = make()
    function(trainer, HALVES)
    assert said(function, trainer, HALVES) == f"This trainer has {what} already: give them once."


class Focal(Trainer):
    """A loss that is no mean of the rows' cross-entropies."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        gold = outputs.logits.softmax(-1).gather(1, labels[:, None])
        loss = (-((1 - gold) ** 2) * gold.log()).mean()
        return (loss, outputs) if return_outputs else loss


@pytest.mark.parametrize("function", [weigh_loss, smooth_labels])
def test_a_loss_that_is_no_cross_entropy(function, make):
    trainer = make(trainer_class=Focal)
    function(trainer, HALVES)
    sentence = said(trainer.train)
    assert sentence.startswith("The loss of this trainer is not the mean of its rows' losses (it is 0.")
    assert sentence.endswith(LATE)


class Alone(Trainer):
    """Gives its loss alone, whatever it is asked for."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        return model(**inputs).loss


def test_a_loss_without_the_answer(make):
    trainer = make(trainer_class=Alone)
    weigh_loss(trainer, HALVES)
    assert said(trainer.train) == (
        "Single examples are weighed or smoothed by what the model answers, but Alone's compute_loss gives a loss "
        "alone: let it give (loss, outputs) where return_outputs=True asks for them."
    )


def test_a_loss_function_that_is_no_mean_over_rows(make):
    def spread(outputs, labels, num_items_in_batch=None):
        return outputs.logits.sum(-1).std(correction=0)

    trainer = make(compute_loss_func=spread)
    weigh_loss(trainer, HALVES)
    sentence = said(trainer.train)
    assert sentence.startswith(
        "The compute_loss_func of this trainer is not the mean of its rows' losses (it is "
    )
    assert sentence.endswith(LATE)
    assert said(smooth_labels, make(compute_loss_func=spread), HALVES) == (
        "smooth_labels cannot smooth the labels of a trainer's own compute_loss_func: leave that out, or smooth in it."
    )


def test_labels_of_another_kind(make):
    rows = [{**example, "labels": [0.0, 1.0, 0.0]} for example in generate(8)]
    trainer = make(as_dataset(rows))
    weigh_loss(trainer, HALVES)
    assert said(trainer.train) == (
        "A loss is weighed or smoothed by example for one whole-number label an example, or for an answer's start and "
        "end; this batch has labels of shape (4, 10)."
    )


class Sampled(Trainer):
    def _get_train_sampler(self, *args):
        return SequentialSampler(self.train_dataset)


class Loaded(Trainer):
    def get_train_dataloader(self):
        return DataLoader(self.train_dataset.to_list(), batch_size=4, collate_fn=self.data_collator)


def test_an_order_of_ones_own(make):
    assert said(order_examples, make(trainer_class=Sampled), HALVES) == (
        "order_examples would take the place of the sampler that Sampled makes in _get_train_sampler: leave one of the "
        "two out."
    )
    trainer = make(trainer_class=Loaded)
    order_examples(trainer, HALVES)
    assert said(trainer.train) == (
        "The trainer's loader does not ask _get_train_sampler for an order, so that its examples cannot be ordered: "
        "leave out its own get_train_dataloader, or order_examples."
    )


def test_a_loader_through_other_data(make):
    trainer = make(trainer_class=Loaded)
    weigh_loss(trainer, HALVES)
    assert said(trainer.train) == (
        "The examples of a batch are not known, and cannot be weighed or smoothed: the trainer's loader goes through "
        "another dataset than its train_dataset."
    )


@pytest.mark.parametrize("function", [weigh_loss, order_examples])
def test_other_data_afterwards(function, make):
    trainer = make()
    function(trainer, HALVES)
    trainer.train_dataset = as_dataset(generate(4))
    assert "This trainer was given another train_dataset after its " in said(trainer.train)


def test_a_resumed_run_must_be_trained_alike(make, tmp_path):
    def trainer(steer=None, **settings):
        made = make(save_strategy="epoch", lr_scheduler_type="constant", **settings)
        if steer is not None:
            weigh_loss(made, steer)
        track(made, tmp_path / "map")
        return made

    trainer(HALVES, num_train_epochs=1).train()
    digest = Manifest.read(tmp_path / "map").provenance["interventions"]["loss weights"]["digest"]
    for again, has in [(None, "no intervention"), (HALVES * 2, "loss weights (digest ")]:
        sentence = said(trainer(again).train, resume_from_checkpoint=True)
        assert sentence.startswith(
            f"'{tmp_path / 'map'}' was recorded in a training with loss weights (digest {digest}), and this run has "
            f"{has}"
        )
        assert sentence.endswith("resume with the same, or record into a new directory.")
    trainer(HALVES).train(resume_from_checkpoint=True)
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [2] * 8


def test_examples_are_kept(make, tmp_path):
    trainer = make(num_train_epochs=1)
    assert keep_examples(trainer, ["e5", "e1", "e6", "absent"]) == 3
    weigh_loss(trainer, HALVES)
    track(trainer, tmp_path / "map")
    trainer.train()
    assert compute_metrics(tmp_path / "map").index.tolist() == ["e1", "e5", "e6"]
    noted = Manifest.read(tmp_path / "map").provenance["interventions"]
    assert {name: noted["examples"][name] for name in ("kept", "of")} == {"kept": 3, "of": 8}


@pytest.mark.parametrize("kind", [list, datasets.Dataset.from_list])
def test_examples_of_any_dataset_are_kept_with_their_windows(kind, tmp_path):
    features = features_of(generate_questions(5))
    data = features if kind is datasets.Dataset.from_list else features.to_list()
    trainer = make_qa_trainer(tmp_path, data)
    rows = [row for row, name in enumerate(features["example_id"]) if name in ("q0", "q3")]
    assert keep_examples(trainer, ["q3", "q0"]) == len(rows) > 2
    assert [item["input_ids"] for item in trainer.train_dataset] == [
        features[row]["input_ids"] for row in rows
    ]
    with pytest.raises(InputError) as caught:
        keep_examples(make_qa_trainer(tmp_path, data), ["a"])
    assert str(caught.value) == (
        "None of the 1 ids to keep, such as 'a', is in the training data, where the first is 'q0'."
    )
    assert torch.is_tensor(trainer.data_collator([trainer.train_dataset[0]])["input_ids"])
