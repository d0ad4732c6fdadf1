"""Labelled texts from whatever a user calls a dataset."""

from collections.abc import Sequence
from pathlib import Path

import datasets

from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.classification.rows import LABEL_NAMES, PutLabel, Text, normalize
from dataset_cartography.tasks.loading import load_raw, refuse_demo


def load_examples(
    dataset: str,
    texts: Sequence[Text],
    *,
    split: str | None = "train",
    max_samples: int | None = None,
    options: Options = DEFAULTS,
    cache_dir: str | Path | None = None,
    label_names: Sequence[str] = LABEL_NAMES,
    put_label: PutLabel | None = None,
) -> datasets.Dataset:
    """Load a dataset of labelled texts in the one form the package uses.

    Args:
        dataset: As `tasks.loading.load_raw` takes it, but for ``demo``, which has questions only.
        texts: What the task reads.
        split: As `load_raw` takes it.
        max_samples: Keep only the first this many rows.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        cache_dir: Where `datasets` keeps its copies, if not in its default place.
        label_names: As `normalize` takes it.
        put_label: As `normalize` takes it.

    Returns:
        Columns ``id``, one for each text, ``label`` and all others of the dataset; see `normalize`. Rows are not
        checked yet: see `check_rows`.

    Raises:
        InputError, MissingFileError, MissingColumnError, OfflineError: One sentence each, as the callees say.
    """
    refuse_demo(dataset, [*(text.name for text in texts), LABEL])
    raw = load_raw(dataset, split, cache_dir=cache_dir)
    return normalize(
        raw,
        texts,
        options,
        where=f"the dataset '{dataset}'",
        max_samples=max_samples,
        label_names=label_names,
        put_label=put_label,
    )
