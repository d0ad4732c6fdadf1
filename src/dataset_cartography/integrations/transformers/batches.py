"""Carrying the row number of every training feature through the user's own dataset, sampler and collator.

Row and feature travel as a pair: Trainer's own column filter passes a pair by untouched, and the user's
collator is given exactly the features it would see without us. Everything here can be pickled for workers.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

BATCH_KEY = "__dataset_cartography__"
"""Where a collated batch carries our tensors, until they are taken out before the model is called."""

Feature = Mapping[str, Any]


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
        return iter(self.dataset)


class IndexCollator:
    """Unpack rows and features, collate the features as the user does, and add our tensors to the batch.

    Args:
        collate: The user's collator, as Trainer would call it; it sees nothing of ours.
        carry: What else travels with the batch: row numbers to tensors of shape (batch, …).
    """

    def __init__(
        self, collate: Callable[[list[Feature]], Any], carry: Callable[[list[int]], dict[str, Tensor]]
    ) -> None:
        self.collate = collate
        self.carry = carry

    def __call__(self, items: list[tuple[int, Feature]]) -> Any:
        """Make a batch of rows and features."""
        rows = [row for row, _ in items]
        ours = {"row": torch.tensor(rows), **self.carry(rows)}
        batch = self.collate([feature for _, feature in items])
        batch[BATCH_KEY] = ours
        return batch
