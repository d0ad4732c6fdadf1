"""Question answering is never changed: weights and losses are bit for bit an untracked run's; rows are right."""

import datasets
import pytest
import torch
from transformers import Trainer

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.batches import BATCH_KEY
from dataset_cartography.log import LogReader
from dataset_cartography.tasks import qa
from questions import assert_same_training, features_of, generate, make_trainer, tokenizer, trained
from witness import Witness, assert_same_rows, expected_windows, recorded_windows

SETTINGS = {
    "plain": {},
    "gradient accumulation": {"gradient_accumulation_steps": 3},
    "all columns kept": {"remove_unused_columns": False},
    "two workers": {"dataloader_num_workers": 2},
    "grouped by length": {"train_sampling_strategy": "group_by_length"},
    "in order": {"train_sampling_strategy": "sequential"},
    "bf16": {"bf16": True},
    "a last batch of one": {"per_device_train_batch_size": "one left"},
    "incomplete batch dropped": {"dataloader_drop_last": True},
    "activations recomputed": {"activation_checkpointing": True},
    "stopped in the middle of an epoch": {"max_steps": 7},
}
SPAWNED = {
    "spawned workers": {"dataloader_num_workers": 2, "dataloader_multiprocessing_context": "spawn"},
}

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(13))


def batch_size_that_leaves_one(train):
    return next(size for size in range(4, 20) if len(train) % size == 1)


@pytest.mark.parametrize("name", [*SETTINGS, pytest.param("spawned workers", marks=pytest.mark.slow)])
def test_weights_and_losses_are_bit_equal(name, train, tmp_path):
    settings = dict((SETTINGS | SPAWNED)[name])
    if settings.get("per_device_train_batch_size"):
        settings["per_device_train_batch_size"] = batch_size_that_leaves_one(train)
    plain = make_trainer(tmp_path, train, **settings)
    untracked = Witness(plain)
    plain = trained(plain)
    for mode in ("in_training", "epoch_end"):
        trainer = make_trainer(tmp_path, train, **settings)
        witness = Witness(trainer)
        track(trainer, tmp_path / mode, mode=mode)
        assert_same_training(plain, trained(trainer))
        assert witness.trained == untracked.trained
        wanted = expected_windows(witness, train, training=mode == "in_training")
        found = recorded_windows(tmp_path / mode)
        if name == "bf16":  # which makes many spans tie
            wanted, found = ({key: row[:4] for key, row in rows.items()} for rows in (wanted, found))
        assert_same_rows(found, wanted)
        if mode == "epoch_end" or "drop_last" not in str(settings):
            assert len({key for key in found if key[0] == 1}) == len(train)


def test_with_evaluation_in_between(train, tmp_path):
    rows = generate(13)
    examples = qa.normalize(datasets.Dataset.from_list(rows))
    evaluation = {
        "eval_dataset": qa.prepare_eval_features(examples, tokenizer(), max_length=32, doc_stride=8),
        "eval_examples": examples,
        "eval_strategy": "epoch",
    }
    plain = make_trainer(tmp_path, train, **evaluation)
    untracked = trained(plain)
    scores = [entry["eval_f1"] for entry in plain.state.log_history if "eval_f1" in entry]
    assert len(scores) == 2
    for mode in ("in_training", "epoch_end"):
        trainer = make_trainer(tmp_path, train, **evaluation)
        given = []
        prediction_step = trainer.prediction_step

        def spy(model, inputs, *args, prediction_step=prediction_step, given=given, **kwargs):
            given.append(set(inputs))
            return prediction_step(model, inputs, *args, **kwargs)

        trainer.prediction_step = spy
        track(trainer, tmp_path / mode, mode=mode)
        assert_same_training(untracked, trained(trainer))
        assert [entry["eval_f1"] for entry in trainer.state.log_history if "eval_f1" in entry] == scores
        assert given
        assert all(BATCH_KEY not in keys for keys in given)


@pytest.mark.parametrize("dropped", [True, False])
def test_columns_named_like_ours(train, tmp_path, dropped):
    names = ["row", "example", "index", "length", "global_step", "epoch", BATCH_KEY]
    odd = train
    for name in names:
        odd = odd.add_column(name, list(range(100, 100 + len(train))))
    settings = {"remove_unused_columns": dropped, "train_sampling_strategy": "group_by_length"}
    plain = trained(make_trainer(tmp_path, odd, **settings))
    trainer = make_trainer(tmp_path, odd, **settings)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [2] * 13


def test_a_dataset_with_a_transform(train, tmp_path):
    def shouted(batch):
        kept = ("input_ids", "attention_mask", "token_type_ids", "start_positions", "end_positions")
        return {**{name: batch[name] for name in kept}, "noted": [1] * len(batch["input_ids"])}

    lazy = train.with_transform(shouted)
    seen = []
    runs = []
    for tracked in (False, True):
        collator = KeepingCollator()
        trainer = make_trainer(tmp_path, lazy, collator=collator, remove_unused_columns=False)
        if tracked:
            track(trainer, tmp_path / "map")
        runs.append(trained(trainer))
        seen.append(collator.given)
    assert_same_training(*runs)
    assert seen[0] == seen[1]


def test_a_dataset_with_nothing_but_ids_and_labels(train, tmp_path):
    columns = ["example_id", "input_ids", "attention_mask", "start_positions", "end_positions"]
    bare = train.select_columns(columns)
    plain = trained(make_trainer(tmp_path, bare))
    trainer = make_trainer(tmp_path, bare)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    log = LogReader(tmp_path / "map")
    assert log.manifest.options["prediction_unit"] == "tokens"
    assert log.ids.tolist() == [f"q{number}" for number in range(13)]


class KeepingCollator:
    """A user's collator that reads columns beyond the model's, and notes what it is given."""

    def __init__(self):
        self.inner = qa.qa_collator(tokenizer())
        self.given = []

    def __call__(self, features):
        self.given.append([dict(feature) for feature in features])
        return self.inner(features)


@pytest.mark.parametrize("dropped", [True, False])
def test_the_collator_is_given_what_it_would_see_without_us(train, tmp_path, dropped):
    seen = []
    for tracked in (False, True):
        collator = KeepingCollator()
        trainer = make_trainer(tmp_path, train, collator=collator, remove_unused_columns=dropped)
        if tracked:
            track(trainer, tmp_path / "map")
        trainer.train()
        seen.append(collator.given)
    assert seen[0] == seen[1]


def test_a_dataset_formatted_as_tensors_with_few_columns(train, tmp_path):
    columns = ["input_ids", "attention_mask", "token_type_ids", "start_positions", "end_positions"]
    formatted = train.with_format("torch", columns=columns)
    plain = trained(make_trainer(tmp_path, formatted))
    trainer = make_trainer(tmp_path, formatted)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [2] * 13


def test_a_shuffled_part_of_a_dataset(train, tmp_path):
    part = train.shuffle(seed=3).select(range(2, len(train) - 3))
    plain = trained(make_trainer(tmp_path, part))
    trainer = make_trainer(tmp_path, part)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    log = LogReader(tmp_path / "map")
    assert log.ids.tolist() == list(dict.fromkeys(part["example_id"]))


def test_a_plain_trainer_whose_loss_takes_the_labels_out(train, tmp_path):
    class Custom(Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
            starts, ends = inputs.pop("start_positions"), inputs.pop("end_positions")
            outputs = model(**inputs)
            loss = torch.nn.functional.cross_entropy(outputs.start_logits, starts)
            loss = loss + torch.nn.functional.cross_entropy(outputs.end_logits, ends)
            return (loss, outputs) if return_outputs else loss

    plain = trained(make_trainer(tmp_path, train, trainer_class=Custom))
    trainer = make_trainer(tmp_path, train, trainer_class=Custom)
    track(trainer, tmp_path / "map")
    assert_same_training(plain, trained(trainer))
    assert compute_metrics(tmp_path / "map")["epochs_seen"].tolist() == [2] * 13
