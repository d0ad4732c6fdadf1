"""Models and trainers of every make: bare, wrapped, made anew, or with a way of their own."""

import gc
import weakref

import pytest
import torch
from torch.utils.data import DataLoader, WeightedRandomSampler
from transformers import Trainer
from transformers.modeling_outputs import SequenceClassifierOutput

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import NAMES, VOCABULARY, as_dataset, generate, make_trainer
from questions import assert_same_training, trained
from tiny import tiny_classifier
from witness import Witness, assert_same_rows, check, expected, recorded

pytestmark = pytest.mark.usefixtures("no_map")


def classifier():
    return tiny_classifier(VOCABULARY, NAMES)


def with_tuples():
    model = classifier()
    model.config.return_dict = False
    return model


class Bare(torch.nn.Module):
    """No transformers model, and one that would not take a name that it does not know."""

    def __init__(self, answer):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(VOCABULARY, 3, generator=generator))
        self.dropout = torch.nn.Dropout(0.1)
        self.answer = answer

    def forward(self, input_ids, attention_mask, labels):
        logits = self.dropout((self.weight[input_ids] * attention_mask.unsqueeze(-1)).sum(1))
        return self.answer(torch.nn.functional.cross_entropy(logits, labels), logits)


class Adapter(torch.nn.Module):
    """Wraps a model as adapters do."""

    def __init__(self):
        super().__init__()
        self.inner = classifier()
        self.scale = torch.nn.Parameter(torch.ones(3))

    def get_base_model(self):
        return self.inner

    def forward(self, input_ids, attention_mask, labels, **kwargs):
        outputs = self.inner(input_ids, attention_mask)
        logits = outputs.logits * self.scale
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


MODELS = {
    "tuples": with_tuples,
    "a bare module that gives a dictionary": lambda: Bare(
        lambda loss, logits: {"loss": loss, "logits": logits}
    ),
    "a bare module that gives a tuple": lambda: Bare(lambda loss, logits: (loss, logits)),
    "an adapter's wrapper": Adapter,
    "frozen in part": lambda: freeze(classifier()),
}


def freeze(model):
    model.bert.requires_grad_(False)
    return model


@pytest.mark.parametrize("name", MODELS)
def test_models(name, tmp_path):
    check(tmp_path, generate(13), model=MODELS[name])


def test_a_bare_module_that_gives_a_tensor(tmp_path):
    def loss(outputs, labels, num_items_in_batch=None):
        return torch.nn.functional.cross_entropy(outputs, labels)

    class OfTensors(Bare):
        def forward(self, input_ids, attention_mask):
            return super().forward(input_ids, attention_mask, torch.zeros(len(input_ids), dtype=torch.long))

    def model():
        return OfTensors(lambda _, logits: logits)

    check(tmp_path, generate(13), model=model, compute_loss_func=loss, remove_unused_columns=False)


def test_a_model_made_at_the_beginning_of_training(tmp_path):
    check(tmp_path, generate(13), model_init=classifier)


def test_a_compiled_model_of_the_users_own(tmp_path):
    trainer = make_trainer(
        tmp_path, generate(4), model=torch.compile(classifier(), backend="eager"), remove_unused_columns=False
    )
    track(trainer, tmp_path / "map")
    trainer.train()
    assert LogReader(tmp_path / "map").manifest.task == "classification"
    assert len(recorded(tmp_path / "map")) == 8


class Weighing(Trainer):
    """Takes weights out of the batch that the model does not know."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        weights, labels = inputs.pop("attention_mask").sum(-1), inputs.pop("labels")
        outputs = model(**inputs)
        losses = torch.nn.functional.cross_entropy(outputs.logits, labels, reduction="none")
        loss = (losses * weights).mean()
        return (loss, outputs) if return_outputs else loss


class Narrow(Bare):
    """Takes tokens only."""

    def forward(self, input_ids):
        labels = torch.zeros(len(input_ids), dtype=torch.long)
        return super().forward(input_ids, torch.ones_like(input_ids), labels)


def test_a_loss_of_ones_own_that_reads_what_the_model_does_not(tmp_path):
    def model():
        return Narrow(lambda _, logits: SequenceClassifierOutput(logits=logits))

    check(tmp_path, generate(13), model=model, trainer_class=Weighing, remove_unused_columns=False)


class OutOfMemory:
    """A device that holds no batch of more than a few examples, once some steps are done."""

    def __init__(self, most, after=0):
        self.most = most
        self.after = after
        self.calls = 0

    def __call__(self, module, args, kwargs):
        self.calls += module.training
        if module.training and len(kwargs["input_ids"]) > self.most and self.calls > self.after:
            raise RuntimeError("CUDA out of memory.")


@pytest.mark.parametrize(
    ("after", "mode"),
    [
        pytest.param(0, "in_training", id="at once"),
        pytest.param(2, "epoch_end", id="in mid-epoch"),
        pytest.param(5, "in_training", id="in the second epoch"),
        pytest.param(5, "epoch_end", id="after a clean pass"),
    ],
)
def test_a_batch_size_that_is_found(mode, after, tmp_path):
    examples, runs = generate(13), []
    for tracked in (False, True):
        trainer = make_trainer(
            tmp_path, as_dataset(examples), per_device_train_batch_size=4, auto_find_batch_size=True
        )
        trainer.model.register_forward_pre_hook(OutOfMemory(2, after), with_kwargs=True)
        witness = Witness(trainer)
        if tracked:
            track(trainer, tmp_path / "map", mode=mode)
        runs.append(trained(trainer))
    assert_same_training(*runs)
    attempts = LogReader(tmp_path / "map").manifest.attempts
    assert [attempt.from_step for attempt in attempts] == [0, 0, 0]  # of 4, 3, 2
    last = witness.epoch - 2  # passes of the attempts that were broken off
    wanted = expected(witness, examples, training=mode == "in_training")
    wanted = {(epoch - last, example): row for (epoch, example), row in wanted.items() if epoch > last}
    assert_same_rows(recorded(tmp_path / "map"), wanted)
    assert LogReader(tmp_path / "map").epochs == [1, 2]


def test_a_second_training_after_a_batch_size_was_found_is_refused(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(13)), auto_find_batch_size=True)
    trainer.model.register_forward_pre_hook(OutOfMemory(3), with_kwargs=True)
    track(trainer, tmp_path / "map")
    trainer.train()
    with pytest.raises(
        OutputExistsError, match=r"^'.*map' already holds a recorded run, and nothing recorded is overwritten"
    ):
        trainer.train()


class OwnLoader(Trainer):
    """Makes its batches by itself."""

    def get_train_dataloader(self):
        features = list(self.train_dataset)
        collate = type(self).collate
        return self.accelerator.prepare(DataLoader(features, batch_size=4, collate_fn=collate))

    @staticmethod
    def collate(features):
        from labels import PaddingCollator

        return PaddingCollator()(features)


def test_a_trainer_with_a_loader_of_its_own(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(6)), trainer_class=OwnLoader)
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as caught:
        trainer.train()
    assert str(caught.value) == (
        "track cannot tell which examples a batch holds: OwnLoader makes its batches without the trainer's own "
        "data_collator. Record it with mode='epoch_end'."
    )


def test_a_trainer_with_a_loader_of_its_own_by_clean_passes(tmp_path):
    check(tmp_path, generate(9), modes=["epoch_end"], trainer_class=OwnLoader)


class Weighted(Trainer):
    """A sampler of its own, around the trainer's data and collator."""

    def get_train_dataloader(self):
        weights = torch.arange(1.0, len(self.train_dataset) + 1)
        sampler = WeightedRandomSampler(weights, len(weights), generator=torch.Generator().manual_seed(0))
        collate = self._get_collator_with_removed_columns(self.data_collator)
        loader = DataLoader(self.train_dataset, batch_size=4, sampler=sampler, collate_fn=collate)
        return self.accelerator.prepare(loader)


def test_a_sampler_that_draws_some_examples_again_and_others_never(tmp_path):
    examples = generate(13)
    check(tmp_path, examples, modes=["in_training"], trainer_class=Weighted)
    df = compute_metrics(tmp_path / "in_training")
    assert df["presentations"].sum() == 26
    assert df["presentations"].max() > 2
    assert (df["epochs_seen"] == 0).sum() == df["confidence"].isna().sum() > 0


@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_a_dropped_trainer_is_freed_at_once(mode, tmp_path):
    examples = as_dataset(generate(5))
    trainer = make_trainer(tmp_path, examples, eval_dataset=examples, eval_strategy="epoch")
    track(trainer, tmp_path / "map", mode=mode, splits=("train", "validation"))
    gc.disable()
    try:
        trainer.train()
        trainer, model = weakref.ref(trainer), weakref.ref(trainer.model)
        assert trainer() is None
        assert model() is None
    finally:
        gc.enable()


def test_a_wrapped_training_that_fails_leaves_the_trainer_as_it_was(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(6)), trainer_class=OwnLoader)
    collator, dataset = trainer.data_collator, trainer.train_dataset
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError):
        trainer.train()
    assert trainer.data_collator is collator
    assert trainer.train_dataset is dataset
    assert "_get_train_sampler" not in vars(trainer)
