"""The recorder: batches of signals in, part files out, without holding up the training loop.

Signals stay on their device in a preallocated ring. A full ring is copied to the host without blocking and
handed to a writer thread, which waits for the copy, names the rows' examples, and writes part files. The
training thread never waits for the device, and for the disk only in `flush` or where it cannot keep up.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dataset_cartography.errors import RecordingError
from dataset_cartography.log import LogWriter
from dataset_cartography.log.writer import PART_ROWS
from dataset_cartography.schema import UNIT

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
Translate = Callable[[dict[str, Array]], dict[str, Array]]
"""Turns what the loop knows (`row` numbers, token positions) into what the log keeps (examples, characters)."""

Names = tuple[Array, Sequence[str]]
"""Of examples of a stream: what stands for each in the rows (int64), and its id."""

OnFailure = Literal["continue", "stop"]
"""What a disk that fails costs: rows, of which map and manifest tell, or the training."""

RING_ROWS = 4096
SLOW_SECONDS = 10.0
SLOW_SHARE = 0.05
KNOWN_IDS = 2**20

_writing = threading.Lock()
# Loader workers may be forked at any time, and must not inherit a lock that the writer thread holds inside the
# libraries it calls: a fork waits until a part is written.
os.register_at_fork(
    before=_writing.acquire, after_in_parent=_writing.release, after_in_child=_writing.release
)


@dataclass
class _Ring:
    """Signals of up to `RING_ROWS` rows on one device; their steps and a stream's ids on the host."""

    floats: Tensor
    integers: Tensor
    steps: list[tuple[int, int]] = field(default_factory=list)
    names: list[Names] = field(default_factory=list)
    used: int = 0


class Recorder:
    """Takes signals of batches and appends them to a log.

    Args:
        writer: Where rows go.
        translate: Applied in the writer thread to the columns `row` plus the signals; must return `example`
            (and `window`) instead of `row`. Default: a row number is an example's position.
        on_failure: Whether training goes on when rows cannot be written ("continue": after one warning, what is
            lost is noted in the manifest) or the next call raises ("stop").
        ring_rows: Rows per ring; a larger batch gets a ring of its own size.
        part_rows: Rows per part file; a part is also written at every flush.
    """

    def __init__(
        self,
        writer: LogWriter,
        *,
        translate: Translate | None = None,
        on_failure: OnFailure = "continue",
        ring_rows: int = RING_ROWS,
        part_rows: int = PART_ROWS,
    ) -> None:
        self.writer = writer
        self._translate = translate or _row_is_example
        self._on_failure = on_failure
        self._ring_rows = ring_rows
        self._part_rows = part_rows
        manifest = writer.manifest
        signals = manifest.schema.signals
        piece = manifest.schema.piece
        if piece is not None and (manifest.examples is None or manifest.schema.pooled):
            signals = (*signals, piece)  # a dataset's row numbers imply a window, which a stream must tell
        self._floats = [column.name for column in signals if column.dtype == "float32"]
        self._integers = [column.name for column in signals if column.dtype != "float32"]
        self._ring: _Ring | None = None
        self._spare: list[_Ring] = []
        self._epoch: int | None = None
        self._pending: list[dict[str, Array]] = []
        self._pending_ids: list[Names] = []
        self._known_ids = _KnownIds(KNOWN_IDS)
        # A bounded queue: if the disk cannot keep up, training waits rather than memory growing.
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(maxsize=8)
        self._thread: threading.Thread | None = None
        self._lost: dict[int, int] = {}
        self._failure: BaseException | None = None
        self._manifest_is_saved = True
        self._began = time.monotonic()
        self._waited = 0.0
        self._said_slow = False

    @property
    def failure(self) -> BaseException | None:
        """What kept rows from being written, or None while all is well."""
        return self._failure

    @property
    def manifest_is_saved(self) -> bool:
        """Whether the manifest on disk knows all closed epochs; it is tried again with every epoch and at the end."""
        return self._manifest_is_saved

    def lost(self, epoch: int) -> int:
        """How many of an epoch's rows could not be recorded."""
        return self._lost.get(epoch, 0)

    def lose(self, rows: int, reason: Exception) -> None:
        """Note that rows of this pass cannot be recorded."""
        if self._epoch is not None:
            self._lost[self._epoch] = self.lost(self._epoch) + rows
        self._fail(reason, sum(self._lost.values()))

    def begin_epoch(self, number: int) -> None:
        """Rows recorded from now on belong to this pass (from 1)."""
        self.flush()
        self._epoch = number

    def record(
        self,
        rows: Tensor,
        signals: Mapping[str, Tensor],
        global_step: int,
        names: Names | None = None,
    ) -> None:
        """Take one batch.

        Args:
            rows: Shape (rows,), each row's number in the dataset, on any device; of a stream, what stands for its
                example's id (int64). A row is an example, or a piece of one.
            signals: Tensors of shape (rows,), named as the task's columns; of tasks with units or tokens `unit` too,
                -1 where a row is to be left out.
            global_step: Optimizer steps done before this forward pass.
            names: Of a stream whose ids are strings: the batch's examples.

        Raises:
            RecordingError: Rows could not be written, and `on_failure` is "stop".
        """
        self._raise_if_asked()
        size = rows.shape[0]
        device = next(iter(signals.values())).device
        ring = self._ring
        if ring is None or ring.used + size > ring.floats.shape[1] or ring.floats.device != device:
            self._hand_over()
            ring = self._ring = self._fresh_ring(device, max(size, self._ring_rows))
        end = ring.used + size
        ring.floats[:, ring.used : end] = torch.stack([signals[name] for name in self._floats])
        # The `row` column may still be on the host: a non-blocking copy of its own.
        ring.integers[0, ring.used : end].copy_(rows, non_blocking=True)
        if self._integers:
            ring.integers[1:, ring.used : end] = torch.stack(
                [signals[name].long() for name in self._integers]
            )
        ring.steps.append((global_step, size))
        if names is not None:
            ring.names.append(names)
        ring.used = end

    def flush(self) -> None:
        """Return when every row recorded so far is durable (or its loss has been reported).

        Raises:
            RecordingError: Rows could not be written, and `on_failure` is "stop".
        """
        self._hand_over()
        if self._thread is None:
            return
        done = threading.Event()

        def write_all() -> None:
            try:
                self._write_pending()
            finally:
                done.set()

        self._enqueue(write_all)
        self._wait_for(done.wait)
        self._raise_if_asked()

    def end_epoch(self, global_step: int, *, complete: bool = True, note: str = "") -> None:
        """Flush, and close the pass in the manifest; of several processes only one does so, after all flushed.

        Args:
            global_step: Optimizer steps done.
            complete: Whether the pass ran to its end, and every process wrote all of its rows.
            note: Why it is not complete.
        """
        self.flush()
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            return
        complete = complete and not self.lost(epoch)
        self._save(lambda: self.writer.close_epoch(epoch, global_step, complete=complete, note=note))
        self._raise_if_asked()

    def close(self) -> None:
        """Write what is left and end the writer thread; errors as `flush`."""
        try:
            self.flush()
            if not self._manifest_is_saved:
                self._save(self.writer.save_manifest)
        finally:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _save(self, save: Callable[[], None]) -> None:
        """Save the manifest, and note if that fails."""
        try:
            save()
        except OSError as error:
            self._manifest_is_saved = False
            self._fail(error)
        else:
            self._manifest_is_saved = True

    def _raise_if_asked(self) -> None:
        if self._failure is not None and self._on_failure == "stop":
            way_on = " Mend the disk and go on from the last checkpoint (--resume_from_checkpoint)."
            raise RecordingError(
                f"Recording failed, and the training was to stop then: {self._failure}. {self._what_is_left()}."
                f"{'' if self._gone() else way_on}"
            ) from self._failure

    def _fresh_ring(self, device: torch.device, rows: int) -> _Ring:
        while self._spare:
            ring = self._spare.pop()
            if ring.floats.device == device and ring.floats.shape[1] >= rows:
                return ring
        return _Ring(
            floats=torch.empty(len(self._floats), rows, device=device),
            integers=torch.empty(1 + len(self._integers), rows, dtype=torch.int64, device=device),
        )

    def _hand_over(self) -> None:
        """Queue the current ring for writing; on CUDA its copy to pinned memory runs beside training."""
        ring, self._ring = self._ring, None
        if ring is None or ring.used == 0:
            return
        if self._epoch is None:
            raise RuntimeError("begin_epoch must come before record")
        floats, integers = ring.floats[:, : ring.used], ring.integers[:, : ring.used]
        event: torch.cuda.Event | None = None
        if ring.floats.is_cuda:
            floats = torch.empty(floats.shape, pin_memory=True).copy_(floats, non_blocking=True)
            integers = torch.empty(integers.shape, dtype=torch.int64, pin_memory=True).copy_(
                integers, non_blocking=True
            )
            event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            event.record()
        steps, names, epoch = ring.steps, ring.names, self._epoch

        def take() -> None:
            try:
                if event is not None:
                    event.synchronize()
                columns = dict(zip(self._floats, floats.numpy().copy(), strict=True))
                columns |= dict(zip(["row", *self._integers], integers.numpy().copy(), strict=True))
                columns["global_step"] = np.repeat(*np.array(steps, dtype=np.int64).T)
                columns["epoch"] = np.full(len(columns["row"]), epoch)
                ring.used, ring.steps, ring.names = 0, [], []
                self._spare.append(ring)
                if UNIT.name in columns:
                    labelled = columns[UNIT.name] >= 0
                    columns = {name: values[labelled] for name, values in columns.items()}
                if not len(columns["row"]):  # batches of nothing to learn
                    return
                # A ring at a time: what a row is translated with may be far larger than the row.
                self._pending.append(self._translate(columns))
                self._pending_ids += names
            except Exception:
                self._lost[epoch] = self.lost(epoch) + floats.shape[1]
                raise
            if sum(len(batch["example"]) for batch in self._pending) >= self._part_rows:
                self._write_pending()

        if self._thread is None:
            thread = threading.Thread(target=self._run, name="cartography-writer", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no more threads
                self.lose(ring.used, error)
                return
            self._thread = thread
        self._enqueue(take)

    def _enqueue(self, task: Callable[[], None]) -> None:
        def put(seconds: float) -> bool:
            try:
                self._queue.put(task, timeout=seconds)
            except queue.Full:
                return False
            return True

        self._wait_for(put)

    def _wait_for(self, arrived: Callable[[float], bool]) -> None:
        """Wait for the writer thread, and say once where that takes long: while it does, for a disk may hang."""
        before, began = self._waited, time.monotonic()
        there = False
        while not there:
            there = arrived(SLOW_SECONDS)
            now = time.monotonic()
            self._waited = before + now - began
            slow = self._waited >= max(SLOW_SECONDS, SLOW_SHARE * (now - self._began))
            if slow and not self._said_slow:
                self._said_slow = True
                logger.warning(
                    "The disk of '%s' does not keep up: the training has waited %.0f s of %.0f s for it. Nothing is "
                    "lost by that.",
                    self.writer.paths.root,
                    self._waited,
                    now - self._began,
                )

    def _write_pending(self) -> None:
        """Write the rows waiting in memory as one part (all are of one epoch: `begin_epoch` flushes)."""
        batches, self._pending = self._pending, []
        named, self._pending_ids = self._pending_ids, []
        if not any(len(batch["example"]) for batch in batches):  # none, or none with a label
            return
        columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        epoch = int(columns.pop("epoch")[0])
        try:
            self._write_ids(named)
            self.writer.write_part(epoch, columns)
        except Exception as error:  # noqa: BLE001 - a failed write must never stop the training by itself
            self._lost[epoch] = self.lost(epoch) + len(columns["example"])
            self._fail(error, self._lost[epoch])

    def _write_ids(self, named: list[Names]) -> None:
        """Write a stream's ids that are not known to be on disk: before their rows, so that none is nameless."""
        if not named:
            return
        hashes = np.concatenate([keys for keys, _ in named])
        ids = [name for _, names in named for name in names]
        # With a hash of another kind: two ids that share the first are both written, for the reader to find.
        marks = hashes ^ np.fromiter(map(hash, ids), np.int64, len(ids))
        new = self._known_ids.unknown(marks)
        if len(new):
            self.writer.write_ids(hashes[new], [ids[place] for place in new])
            self._known_ids.add(marks[new])

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            with _writing:
                try:
                    task()
                except Exception as error:  # noqa: BLE001
                    self._fail(error, sum(self._lost.values()))

    def _fail(self, error: BaseException, lost: int = 0) -> None:
        if self._failure is not None:
            return
        self._failure = error
        if self._on_failure == "stop":
            return  # The next call raises, and says it all.
        logger.warning(
            "%s (%s)%s. Training goes on. %s.",
            "Rows could not be recorded" if lost else "The manifest could not be written",
            error,
            f", {lost} so far" if lost else "",
            self._what_is_left(),
        )

    def _what_is_left(self) -> str:
        if gone := self._gone():
            return f"'{gone}' is not there any more, nor what was recorded in it"
        root = self.writer.paths.root
        return (
            f"What was recorded before is safe in '{root}', and epochs that miss rows are marked incomplete"
        )

    def _gone(self) -> Path | None:
        """The directory that vanished, if that is what happened."""
        paths = self.writer.paths
        return next((path for path in (paths.root, paths.dynamics) if not os.path.isdir(path)), None)  # noqa: PTH112 - never raises


class _KnownIds:
    """Remembers hashes in bounded memory: it may forget one, and never makes one up."""

    def __init__(self, slots: int) -> None:
        self._slots = np.zeros(slots, np.int64)
        self._slots[0] = 1  # so that 0, which belongs here, is not taken as known

    def unknown(self, hashes: Array) -> Array:
        """Places of the hashes that are not remembered, each hash once."""
        first = np.unique(hashes, return_index=True)[1]
        new = first[self._slots[hashes[first] % len(self._slots)] != hashes[first]]
        return np.sort(new)

    def add(self, hashes: Array) -> None:
        """Remember hashes."""
        self._slots[hashes % len(self._slots)] = hashes


def _row_is_example(columns: dict[str, Array]) -> dict[str, Array]:
    columns["example"] = columns.pop("row")
    return columns
