"""Multiple-choice examples from whatever a user calls a dataset."""

from pathlib import Path

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.loading import DEMO, load_raw
from dataset_cartography.tasks.multiple_choice.rows import read_rows


def load_examples(
    dataset: str,
    *,
    split: str | None = "train",
    max_samples: int | None = None,
    cache_dir: str | Path | None = None,
) -> Checked:
    """Load a multiple-choice dataset in the one form the package uses; see `rows.read_rows`.

    Args:
        dataset: As `tasks.loading.load_raw` takes it, but for ``demo``, whose questions have no choices.
        split: As `load_raw` takes it.
        max_samples: Keep only the first this many rows.
        cache_dir: Where `datasets` keeps its copies, if not in its default place.

    Returns:
        Columns ``id``, ``context``, ``question``, ``choices``, ``label`` and all others of the dataset; faulty
        rows left out.

    Raises:
        InputError, MissingFileError, MissingColumnError, OfflineError: One sentence each, as the callees say.
    """
    if dataset.split(":")[0] == DEMO:
        raise InputError(
            f"The dataset '{dataset}' holds questions without choices, which only --task qa reads. Give a local "
            "file with the columns question, choices and label, or a name on the hub."
        )
    return read_rows(
        load_raw(dataset, split, cache_dir=cache_dir),
        max_samples=max_samples,
        where=f"the dataset '{dataset}'",
    )
