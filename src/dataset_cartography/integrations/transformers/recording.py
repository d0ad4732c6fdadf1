"""One log being written in step with a trainer: of its training data, or of a split that it evaluates."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer

from dataset_cartography.errors import InputError, RecordingError
from dataset_cartography.integrations.transformers.attempts import begin_attempt, gaps
from dataset_cartography.integrations.transformers.processes import Processes
from dataset_cartography.integrations.transformers.sources import Source
from dataset_cartography.log import Attempt, LogReader, LogWriter, Manifest
from dataset_cartography.log.manifest import Mode
from dataset_cartography.recorder import OnFailure, Recorder

logger = logging.getLogger(__name__)


class Recording:
    """What every process of a run writes into one cartography directory.

    Args:
        trainer: The trainer.
        source: The examples, and how their signals are taken.
        root: The cartography directory.
        mode: As in the manifest.
        on_failure: As in `Recorder`.
    """

    def __init__(
        self, trainer: Trainer, source: Source, root: Path, mode: Mode, on_failure: OnFailure
    ) -> None:
        self.source = source
        self.root = root
        self.mode: Mode = mode
        self.processes = Processes(trainer)
        self.recorder: Recorder | None = None
        self.epoch = 0
        self.rows = 0
        self._on_failure: OnFailure = on_failure
        self._gaps: dict[int, str] = {}
        self._ids_are_text: bool | None = None

    def open(self, attempt: Attempt, *, provenance: dict[str, Any], start_over: bool = False) -> None:
        """Begin an attempt, in all processes at once; errors as `begin_attempt`."""
        if self.recorder is not None:  # an attempt that was broken off, and said why
            with contextlib.suppress(RecordingError):
                self.recorder.close()
            self.recorder = None
        ids = self.source.ids
        manifest = Manifest(
            task=self.source.signals.schema.task,
            mode=self.mode,
            id_type="integer" if ids is not None and ids.dtype.kind == "i" else "string",
            examples=None if ids is None else len(ids),
            attempts=(attempt,),
            options=self.source.options,
            provenance=provenance,
        )

        def begin() -> tuple[Manifest, dict[int, str]]:
            begun = begin_attempt(self.root, manifest, self.source, start_over=start_over)
            return begun, gaps(LogReader(self.root), attempt.from_step)

        manifest, self._gaps = self.processes.on_main(begin)
        for number, what in self._gaps.items():
            logger.warning("Epoch %d in '%s' will stay incomplete: %s.", number, self.root, what)
        writer = LogWriter(self.root, manifest, rank=self.processes.rank)
        self.recorder = Recorder(writer, translate=self.source.translate, on_failure=self._on_failure)
        self.epoch = max((epoch.number for epoch in manifest.epochs), default=0)
        self.rows = 0

    @property
    def manifest(self) -> Manifest:
        """The manifest, of which only the main process keeps the epochs up to date."""
        assert self.recorder is not None  # noqa: S101 - for the type checker
        return self.recorder.writer.manifest

    def record(self, inputs: Any, outputs: Any, carried: dict[str, Any], global_step: int) -> None:
        """Record one batch: what the model was given, what it answered, our tensors, and when it was."""
        assert self.recorder is not None  # noqa: S101 - for the type checker
        rows: Tensor = carried["row"]
        text = "ids" in carried
        if self._ids_are_text not in (None, text):  # or no reader could tell hashes from ids
            raise InputError(
                "The ids of a stream must be all integers, or all strings that are not empty, but this one's change "
                f"from {'integers to strings' if text else 'strings to integers'}."
            )
        self._ids_are_text = text
        ids = carried["ids"].values if text else ()
        with torch.no_grad():
            signals = self.source.signals(inputs, outputs, carried)
            self.recorder.record(rows, signals, global_step, ids)
        self.rows += len(rows)

    def begin_epoch(self, number: int) -> None:
        """Rows belong to this pass from now on."""
        assert self.recorder is not None  # noqa: S101
        self.epoch = number
        self.recorder.begin_epoch(number)

    def close_epoch(self, global_step: int, *, complete: bool) -> bool:
        """Close the pass, once every process has written its rows.

        Returns:
            Whether all rows are there, and the manifest knows.
        """
        assert self.recorder is not None  # noqa: S101
        self.recorder.flush()
        lost = sum(self.processes.gather(self.recorder.lost(self.epoch)))
        notes = [self._gaps.get(self.epoch, "")]
        if lost:
            notes.append(f"{lost} rows could not be written")
        if not complete:
            notes.append(f"it was cut short at step {global_step}")
        note = "; ".join(filter(None, notes))
        if self.processes.is_main:
            self.recorder.end_epoch(global_step, complete=not note, note=note)
        return not lost and self.recorder.manifest_is_saved

    def make_durable(self) -> None:
        """Return when the rows of all processes are on disk."""
        if self.recorder is not None:
            self.recorder.flush()
            self.processes.wait()

    def close(self) -> None:
        """End the attempt."""
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None
            self.processes.wait()
