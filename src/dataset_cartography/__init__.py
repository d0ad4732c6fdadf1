"""Dataset cartography: data maps from training dynamics (Swayamdipta et al., EMNLP 2020).

    from dataset_cartography import load_cartography_metrics, categorize_examples, get_examples_by_category

Importing this package loads neither torch nor transformers nor matplotlib; what needs them does so on use.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dataset_cartography.datamap import compute_metrics, load_cartography_metrics
from dataset_cartography.errors import CartographyError
from dataset_cartography.ids import generate_hash_ids
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.regions import categorize_examples, get_examples_by_category

if TYPE_CHECKING:
    from dataset_cartography.integrations.transformers import Tracker

__version__ = "0.1.0.dev0"

__all__ = [
    "CartographyError",
    "__version__",
    "categorize_examples",
    "compute_metrics",
    "find_label_errors",
    "generate_hash_ids",
    "get_examples_by_category",
    "load_cartography_metrics",
    "track",
]


def track(
    trainer: object,
    output_dir: str | Path,
    *,
    id_column: str | None = None,
    task: str | None = None,
    mode: Literal["in_training", "epoch_end"] = "in_training",
    splits: Sequence[str] = ("train",),
    on_failure: Literal["continue", "stop"] = "continue",
    tokens: bool = False,
) -> "Tracker":
    """Record a `transformers.Trainer`'s run; see `dataset_cartography.integrations.transformers.track`."""
    from dataset_cartography.integrations import transformers

    return transformers.track(
        trainer,
        output_dir,
        id_column=id_column,
        task=task,
        mode=mode,
        splits=splits,
        on_failure=on_failure,
        tokens=tokens,
    )
