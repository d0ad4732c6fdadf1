"""Rows travel with the items, and ids are those that hold: the dataset's own, its content's, or the rows' numbers."""

import datasets
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset

from dataset_cartography import generate_hash_ids
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.pytorch import with_ids

TEXTS = {"text": ["a", "b", "c"], "label": [0, 1, 0]}


def test_ids_of_a_dataset():
    own = datasets.Dataset.from_dict({**TEXTS, "guid": [7, 8, 9]})
    assert with_ids(own).ids.tolist() == [7, 8, 9]
    made = with_ids(datasets.Dataset.from_dict(TEXTS)).ids.tolist()
    assert made == generate_hash_ids(TEXTS)
    assert with_ids(datasets.Dataset.from_dict(TEXTS).to_list()).ids.tolist() == made
    assert with_ids([{"x": torch.zeros(1)}, {"x": torch.ones(1)}]).ids.tolist() == [0, 1]
    assert with_ids(TensorDataset(torch.zeros(3))).ids.tolist() == [0, 1, 2]
    assert with_ids(TensorDataset(torch.zeros(2)), ids=["p", "q"]).ids.tolist() == ["p", "q"]


def test_what_an_item_becomes():
    assert with_ids([{"x": 1}, {"x": 2}])[1] == {"x": 2, "row": 1}
    assert with_ids([{"row": 1}], key="place")[0] == {"row": 1, "place": 0}
    assert with_ids([(1, 2), (3, 4)])[-1] == (3, 4, 1)
    assert with_ids([5, 6])[1] == (6, 1)


@pytest.mark.parametrize("workers", [0, 2])
def test_rows_survive_shuffling_subsets_and_workers(workers):
    data = with_ids(TensorDataset(torch.arange(20) * 10))
    seen = {}
    loader = DataLoader(Subset(data, range(5, 20)), batch_size=4, shuffle=True, num_workers=workers)
    for values, rows in loader:
        seen |= dict(zip(rows.tolist(), values.tolist(), strict=True))
    assert seen == {row: row * 10 for row in range(5, 20)}


def test_a_dataset_that_fetches_batches():
    data = with_ids(datasets.Dataset.from_dict({"x": [1, 2, 3]}))
    (batch,) = DataLoader(data, batch_size=3)
    assert batch["x"].tolist() == [1, 2, 3]
    assert batch["row"].tolist() == [0, 1, 2]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(())

    def __len__(self):
        return 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (Stream(),),
            (
                "with_ids needs a map-style dataset, with a length and items by number, and this is a Stream: let a "
                "stream's items hold their ids, and give those to DynamicsRecorder.record."
            ),
        ),
        (([1, 2], ["a"]), "with_ids needs one id a row, and was given 1 ids for 2 rows."),
        (
            ([1, 2], ["a", "a"]),
            (
                "Duplicate example ids in ids, 1 in number: 'a' in rows 0, 1 (rows counted from 0). Make the ids "
                "unique, or remove the id column to have ids made from the content."
            ),
        ),
    ],
)
def test_what_has_no_ids(arguments, message):
    with pytest.raises(InputError) as caught:
        with_ids(*arguments)
    assert str(caught.value) == message


def test_a_name_that_is_taken():
    with pytest.raises(InputError) as caught:
        with_ids([{"row": 1}])[0]
    assert str(caught.value) == (
        "The items of the dataset have 'row' already: give with_ids another key=…, and record from that."
    )


@pytest.mark.parametrize(
    "data", [datasets.DatasetDict(train=datasets.Dataset.from_dict(TEXTS)), pd.DataFrame(TEXTS)]
)
def test_what_has_its_items_by_name_is_refused(data):
    with pytest.raises(InputError) as caught:
        with_ids(data)
    assert str(caught.value) == (
        f"with_ids needs a dataset with items by number, and this is a {type(data).__name__}, which has them by name: "
        "give it one split, or make a datasets.Dataset of the columns (from_dict, from_pandas)."
    )


def test_pictures_are_not_all_read_to_find_that_they_have_no_text(monkeypatch):
    pictures = datasets.Dataset.from_dict({"bytes": [b"a", b"b", b"c"]})
    read = []
    columns = datasets.Dataset.__getitem__
    monkeypatch.setattr(
        datasets.Dataset, "__getitem__", lambda self, key: read.append(key) or columns(self, key)
    )
    assert with_ids(pictures).ids.tolist() == [0, 1, 2]
    assert read == [slice(None, 1)]
