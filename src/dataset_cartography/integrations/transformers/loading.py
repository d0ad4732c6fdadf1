"""Making a trainer's own loaders carry what tells examples apart.

The loader is made as it always is, from the user's own dataset, sampler and collator; only when it is finished are its
dataset and its collator wrapped.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import datasets
from torch.utils.data import DataLoader
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.batches import (
    BATCH_KEY,
    IndexCollator,
    IndexedDataset,
    PendingBatches,
    StreamCollator,
    bare,
    carries,
)
from dataset_cartography.integrations.transformers.examples import IdCheck, RowsById, is_stream
from dataset_cartography.integrations.transformers.sources import Source
from dataset_cartography.integrations.transformers.weak import standing_in


def indexed(
    trainer: Trainer, dataset: Any, source: Source, description: str
) -> tuple[IndexedDataset, IndexCollator]:
    """A map-style dataset and the trainer's collator, with row numbers, for a pass of our own.

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
    return IndexedDataset(dataset), IndexCollator(collate, source.carried, _check_of(dataset, source))


@contextlib.contextmanager
def noting_columns(trainer: Trainer, dataset: Any) -> Iterator[list[Any]]:
    """While open, collect the datasets whose rows are those of `dataset`: itself, and itself with fewer columns."""
    same = [dataset]
    plain = trainer._remove_unused_columns

    def remove(given: Any, *args: Any, **kwargs: Any) -> Any:
        left = plain(given, *args, **kwargs)
        if any(given is known for known in same):
            same.append(left)
        return left

    with standing_in(trainer, "_remove_unused_columns", remove):
        yield same


def carry(loader: Any, same: list[Any], source: Source, pending: PendingBatches) -> None:
    """Let a finished loader carry what tells examples apart, and put that aside before its batches are seen.

    Args:
        loader: What the trainer made; anything but a `DataLoader` is left alone, and its batches carry nothing.
        same: Datasets whose rows are those of the source.
        source: What knows about the examples.
        pending: Where what was carried is put aside.

    Raises:
        InputError: The loader goes through another dataset than the trainer's own, of which windows are not told.
    """
    if not isinstance(loader, DataLoader):
        return
    base = getattr(loader, "base_dataloader", loader)  # within Accelerate's
    if carries(base.collate_fn, BATCH_KEY):  # a loader that is kept
        return
    if is_stream(base.dataset):
        base.collate_fn = StreamCollator(base.collate_fn, source.carried)
    elif any(bare(base.dataset) is known for known in same):
        index(base, source.carried, _check_of(bare(base.dataset), source))
    elif source.signals.schema.windowed or source.row_ids is None:
        raise InputError(
            "track cannot tell which examples a batch holds: the trainer's loader goes through another dataset than "
            f"its own (a {type(base.dataset).__name__}). Give the trainer that dataset, or record with "
            "mode='epoch_end'."
        )
    else:
        base.collate_fn = StreamCollator(base.collate_fn, RowsById(source.row_ids, source.id_column))
    strip_when_iterated(loader, pending)


def index(
    base: Any, carried: Callable[[list[int]], dict[str, Any]], check: Any = None, key: str = BATCH_KEY
) -> None:
    """Let a loader's items come with their row, and its batches carry something of the rows.

    Args:
        base: torch's own loader; its dataset and collator may be ours already, for another key.
        carried: What travels with a batch, from row numbers.
        check: As `IndexCollator` takes it.
        key: Under which it travels.
    """
    # A loader does not let its dataset be set, for its samplers know it; ours has the very same rows.
    vars(base)["dataset"] = IndexedDataset(base.dataset)
    base.collate_fn = IndexCollator(base.collate_fn, carried, check, key)


def _check_of(dataset: Any, source: Source) -> IdCheck | None:
    # The rows of a `datasets.Dataset` stand still; another dataset's items tell whether they do.
    return None if isinstance(dataset, datasets.Dataset) else IdCheck(source.row_ids, source.id_column)


def strip_when_iterated(loader: Any, pending: PendingBatches) -> None:
    """Let a loader's batches come without our part, which is put aside."""
    kind: Any = type(loader)  # not `loader.__class__`, by which Accelerate's loader passes for another

    def iterate(self: Any) -> Iterator[Any]:
        return pending.stripping(kind.__iter__(self))

    tracked = type(kind.__name__, (kind,), {"__iter__": iterate})
    vars(object)["__class__"].__set__(loader, tracked)


def steps_per_epoch(loader: Any, args: Any) -> int | None:
    """Optimizer steps in a pass, as Trainer counts them; None where the data has no length."""
    try:
        batches = len(loader)
    except TypeError:
        return None
    accumulated: int = args.gradient_accumulation_steps
    return max(1, -(-batches // accumulated))
