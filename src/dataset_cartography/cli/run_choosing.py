"""Which of a dataset's examples `run.py` trains on."""

import hashlib
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd

from dataset_cartography.cli.review import read_ids
from dataset_cartography.errors import InputError
from dataset_cartography.selection import all_located


def choose_examples(examples: datasets.Dataset, path: Path) -> tuple[datasets.Dataset, dict[str, Any]]:
    """Keep the examples that a file of ids names, in the dataset's order.

    Args:
        examples: What could be trained on.
        path: A JSON list of ids, or an id a line (`--train_ids`).

    Returns:
        The examples, and what a reader of their map will want to know of the file.

    Raises:
        MissingFileError: There is no such file.
        InputError: It holds no ids, or one that is not in the dataset; the sentence names it.
    """
    ids = read_ids(path)
    if not ids:
        raise InputError(f"'{path}' holds no ids: there is nothing to train on.")
    known = pd.Index(examples["id"][:], dtype=object)
    rows = all_located(
        known,
        ids,
        f"of --train_ids '{path}'",
        "in the dataset",
        told=f"the {len(ids):,} ids of --train_ids '{path}'",
        absent=f"not among the {len(examples):,} examples that can be trained on: give the dataset and split that they "
        "were chosen of.",
    )
    chosen = np.unique(rows)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return examples.select(chosen), {"file": str(path), "sha256": digest, "examples": len(chosen)}
