"""Carrying what tells examples apart through the user's own dataset, sampler and collator.

Row and feature of a map-style dataset travel as a pair: Trainer's own column filter passes a pair by untouched.
A stream's features hold their id themselves. Either way the user's collator is given exactly the features that
it would see without us. Everything here can be pickled for workers.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch.utils.data import Dataset

from dataset_cartography.errors import InputError

BATCH_KEY = "__dataset_cartography__"
"""Where a collated batch carries our tensors, until they are taken out before the model is called."""

Feature = Mapping[str, Any]
Collate = Callable[[list[Feature]], Any]


class IndexedDataset(Dataset[tuple[int, Feature]]):
    """A map-style dataset whose items come with their row number.

    Iterating gives the bare features, which is what samplers that look into the data expect.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, row: int) -> tuple[int, Feature]:
        return row, self.dataset[row]

    def __getitems__(self, rows: list[int]) -> list[tuple[int, Feature]]:
        if hasattr(self.dataset, "__getitems__"):
            return list(zip(rows, self.dataset.__getitems__(rows), strict=True))
        return [(row, self.dataset[row]) for row in rows]

    def __iter__(self) -> Iterator[Feature]:
        rows = (
            iter(self.dataset)
            if hasattr(self.dataset, "__iter__")
            else map(self.dataset.__getitem__, range(len(self)))
        )
        return iter(rows)


class IndexCollator:
    """Unpack rows and features, collate the features as the user does, and add our tensors to the batch.

    Args:
        collate: The user's collator, as Trainer would call it; it sees nothing of ours.
        carry: What else travels with the batch: row numbers to tensors of shape (batch, …).
    """

    def __init__(self, collate: Collate, carry: Callable[[list[int]], dict[str, Any]]) -> None:
        self.collate = collate
        self.carry = carry

    def __call__(self, items: list[tuple[int, Feature]]) -> Any:
        """Make a batch of rows and features."""
        rows = [row for row, _ in items]
        ours = {"row": torch.tensor(rows), **self.carry(rows)}
        return _with_ours(self.collate([feature for _, feature in items]), ours)


class StreamCollator:
    """Collate a stream's features as the user does, and add to the batch what stands for their ids.

    Args:
        collate: The user's collator, as Trainer would call it.
        carry: What travels with the batch, from its features as the stream gives them.
    """

    def __init__(self, collate: Collate, carry: Callable[[list[Feature]], dict[str, Any]]) -> None:
        self.collate = collate
        self.carry = carry

    def __call__(self, features: list[Feature]) -> Any:
        """Make a batch of features."""
        ours = self.carry(features)  # before the user's collator, which may change the features
        return _with_ours(self.collate(features), ours)


def _with_ours(batch: Any, ours: dict[str, Any]) -> Any:
    try:
        taken = BATCH_KEY in batch
        if not taken:
            batch[BATCH_KEY] = ours
    except TypeError:
        raise InputError(
            f"track needs batches that are dictionaries, but the data collator made a {type(batch).__name__}."
        ) from None
    if taken:
        raise InputError(
            f"The data collator's batches already have a '{BATCH_KEY}', which is track's own: rename that column."
        )
    return batch
