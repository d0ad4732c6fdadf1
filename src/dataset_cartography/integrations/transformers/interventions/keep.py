"""Training on a part of a trainer's examples."""

from collections.abc import Iterable
from typing import Any

import datasets
import numpy as np
import pandas as pd
from torch.utils.data import Subset
from transformers import Trainer

from dataset_cartography.integrations.transformers.interventions.facts import note
from dataset_cartography.integrations.transformers.interventions.rows import row_ids
from dataset_cartography.selection import located


def keep_examples(trainer: Trainer, ids: Iterable[Any], *, id_column: str | None = None) -> int:
    """Train on these examples alone, in the order of the data. Call it first, before `track` and other interventions.

    Args:
        trainer: The trainer; its training data has an id in every row.
        ids: Those of the examples to keep, as `select_examples` gives them; ids that the data lacks keep nothing.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.

    Returns:
        How many rows are kept; all windows of an example go with it.

    Raises:
        InputError: None of the ids is in the data, or it is a stream.
        MissingColumnError: The data has no ids.
    """
    rows = row_ids(trainer, id_column, "keep_examples")
    examples, codes = np.unique(rows, return_inverse=True)
    places = located(pd.Index(examples.tolist()), ids, "to keep", "in the training data")
    wanted = np.zeros(len(examples), dtype=bool)
    wanted[places[places >= 0]] = True
    kept = np.flatnonzero(wanted[codes])
    facts = {"kept": int(wanted.sum()), "of": len(examples)}
    note(trainer, "examples", facts | dict(getattr(ids, "attrs", {})), wanted[codes])
    dataset = trainer.train_dataset
    part = dataset.select(kept) if isinstance(dataset, datasets.Dataset) else Subset(dataset, kept.tolist())
    trainer.train_dataset = part
    return len(kept)
