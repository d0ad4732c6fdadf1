"""Edge (extra: train): the hidden truth goes to disk when the log of its run is there."""

from pathlib import Path
from typing import Any

import pandas as pd
from transformers import TrainerCallback

from dataset_cartography.tasks.noise.truth import planted_path, write_planted


class TruthWriter(TrainerCallback):  # type: ignore[misc] # transformers ships no types
    """Writes what was planted beside the log, each time that a training begins.

    Add it after `track`, which refuses directories that this run may not write to.

    Args:
        root: The cartography directory.
        planted: As `plant_label_noise` gives it.
    """

    def __init__(self, root: Path, planted: pd.DataFrame) -> None:
        self._root = root
        self._planted = planted

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Write; one process of all does."""
        if state.is_world_process_zero:
            write_planted(self._planted, planted_path(self._root))
