"""Question-answering examples from whatever a user calls a dataset."""

from pathlib import Path

import datasets

from dataset_cartography.tasks.loading import keep_first, load_raw
from dataset_cartography.tasks.qa.rows import normalize


def load_examples(
    dataset: str,
    *,
    split: str | None = "train",
    max_samples: int | None = None,
    cache_dir: str | Path | None = None,
) -> datasets.Dataset:
    """Load a question-answering dataset in the one form the package uses.

    Args:
        dataset: As `tasks.loading.load_raw` takes it.
        split: As `load_raw` takes it.
        max_samples: Keep only the first this many rows.
        cache_dir: Where `datasets` keeps its copies, if not in its default place.

    Returns:
        Columns ``id``, ``question``, ``context``, ``answers`` and all others of the dataset; see `normalize`.
        Rows are not checked yet: see `check_rows`.

    Raises:
        InputError, MissingFileError, MissingColumnError, OfflineError: One sentence each, as the callees say.
    """
    raw = keep_first(load_raw(dataset, split, cache_dir=cache_dir), max_samples)
    return normalize(raw, where=f"the dataset '{dataset}'")
