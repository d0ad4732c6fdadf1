"""Datasets of every kind: what they are made of, what their columns are called, which ids and labels they hold."""

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset
from transformers import default_data_collator

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.batches import BATCH_KEY
from dataset_cartography.log import LogReader
from labels import PaddingCollator, as_dataset, generate, make_trainer
from witness import check

pytestmark = pytest.mark.usefixtures("no_map")


class MapStyle(Dataset):
    """A torch dataset that makes its items when asked, of tensors, and draws random numbers meanwhile."""

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, row):
        torch.rand(1), np.random.rand()  # noqa: NPY002
        return {
            name: value if name == "id" else torch.tensor(value) for name, value in self.examples[row].items()
        }


@pytest.mark.parametrize("kept", [True, False])
def test_a_list_of_dictionaries(kept, tmp_path):
    examples = generate(13)
    check(tmp_path, examples, train=examples, remove_unused_columns=not kept)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_map_style_dataset(workers, tmp_path):
    examples = generate(13)
    check(tmp_path, examples, train=MapStyle(examples), dataloader_num_workers=workers)


def test_a_subset_of_a_dataset(tmp_path):
    examples = generate(20)
    rows = [3, 1, 19, 7, 12, 5, 0]
    part = torch.utils.data.Subset(as_dataset(examples), rows)
    check(tmp_path, [examples[row] for row in rows], train=part)
    assert LogReader(tmp_path / "in_training").ids.tolist() == [f"e{row}" for row in rows]


@pytest.mark.parametrize(
    "ids", [list(range(100, 113)), [f"{number:03}" for number in range(13)], [2**40 + n for n in range(13)]]
)
def test_ids_stay_what_they_are(ids, tmp_path):
    check(tmp_path, generate(13, ids=ids))
    assert compute_metrics(tmp_path / "in_training").index.tolist() == ids


NAMES = ("row", "example", "window", "global_step", "has_answer", "context_start", "ids", "epoch", "rank")


@pytest.mark.parametrize("kept", [True, False])
def test_columns_named_like_ours(kept, tmp_path):
    odd = [{**example, **dict.fromkeys([*NAMES, BATCH_KEY], "mine")} for example in generate(13)]
    check(tmp_path, odd, remove_unused_columns=not kept)


def test_a_column_named_like_ours_that_reaches_the_batch(tmp_path):
    odd = [{**example, BATCH_KEY: 1} for example in generate(8, ids=list(range(8)), fixed=8)]
    trainer = make_trainer(
        tmp_path, as_dataset(odd), remove_unused_columns=False, data_collator=default_data_collator
    )
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as caught:
        trainer.train()
    assert str(caught.value) == (
        "The data collator's batches already have a '__dataset_cartography__', which is track's own: rename that "
        "column."
    )


def test_batches_that_are_no_dictionaries(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(4, fixed=8)), data_collator=lambda features: (1, 2))
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as caught:
        trainer.train()
    assert str(caught.value) == (
        "track needs batches that are dictionaries, but the data collator made a tuple."
    )


@pytest.mark.parametrize("column", ["label", "label_ids"])
def test_labels_under_another_name(column, tmp_path):
    examples = [
        {**e, column: [e["labels"]] if column == "label_ids" else e["labels"]} for e in generate(9, fixed=8)
    ]
    train = as_dataset(examples).remove_columns("labels")
    if column == "label_ids":
        train = train.with_format("torch").map(lambda row: {"label_ids": row["label_ids"][0]})
    check(tmp_path, examples, train=train, data_collator=default_data_collator)


class LabelCollator(PaddingCollator):
    """Gives the model `label`, as old collators do."""

    def __call__(self, features):
        batch = super().__call__(features)
        return {("label" if name == "labels" else name): value for name, value in batch.items()}


class ModelOfLabel(torch.nn.Module):
    """Takes `label`, and nothing else that it does not name."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(50, 3, generator=generator))

    def forward(self, input_ids, attention_mask, label):
        logits = (self.weight[input_ids] * attention_mask.unsqueeze(-1)).sum(1)
        return {"loss": torch.nn.functional.cross_entropy(logits, label), "logits": logits}


def test_a_model_that_takes_label(tmp_path):
    examples = [{**example, "label": example["labels"]} for example in generate(9)]
    check(
        tmp_path,
        examples,
        model=ModelOfLabel,
        label="label",
        data_collator=LabelCollator(),
        remove_unused_columns=False,
    )


def ignoring(value):
    def loss(outputs, labels, num_items_in_batch=None):
        return torch.nn.functional.cross_entropy(outputs.logits, labels, ignore_index=value)

    return loss


@pytest.mark.parametrize("value", [-100, -1, 255])
def test_examples_without_a_label_are_missing_not_wrong(value, tmp_path):
    examples = generate(9)
    for number in (2, 5):
        examples[number]["labels"] = value
    check(tmp_path, examples, compute_loss_func=ignoring(value))
    df = compute_metrics(tmp_path / "epoch_end")
    unlabelled = df.index.isin(["e2", "e5"])
    for name in ("confidence", "variability", "correctness"):
        assert df[name].isna().tolist() == unlabelled.tolist(), name


def test_ids_that_occur_twice(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(4, ids=["a", "b", "a", "c"])))
    with pytest.raises(InputError) as caught:
        track(trainer, tmp_path / "map")
    assert str(caught.value) == (
        "Duplicate example ids in the training dataset, 1 in number: 'a' in rows 0, 2 (rows counted from 0). "
        "Make the ids unique, or remove the id column to have ids made from the content."
    )


def test_the_usual_names_of_ids_in_their_order_and_one_of_the_users(tmp_path):
    train = as_dataset(generate(4)).rename_column("id", "guid").add_column("id", list(range(4)))
    for name, first in ((None, 0), ("guid", "e0"), ("id", 0)):
        root = tmp_path / str(name)
        trainer = make_trainer(tmp_path, train, num_train_epochs=1)
        track(trainer, root, id_column=name)
        trainer.train()
        assert LogReader(root).ids[0] == first


def test_items_without_an_id(tmp_path):
    examples = [{name: example[name] for name in ("input_ids", "labels")} for example in generate(4)]
    with pytest.raises(MissingColumnError) as caught:
        track(make_trainer(tmp_path, examples), tmp_path / "map")
    assert str(caught.value) == (
        "example_id not found in inputs: the training dataset has the columns input_ids, labels. Keep the id column "
        "when preparing features, or name it with id_column=…; generate_hash_ids makes ids."
    )


def test_one_item_without_its_id(tmp_path):
    examples = generate(4)
    del examples[2]["id"]
    with pytest.raises(MissingColumnError) as caught:
        track(make_trainer(tmp_path, examples), tmp_path / "map")
    assert str(caught.value) == (
        "Column 'id' not found in item 2 of the training dataset; its columns are: 'input_ids', 'attention_mask', "
        "'labels'. Give every item its id."
    )


def test_items_that_are_no_dictionaries(tmp_path):
    with pytest.raises(InputError) as caught:
        track(make_trainer(tmp_path, [(1, 2), (3, 4)]), tmp_path / "map")
    assert str(caught.value) == (
        "track needs items that are dictionaries with an id, but item 0 of the training dataset is a tuple."
    )


def test_a_dataset_that_is_none(tmp_path):
    with pytest.raises(InputError) as caught:
        track(make_trainer(tmp_path, iter([]), max_steps=1), tmp_path / "map")
    assert str(caught.value) == (
        "track needs a train_dataset that is a `datasets.Dataset`, a map-style or an iterable torch dataset, with "
        "an id in every item; this trainer's is a list_iterator."
    )


def test_reading_the_ids_draws_no_random_numbers(tmp_path):
    trainer = make_trainer(tmp_path, MapStyle(generate(5)))
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    track(trainer, tmp_path / "map")
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()  # noqa: NPY002


def test_a_formatted_dataset(tmp_path):
    examples = generate(9, fixed=8)
    formatted = as_dataset(examples).with_format("torch", columns=["input_ids", "attention_mask", "labels"])
    check(tmp_path, examples, train=formatted, data_collator=default_data_collator)


def test_a_shuffled_part(tmp_path):
    part = as_dataset(generate(20)).shuffle(seed=3).select(range(2, 15))
    check(tmp_path, list(part), train=part)
    assert LogReader(tmp_path / "in_training").ids.tolist() == part["id"][:]
