"""Tags of tokens and several labels an example: recorded under many settings, "
"beside a twin that is not tracked."""

import datasets
import numpy as np
import pytest
import torch
from transformers import DataCollatorForTokenClassification, TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.dynamics.units import load_units
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import as_dataset
from questions import assert_same_training
from tiny import tiny_tokenizer
from units import (
    TOPICS,
    check_units,
    expected_units,
    generate_tags,
    generate_topics,
    labeller,
    make_unit_trainer,
    recorded_units,
    run_units,
    tagger,
)
from witness import assert_same_rows

pytestmark = pytest.mark.usefixtures("no_map")

SETTINGS = {
    "defaults": {},
    "all columns kept": {"remove_unused_columns": False},
    "gradient accumulation": {"gradient_accumulation_steps": 3},
    "bf16": {"bf16": True},
    "a last batch of one": {"per_device_train_batch_size": 6},
    "two workers": {"dataloader_num_workers": 2},
}


class Stream(torch.utils.data.IterableDataset):
    """Examples one after the other."""

    def __init__(self, examples):
        self.examples = examples

    def __iter__(self):
        return iter(self.examples)


class StoppedError(Exception):
    pass


class StopAfter(TrainerCallback):
    """Breaks the training off at the beginning of a step, as a crash would."""

    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise StoppedError


@pytest.mark.parametrize("name", [*SETTINGS, "label smoothing"])
def test_tags(name, tmp_path):
    settings = {**SETTINGS, "label smoothing": {"label_smoothing_factor": 0.1}}[name]
    check_units(tmp_path, generate_tags(13), "token-classification", **settings)


@pytest.mark.parametrize("name", SETTINGS)
def test_several_labels(name, tmp_path):
    check_units(tmp_path, generate_topics(13), "multi-label", **SETTINGS[name])


def test_units_are_words_where_the_features_tell(tmp_path):
    examples = generate_tags(9, words=True)
    check_units(tmp_path, examples, "token-classification", remove_unused_columns=True)
    units = load_units(LogReader(tmp_path / "in_training"))
    numbers = [number for example in examples for number in example["word_numbers"]]
    assert units.unit.tolist() == numbers
    assert max(numbers) >= max(len(example["word_numbers"]) for example in examples)


def test_word_numbers_that_do_not_fit_are_something_else(tmp_path):
    examples = [{**example, "word_numbers": [7]} for example in generate_tags(9)]
    wanted = [{name: value for name, value in each.items() if name != "word_numbers"} for each in examples]
    _, witness = run_units(tmp_path, as_dataset(examples), "token-classification", {"mode": "in_training"})
    assert_same_rows(
        recorded_units(tmp_path / "in_training"), expected_units(witness, wanted, "token-classification")
    )


def test_unknown_labels_are_left_out(tmp_path):
    def known_only(outputs, labels, num_items_in_batch=None):
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            outputs.logits, labels.clamp(min=0), reduction="none"
        )
        return losses[labels >= 0].mean()

    examples = generate_topics(9, unknown=True)
    check_units(tmp_path, examples, "multi-label", compute_loss_func=known_only)
    known = [sum(label >= 0 for label in example["labels"]) for example in examples]
    assert LogReader(tmp_path / "in_training").facts("units").tolist() == known


@pytest.mark.parametrize("task", ["token-classification", "multi-label"])
def test_streams(task, tmp_path):
    examples = generate_tags(13, words=True) if task == "token-classification" else generate_topics(13)
    check_units(tmp_path, examples, task, modes=["in_training"], train=lambda: Stream(examples), max_steps=8)
    assert LogReader(tmp_path / "in_training").epochs == [1, 2]


class Items(torch.utils.data.Dataset):
    """A map-style dataset of tensors."""

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, row):
        example = self.examples[row]
        tensors = ("input_ids", "attention_mask", "labels")
        return {name: torch.tensor(v) if name in tensors else v for name, v in example.items()}


def test_labels_that_are_lists_of_numbers_tell_the_task(tmp_path):
    examples = generate_topics(9)
    untold = {"model": lambda: labeller(problem=None), "num_train_epochs": 1}
    check_units(tmp_path / "dataset", examples, "multi-label", modes=["in_training"], **untold)
    check_units(
        tmp_path / "items", examples, "multi-label", modes=["in_training"], train=Items(examples), **untold
    )


def test_an_evaluation_is_recorded(tmp_path):
    examples = generate_tags(17)
    train, other = as_dataset(examples[:12]), as_dataset(examples[12:])
    trainer = make_unit_trainer(
        tmp_path, train, "token-classification", eval_dataset=other, eval_strategy="epoch"
    )
    track(trainer, tmp_path / "map", splits=("train", "validation"))
    trainer.train()
    df = compute_metrics(tmp_path / "map" / "validation")
    assert sorted(df.index) == sorted(example["id"] for example in examples[12:])
    assert (df["epochs_seen"] == 2).all()


@pytest.mark.parametrize("task", ["token-classification", "multi-label"])
def test_a_resumed_run_has_the_rows_of_one_that_never_stopped(task, tmp_path):
    train = as_dataset(generate_tags(13) if task == "token-classification" else generate_topics(13))
    rows = []
    for name in ("whole", "broken"):
        settings = {"save_strategy": "steps", "save_steps": 3, "num_train_epochs": 3}
        trainer = make_unit_trainer(tmp_path / name, train, task, **settings)
        track(trainer, tmp_path / name / "map")
        if name == "broken":
            trainer.add_callback(StopAfter(6))
            with pytest.raises(StoppedError):
                trainer.train()
            trainer = make_unit_trainer(tmp_path / name, train, task, **settings)
            track(trainer, tmp_path / name / "map")
            trainer.train(resume_from_checkpoint=True)
        else:
            trainer.train()
        rows.append(recorded_units(tmp_path / name / "map"))
    assert rows[0] == rows[1]


def test_another_tag_is_another_dataset(tmp_path):
    examples = generate_tags(9)
    settings = {"save_strategy": "epoch", "max_steps": 3}
    trainer = make_unit_trainer(tmp_path, as_dataset(examples), "token-classification", **settings)
    track(trainer, tmp_path / "map")
    trainer.train()
    examples[2]["labels"][1] = (examples[2]["labels"][1] + 1) % 5
    trainer = make_unit_trainer(
        tmp_path, as_dataset(examples), "token-classification", **settings | {"max_steps": 6}
    )
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError, match="was recorded with other labels or answers than this run trains on"):
        trainer.train(resume_from_checkpoint=True)


def test_a_compiled_model(tmp_path):
    examples = generate_tags(12, fixed=8)
    settings = {"torch_compile": True, "torch_compile_backend": "eager"}
    runs = []
    for tracked in (None, {"mode": "in_training"}):
        torch._dynamo.reset()
        result, witness = run_units(
            tmp_path, as_dataset(examples), "token-classification", tracked, **settings
        )
        runs.append(result)
    assert_same_training(*runs)
    assert_same_rows(
        recorded_units(tmp_path / "in_training"), expected_units(witness, examples, "token-classification")
    )


def test_a_map_pools_the_units_of_an_example(tmp_path):
    examples = generate_tags(9)
    run_units(tmp_path, as_dataset(examples), "token-classification", {"mode": "epoch_end"})
    rows, df = recorded_units(tmp_path / "epoch_end"), compute_metrics(tmp_path / "epoch_end")
    for example in examples:
        epochs = [
            np.mean([row[0] for key, row in rows.items() if key[:2] == (epoch, example["id"])])
            for epoch in (1, 2)
        ]
        assert df.loc[example["id"], "mean_loss"] == pytest.approx(-np.mean(epochs), abs=1e-6)


def test_the_usual_features_and_collator(tmp_path):
    words = [["ann", "slept", "in", "york"], ["in", "in"], ["york"], ["ann", "ann", "slept"]] * 2
    tokenizer = tiny_tokenizer(["ann in york"])
    encoded = tokenizer(words, is_split_into_words=True)
    labels = []
    for row in range(len(words)):
        pieces = encoded.word_ids(row)
        labels.append(
            [
                -100 if word is None or word == before else word % 2
                for word, before in zip(pieces, [None, *pieces], strict=False)
            ]
        )
    columns = {"id": list(range(len(words))), "tokens": words, "labels": labels, **encoded}
    train = datasets.Dataset.from_dict(columns)
    settings = {
        "model": lambda: tagger(size=len(tokenizer)),
        "data_collator": DataCollatorForTokenClassification(tokenizer),
    }
    plain, _ = run_units(tmp_path, train, "token-classification", **settings)
    tracked, _ = run_units(tmp_path, train, "token-classification", {"mode": "in_training"}, **settings)
    assert_same_training(plain, tracked)
    log = LogReader(tmp_path / "in_training")
    units = load_units(log)
    assert log.ids.tolist() == list(range(8))
    assert np.bincount(units.example).tolist() == [len(row) for row in words]
    assert units.gold.tolist() == [number % 2 for row in words for number in range(len(row))]


def refusal_of(tmp_path, train, task, **settings):
    trainer = make_unit_trainer(tmp_path, train, task, **settings)
    track(trainer, tmp_path / "map", task=task)
    with pytest.raises(InputError) as refused:
        trainer.train()
    return str(refused.value)


def test_labels_of_another_shape_are_refused(tmp_path):
    class Sums(torch.nn.Module):
        """Gives a loss, but no logits for every token."""

        def __init__(self):
            super().__init__()
            self.inner = tagger()

        def forward(self, input_ids, attention_mask, labels):
            out = self.inner(input_ids=input_ids, attention_mask=attention_mask, labels=labels)
            return {"loss": out.loss, "logits": out.logits.sum(1)}

    said = refusal_of(tmp_path, as_dataset(generate_tags(8, fixed=8)), "token-classification", model=Sums)
    assert said == (
        "track records the task 'token-classification' from whole-number labels of shape "
        "(batch, tokens) and logits of "
        "shape (batch, tokens, tags); this batch has labels of shape (4, 8) (int64) and "
        "outputs 'loss' of shape () "
        "(float32), 'logits' of shape (4, 5) (float32). Give track the task that is trained."
    )


def test_several_labels_of_another_shape_are_refused(tmp_path):
    examples = [{**each, "labels": [1] * 8} for each in generate_tags(8, fixed=8)]
    said = refusal_of(tmp_path, as_dataset(examples), "multi-label", model=lambda: tagger())
    assert said == (
        "track records the task 'multi-label' from labels of 1 and 0 and logits, both of "
        "shape (batch, labels); this "
        "batch has labels of shape (4, 8) (int64) and outputs 'loss' of shape () "
        "(float32), 'logits' of shape (4, 8, "
        "5) (float32). Give track the task that is trained."
    )


def test_shares_of_labels_are_refused(tmp_path):
    examples = generate_topics(8)
    examples[3]["labels"][1] = 0.25
    trainer = make_unit_trainer(tmp_path, as_dataset(examples), "multi-label")
    with pytest.raises(InputError) as refused:
        track(trainer, tmp_path / "map")
    assert str(refused.value) == (
        "track records multi-label classification of labels that are given (1) or not "
        "(0), but the training dataset has "
        "labels with the value 0.25: round them, or train with targets of 0 and 1."
    )


def test_the_labels_names_are_in_the_manifest(tmp_path):
    run_units(tmp_path, as_dataset(generate_topics(8)), "multi-label", {"mode": "in_training"})
    assert LogReader(tmp_path / "in_training").manifest.provenance["labels"] == list(TOPICS)
