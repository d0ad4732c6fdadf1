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
from labels import NAMES, VOCABULARY, PaddingCollator, as_dataset, generate, make_trainer
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
    check(tmp_path, generate(9), trainer_class=OwnLoader)


class NamelessLoader(OwnLoader):
    def get_train_dataloader(self):
        features = [{name: row[name] for name in row if name != "id"} for row in self.train_dataset]
        return self.accelerator.prepare(DataLoader(features, batch_size=4, collate_fn=self.collate))


def test_a_loader_whose_items_bear_no_ids(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(6)), trainer_class=NamelessLoader)
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as caught:
        trainer.train()
    assert str(caught.value) == (
        "track cannot tell which examples a batch holds: the trainer's loader goes through another dataset than its "
        "own, whose items bear none of its ids. Let them keep the id, give the trainer that dataset, or record with "
        "mode='epoch_end'."
    )


class BalancedSampler(Trainer):
    """The usual way to balance classes: the sampler reads the labels of the trainer's dataset."""

    def _get_train_sampler(self, train_dataset=None):
        labels = torch.tensor(self.train_dataset["labels"][:])
        weights = 1.0 / torch.bincount(labels)[labels].float()
        return WeightedRandomSampler(weights, len(weights), generator=torch.Generator().manual_seed(3))


class OwnStep(Trainer):
    """A step of its own, without compute_loss."""

    def training_step(self, model, inputs, num_items_in_batch=None):
        model.train()
        inputs = self._prepare_inputs(inputs)
        loss = model(**inputs).loss
        self.accelerator.backward(loss)
        return loss.detach()


class ChangedAnswer(Trainer):
    """A loss that changes logits and labels in place, after the model answered."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        outputs.logits.data.mul_(0.5)
        labels[labels == 2] = 0
        loss = torch.nn.functional.cross_entropy(outputs.logits, labels)
        return (loss, outputs) if return_outputs else loss


class SecondOpinion(Trainer):
    """A consistency loss: the model is asked again, about a batch in another order."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        outputs = model(**inputs)
        turned = {name: value.flip(0) for name, value in inputs.items()}
        loss = outputs.loss + 0.1 * model(**turned).loss
        return (loss, outputs) if return_outputs else loss


@pytest.mark.parametrize("trainer_class", [OwnStep, ChangedAnswer, SecondOpinion])
def test_steps_and_losses_of_all_kinds(trainer_class, tmp_path):
    check(tmp_path, generate(9), modes=["in_training"], trainer_class=trainer_class)


def test_a_sampler_that_reads_the_trainers_dataset(tmp_path):
    examples = as_dataset(generate(9))
    plain = trained(make_trainer(tmp_path, examples, trainer_class=BalancedSampler))
    trainer = make_trainer(tmp_path, examples, trainer_class=BalancedSampler)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    assert LogReader(tmp_path / "map").epochs == [1, 2]


class SortingCollator(PaddingCollator):
    def __call__(self, features):
        return super().__call__(sorted(features, key=lambda feature: -feature["labels"]))


def test_a_collator_that_changes_the_order_is_refused(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(9)), data_collator=SortingCollator())
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError, match=r"the data collator puts its batch into another order\. "):
        trainer.train()


class EpochAware(torch.utils.data.Dataset):
    """Told of each epoch, as Accelerate tells datasets that ask for it."""

    def __init__(self, examples):
        self.examples, self.told = examples, []

    def set_epoch(self, epoch):
        self.told.append(epoch)

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, row):
        return self.examples[row]


def test_a_dataset_is_told_of_epochs_as_without_us(tmp_path):
    told = []
    for tracked in (False, True):
        dataset = EpochAware(generate(9))
        trainer = make_trainer(tmp_path, dataset)
        if tracked:
            track(trainer, tmp_path / "map")
        trainer.train()
        told.append(dataset.told)
    assert told[0] == told[1] != []


def test_another_dataset_given_after_track(tmp_path):
    examples = as_dataset(generate(9))
    trainer = make_trainer(tmp_path, examples)
    track(trainer, tmp_path / "map")
    trainer.train_dataset = examples.shuffle(seed=5)
    trainer.train()
    assert LogReader(tmp_path / "map").ids.tolist() == trainer.train_dataset["id"][:]


class Drifting(EpochAware):
    """Another order in each epoch, behind the loader's back."""

    def __getitem__(self, row):
        return self.examples[(row + len(self.told)) % len(self.examples)]


def test_rows_that_change_places_are_noticed(tmp_path):
    trainer = make_trainer(tmp_path, Drifting(generate(9)))
    track(trainer, tmp_path / "map")
    with pytest.raises(
        InputError, match=r"^Row \d+ of the dataset was the example 'e\d+' when track was called, and"
    ):
        trainer.train()


class Skipping(Trainer):
    """Leaves out a batch now and then."""

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        if self.state.global_step == 2:
            return sum(parameter.sum() * 0 for parameter in model.parameters())
        return super().compute_loss(model, inputs, return_outputs, **kwargs)


def test_a_batch_that_is_left_out_later_costs_its_rows(tmp_path, caplog):
    examples = as_dataset(generate(9))
    plain = trained(make_trainer(tmp_path, examples, trainer_class=Skipping))
    trainer = make_trainer(tmp_path, examples, trainer_class=Skipping)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    manifest = LogReader(tmp_path / "map").manifest
    assert [(epoch.complete, epoch.note) for epoch in manifest.epochs] == [
        (False, "1 rows could not be recorded"),
        (True, ""),
    ]
    assert "its step does not call the model that it is given" in caplog.text


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
    trainer = make_trainer(tmp_path, as_dataset(generate(6)), trainer_class=NamelessLoader)
    collator, dataset = trainer.data_collator, trainer.train_dataset
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError):
        trainer.train()
    assert trainer.data_collator is collator
    assert trainer.train_dataset is dataset
    assert "_get_train_sampler" not in vars(trainer)
