"""Recording examples that a trainer is not trained on: one clean pass over them after each of its epochs."""

import functools
import shutil
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch
from transformers import Trainer, TrainerCallback

from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.transformers.clean_pass import run_clean_pass
from dataset_cartography.integrations.transformers.labels import LabelSignals, one_logits
from dataset_cartography.integrations.transformers.loading import indexed
from dataset_cartography.integrations.transformers.preferences import reference_of
from dataset_cartography.integrations.transformers.processes import processes_of
from dataset_cartography.integrations.transformers.sources import schema_of, source_of
from dataset_cartography.integrations.transformers.weak import WeakTrainer
from dataset_cartography.log import Attempt


class HeldOutTracker(TrainerCallback):  # type: ignore[misc] # transformers ships no types
    """Records held-out examples after each epoch, and leaves no trace in the training.

    Args:
        trainer: The trainer; it is not trained on them.
        dataset: Their features.
        root: The log's directory, a new one.
        task: As `track` takes it.
    """

    _trainer = WeakTrainer()

    def __init__(self, trainer: Trainer, dataset: datasets.Dataset, root: Path, *, task: str | None) -> None:
        self._trainer = trainer
        self._dataset = dataset
        self.root = root
        source = source_of(trainer, dataset, schema_of(trainer, task), None, "the held-out dataset")
        self._recording = Recording(processes_of(trainer), source, root, "evaluation", "stop")
        self._epoch = 0
        self._rows: list[torch.Tensor] = []
        self._probabilities: list[torch.Tensor] = []
        trainer.add_callback(self)

    @property
    def ids(self) -> npt.NDArray[Any]:
        """(examples,) in the log's order."""
        ids = self._recording.source.ids
        assert ids is not None  # noqa: S101 - it is no stream
        return ids

    @property
    def probabilities(self) -> npt.NDArray[np.float32] | None:
        """(examples, labels) of the last pass, in the log's order; None for question answering."""
        if not self._probabilities:
            return None
        rows, values = torch.cat(self._rows).cpu(), torch.cat(self._probabilities).cpu()
        ordered = torch.empty_like(values)
        ordered[rows] = values
        return ordered.numpy()

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin the log; anew where Trainer begins again by itself, with a smaller batch."""
        self._recording.abandon()
        if self.root.exists():
            shutil.rmtree(self.root)
        self._epoch = 0
        self._recording.prepare(Attempt(1), provenance={})
        self._recording.open()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Make the pass."""
        trainer, recording = self._trainer, self._recording
        self._epoch += 1
        self._rows, self._probabilities = [], []
        recording.begin_epoch(self._epoch)
        data = indexed(trainer, self._dataset, recording.source, "Evaluation")
        record = functools.partial(self._record, step=state.global_step)
        run_clean_pass(trainer, *data, record, reference_of(recording.source.signals, trainer))
        recording.close_epoch(state.global_step, complete=True)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the log."""
        self._recording.close()

    def abandon(self) -> None:
        """Let the log go, where the training broke off."""
        self._recording.abandon()

    def _record(self, inputs: Any, carried: Any, outputs: Any, step: int) -> None:
        self._recording.record(inputs, carried, outputs, step)
        signals = self._recording.source.signals
        if isinstance(signals, LabelSignals):
            logits = one_logits(outputs, signals.classes)
            assert logits is not None  # noqa: S101 - or it could not have been recorded
            self._rows.append(carried["row"])
            self._probabilities.append(logits.float().softmax(-1))
