"""One log being written in step with a training: of its data, or of a split that it evaluates."""

import contextlib
import functools
import logging
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from dataset_cartography.errors import InputError, RecordingError
from dataset_cartography.integrations.shared.attempts import begin_attempt, check_attempt, gaps
from dataset_cartography.integrations.shared.examples import Examples
from dataset_cartography.integrations.shared.outputs import Watch
from dataset_cartography.integrations.shared.processes import Processes
from dataset_cartography.log import Attempt, DirectoryLock, LogReader, LogWriter, Manifest
from dataset_cartography.log.manifest import Mode
from dataset_cartography.recorder import OnFailure, Recorder
from dataset_cartography.signals import FEATURE

logger = logging.getLogger(__name__)

AnyExamples = TypeVar("AnyExamples", bound=Examples)


class Recording(Generic[AnyExamples]):
    """What every process of a run writes into one cartography directory.

    Args:
        processes: Those that train together.
        source: The examples, and how their signals are taken.
        root: The cartography directory.
        mode: As in the manifest.
        on_failure: As in `Recorder`.
    """

    def __init__(
        self, processes: Processes, source: AnyExamples, root: Path, mode: Mode, on_failure: OnFailure
    ) -> None:
        self.source = source
        self.root = root
        self.mode: Mode = mode
        self.processes = processes
        self.recorder: Recorder | None = None
        self.epoch = 0
        self.rows = 0
        self._rows_before = 0
        self._on_failure: OnFailure = on_failure
        self._gaps: dict[int, str] = {}
        self._lock: DirectoryLock | None = None
        self._ids_are_text: bool | None = None

    def prepare(
        self,
        attempt: Attempt,
        *,
        provenance: dict[str, Any],
        run: str = "",
        start_over: bool = False,
        finds_place: bool = False,
    ) -> None:
        """See that an attempt can be recorded, in all processes at once, and change nothing yet.

        Args:
            attempt: The attempt.
            provenance: Facts for the manifest.
            run: Where it goes on: the run that it goes on with, if that is known.
            start_over: As `check_attempt` takes it.
            finds_place: As `check_attempt` takes it.

        Raises:
            InputError, OutputExistsError: As `check_attempt`.
        """
        self.abandon()
        ids = self.source.ids
        self._plan = Manifest(
            task=self.source.signals.schema.task,
            mode=self.mode,
            id_type="integer" if ids is not None and ids.dtype.kind == "i" else "string",
            examples=None if ids is None else len(ids),
            attempts=(attempt,),
            options=self.source.options,
            provenance=provenance,
            run=run or uuid.uuid4().hex,
        )
        self._start_over = start_over

        def check() -> None:
            check_attempt(self.root, self._plan, self.source, start_over=start_over, finds_place=finds_place)
            if run and attempt.from_step and Manifest.read(self.root).run != run:
                raise InputError(
                    f"'{self.root}' holds another run than the one that the checkpoint belongs to: give the directory "
                    "that it was recorded into, or begin again in a new one."
                )
            self._lock = DirectoryLock(self.root)

        self.processes.on_main(check)

    def open(self) -> None:
        """Begin the attempt that was prepared, in all processes at once; errors as `begin_attempt`."""

        def begin() -> tuple[Manifest, dict[int, str]]:
            begun = begin_attempt(self.root, self._plan, self.source, start_over=self._start_over)
            return begun, gaps(LogReader(self.root), begun.attempt.from_step)

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

    def taker(
        self, inputs: Mapping[str, Any], carried: dict[str, Any], global_step: int
    ) -> Callable[[Any], None]:
        """What is to be done with the model's answer to a batch.

        Args:
            inputs: The batch; its targets are copied, for a loss may change them.
            carried: What travelled with it.
            global_step: Optimizer steps done.
        """
        given = {
            name: value.clone() if isinstance(value, Tensor) and value.ndim < 2 else value
            for name, value in inputs.items()
        }
        return functools.partial(self.record, given, carried, global_step=global_step)

    def record(
        self, inputs: Mapping[str, Any], carried: dict[str, Any], outputs: Any, global_step: int
    ) -> None:
        """Record one batch: what the model was given, our tensors, what it answered, and when it was.

        Raises:
            InputError: The answer is none that can be recorded.
        """
        assert self.recorder is not None  # noqa: S101 - for the type checker
        rows: Tensor = carried["row"]
        text = "ids" in carried
        if self._ids_are_text not in (None, text):  # or no reader could tell hashes from ids
            raise InputError(
                "The ids of a stream must be all integers, or all strings that are not empty, but this one's change "
                f"from {'integers to strings' if text else 'strings to integers'}."
            )
        self._ids_are_text = text
        names = carried["ids"].names if text else None
        with torch.no_grad():
            signals = self.source.signals(inputs, outputs, carried)
            # Several rows may describe one feature: its tokens, for one.
            feature = signals.pop(FEATURE, None)
            answered = len(next(iter(signals.values())))
            if feature is None and answered != len(rows):
                raise InputError(
                    f"track cannot tell which example a row of a batch is: of {len(rows)} features the data collator "
                    f"or the model made {answered} rows."
                )
            told = rows if feature is None else rows.to(feature.device, non_blocking=True)[feature]
            self.recorder.record(told, signals, global_step, names)
        self.rows += len(rows)

    def account(self, watch: Watch | None, carried: dict[str, Any] | None) -> None:
        """Raise where the first batch could not be recorded; note what is lost where a later one could not.

        Args:
            watch: What happened while it was computed.
            carried: What travelled with it; None if nothing did.
        """
        assert self.recorder is not None  # noqa: S101
        try:
            if watch is None or carried is None:
                raise InputError(
                    "track cannot tell which examples a batch holds: it does not come from the trainer's own loader. "
                    "Let get_train_dataloader make it of the trainer's dataset, or record with mode='epoch_end'."
                )
            watch.check()
        except InputError as error:
            if not self.rows:
                raise
            self.recorder.lose(len(carried["row"]) if carried else 1, error)

    def begin_epoch(self, number: int) -> None:
        """Rows belong to this pass from now on."""
        assert self.recorder is not None  # noqa: S101
        self.epoch = number
        self._rows_before = self.rows
        self.recorder.begin_epoch(number)

    def close_epoch(self, global_step: int, *, complete: bool, expecting: bool = False) -> bool:
        """Close the pass, once every process has written its rows.

        Args:
            global_step: Optimizer steps done.
            complete: Whether it ran to its end.
            expecting: Whether it should have rows of this attempt.

        Returns:
            Whether all rows are there, and the manifest knows.
        """
        assert self.recorder is not None  # noqa: S101
        self.recorder.flush()
        lost = sum(self.processes.gather(self.recorder.lost(self.epoch)))
        notes = [self._gaps.get(self.epoch, "")]
        if lost:
            notes.append(f"{lost} rows could not be recorded")
        if expecting and not sum(self.processes.gather(self.rows - self._rows_before)):
            notes.append("no rows were recorded")
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

    def abandon(self) -> None:
        """End an attempt that training breaks off: what this process recorded becomes durable."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            with contextlib.suppress(RecordingError):  # training has a reason of its own to end
                recorder.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        """End the attempt."""
        if self.recorder is not None:
            self.recorder.close()
            self.abandon()
            self.processes.wait()
