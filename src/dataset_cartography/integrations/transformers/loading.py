"""Making a trainer's own loaders carry what tells examples apart."""

import contextlib
from collections.abc import Iterator
from typing import Any

import datasets
from transformers import Trainer

from dataset_cartography.integrations.transformers.batches import (
    IndexCollator,
    IndexedDataset,
    StreamCollator,
)
from dataset_cartography.integrations.transformers.examples import is_stream
from dataset_cartography.integrations.transformers.sources import Source


def indexed(
    trainer: Trainer, dataset: Any, source: Source, description: str
) -> tuple[IndexedDataset, IndexCollator]:
    """A map-style dataset and the trainer's collator, with row numbers.

    Args:
        trainer: Whose collator, and whose way of leaving out columns.
        dataset: The dataset.
        source: What knows about its examples.
        description: Trainer's word for the dataset, in its own messages.
    """
    collate = trainer.data_collator
    if isinstance(dataset, datasets.Dataset):
        dataset = trainer._remove_unused_columns(dataset, description)
    else:
        collate = trainer._get_collator_with_removed_columns(collate, description)
    return IndexedDataset(dataset), IndexCollator(collate, source.carried)


@contextlib.contextmanager
def carrying_loader(trainer: Trainer, dataset: Any, source: Source, description: str) -> Iterator[Any]:
    """While open, the loaders that the trainer makes carry what tells examples apart.

    Yields:
        The dataset that the loader is to be made of in place of `dataset`.
    """
    names = ("data_collator", "_get_train_sampler", "_get_eval_sampler", "_get_collator_with_removed_columns")
    plain = {name: getattr(trainer, name) for name in names}
    own = {name for name in names if name in vars(trainer)}
    try:
        if is_stream(dataset):
            without = plain["_get_collator_with_removed_columns"]
            # Columns are left out inside: the outer collator needs the ids.
            trainer._get_collator_with_removed_columns = lambda collate, *args, **kwargs: StreamCollator(
                without(collate, *args, **kwargs), source.carried
            )
            yield dataset
        else:
            wrapped, trainer.data_collator = indexed(trainer, dataset, source, description)
            # The sampler sees the plain features, so that the order is the untracked run's.
            trainer._get_train_sampler = lambda _dataset=None: plain["_get_train_sampler"](wrapped.dataset)
            trainer._get_eval_sampler = lambda _dataset=None: plain["_get_eval_sampler"](wrapped.dataset)
            yield wrapped
    finally:
        for name, value in plain.items():
            if name in own:
                setattr(trainer, name, value)
            else:
                vars(trainer).pop(name, None)
