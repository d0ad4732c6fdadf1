"""Carrying what tells examples apart through the user's own dataset, sampler and collator, and out again.

Row and feature of a map-style dataset travel as a pair from the dataset to the collator; a stream's features hold
their id themselves. Either way the user's collator is given exactly the features that it would see without us. What
we add to its batch is taken out again before anybody but us sees the batch. Everything that workers need can be
pickled.
"""

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from dataset_cartography.errors import InputError

BATCH_KEY = "__dataset_cartography__"
"""Where a collated batch carries our tensors on its way from the loader's worker."""

TARGETS = ("labels", "label", "start_positions")
CHECKED_BATCHES = 4
PENDING = 512

Feature = Mapping[str, Any]
Collate = Callable[[list[Feature]], Any]


class IndexedDataset(Dataset[tuple[int, Feature]]):
    """A map-style dataset whose items come with their row number, and which is else the dataset itself.

    Args:
        dataset: The dataset.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        if name == "dataset" or (
            name.startswith("__") and name.endswith("__")
        ):  # not there yet when unpickled
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __getitem__(self, row: Any) -> Any:
        return (row, self.dataset[row]) if isinstance(row, int) else self.dataset[row]

    def __getitems__(self, rows: list[int]) -> list[tuple[int, Feature]]:
        if hasattr(self.dataset, "__getitems__"):
            return list(zip(rows, self.dataset.__getitems__(rows), strict=True))
        return [(row, self.dataset[row]) for row in rows]


class IndexCollator:
    """Unpack rows and features, collate the features as the user does, and add our tensors to the batch.

    Args:
        collate: The user's collator, as Trainer would call it; it sees nothing of ours.
        carry: What else travels with the batch: row numbers to tensors of shape (batch, …).
        check: Called with rows and features; raises if a row does not hold what it should.
        key: Under which the batch carries it.
    """

    def __init__(
        self,
        collate: Collate,
        carry: Callable[[list[int]], dict[str, Any]],
        check: Callable[[list[int], list[Feature]], None] | None = None,
        key: str = BATCH_KEY,
    ) -> None:
        self.collate = collate
        self.carry = carry
        self.check = check
        self.key = key
        self._order = _OrderCheck()

    def __call__(self, items: list[tuple[int, Feature]]) -> Any:
        """Make a batch of rows and features."""
        rows, inner = [row for row, _ in items], [item for _, item in items]
        features: list[Any] = inner
        collate = self.collate
        while isinstance(collate, IndexCollator):  # two of ours carry, each for itself
            features, collate = [feature for _, feature in features], collate.collate
        if self.check is not None:
            self.check(rows, features)
        lengths = _lengths(features)
        ours = {"row": torch.tensor(rows), **self.carry(rows)}
        batch = self.collate(list(inner))
        self._order(features, batch)
        ours = {**_laid_end_to_end(lengths, batch), **ours}
        return _with_ours(batch, ours, self.key)


class StreamCollator:
    """Collate a stream's features as the user does, and add to the batch what stands for their ids.

    Args:
        collate: The user's collator, as Trainer would call it.
        carry: What travels with the batch, from its features as the stream gives them.
    """

    key = BATCH_KEY

    def __init__(self, collate: Collate, carry: Callable[[list[Feature]], dict[str, Any]]) -> None:
        self.collate = collate
        self.carry = carry
        self._order = _OrderCheck()

    def __call__(self, features: list[Feature]) -> Any:
        """Make a batch of features."""
        lengths = _lengths(features)
        ours = self.carry(features)  # before the user's collator, which may change the features
        batch = self.collate(list(features))
        self._order(features, batch)
        ours = {**_laid_end_to_end(lengths, batch), **ours}
        return _with_ours(batch, ours, self.key)


class _OrderCheck:
    """Notices a collator that puts its batch into another order: rows would go to the wrong examples."""

    def __init__(self) -> None:
        self._batches = 0

    def __call__(self, features: list[Feature], batch: Any) -> None:
        if not (isinstance(batch, Mapping) and all(isinstance(feature, Mapping) for feature in features)):
            return
        self._batches += 1
        if self._targets_moved(features, batch) or (
            self._batches <= CHECKED_BATCHES and self._tokens_moved(features, batch)
        ):
            raise InputError(
                "track cannot tell which example a row of a batch is: the data collator puts its batch into another "
                "order. Let it keep the order of its features, or sort them before they are batched "
                "(train_sampling_strategy='group_by_length')."
            )

    @staticmethod
    def _targets_moved(features: list[Feature], batch: Any) -> bool:
        for name in TARGETS:
            there = batch.get("labels" if name == "label" and "label" not in batch else name)
            if name in features[0] and isinstance(there, Tensor) and there.shape == (len(features),):
                before = [_listed(feature.get(name)) for feature in features]
                after = there.tolist()
                if before != after and all(isinstance(value, int) for value in before):
                    return sorted(before) == sorted(after)
        return False

    @staticmethod
    def _tokens_moved(features: list[Feature], batch: Any) -> bool:
        tokens = batch.get("input_ids")
        if "input_ids" not in features[0] or not isinstance(tokens, Tensor) or len(tokens) != len(features):
            return False
        before, after = [_listed(feature["input_ids"]) for feature in features], tokens.tolist()
        return any(
            not _same_tokens(after[row], before[row])
            and any(_same_tokens(after[row], before[other]) for other in range(len(before)))
            for row in range(len(after))
        )


def _lengths(features: list[Any]) -> list[int]:
    """How many tokens each feature has; empty where they do not tell."""
    if not all(isinstance(feature, Mapping) and "input_ids" in feature for feature in features):
        return []
    tokens = [feature["input_ids"] for feature in features]
    return [len(row) for row in tokens] if all(hasattr(row, "__len__") for row in tokens) else []


def _laid_end_to_end(lengths: list[int], batch: Any) -> dict[str, Tensor]:
    """The features' `lengths` where a collator made one row of them all, without padding, as for flash attention."""
    tokens = batch.get("input_ids") if isinstance(batch, Mapping) else None
    flat = len(lengths) > 1 and isinstance(tokens, Tensor) and tokens.ndim == 2 and len(tokens) == 1
    return {"lengths": torch.tensor(lengths)} if flat else {}


def _same_tokens(padded: Any, tokens: Any) -> bool:
    """Whether a batch's row is these tokens with padding on either side."""
    size = len(tokens)
    return bool(padded[:size] == tokens or (size and padded[-size:] == tokens))


def _listed(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def carries(collate: Any, key: str) -> bool:
    """Whether a collator, or one that it wraps, adds our tensors under this key."""
    while isinstance(collate, (IndexCollator, StreamCollator)):
        if collate.key == key:
            return True
        collate = collate.collate
    return False


def bare(dataset: Any) -> Any:
    """A dataset without what we wrapped it in."""
    while isinstance(dataset, IndexedDataset):
        dataset = dataset.dataset
    return dataset


def _with_ours(batch: Any, ours: dict[str, Any], key: str) -> Any:
    try:
        taken = key in batch
        if not taken:
            batch = copy.copy(batch)  # the collator may keep it, and give it again
            batch[key] = ours
    except TypeError:
        raise InputError(
            f"track needs batches that are dictionaries, but the data collator made a {type(batch).__name__}."
        ) from None
    if taken:
        raise InputError(
            f"The data collator's batches already have a '{key}', which is track's own: rename that column."
        )
    return batch


class PendingBatches:
    """What was carried by batches that the loader gave, until the step that uses them.

    Args:
        key: Under which the batches carry it.
    """

    def __init__(self, key: str = BATCH_KEY) -> None:
        self._key = key
        self._carried: OrderedDict[int, tuple[Any, dict[str, Any]]] = OrderedDict()

    def strip(self, batch: Any) -> Any:
        """Take our part out of a batch, and remember it."""
        if isinstance(batch, Mapping) and self._key in batch:
            # The batch is kept as well, or its number could be given to another one.
            self._carried[id(batch)] = (batch, batch.pop(self._key))  # type: ignore[attr-defined]
            if len(self._carried) > PENDING:  # batches that somebody else went through
                self._carried.popitem(last=False)
        return batch

    def take(self, batch: Any) -> dict[str, Any] | None:
        """What a batch carried; None if it is not one of ours."""
        self.strip(batch)
        _, carried = self._carried.pop(id(batch), (None, None))
        return carried

    def stripping(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Batches without our part."""
        return map(self.strip, batches)
