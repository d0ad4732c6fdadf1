"""The recorder: batches of signals in, part files out, without holding up the training loop.

Signals stay on their device in a preallocated ring. A full ring is copied to the host without blocking and
handed to a writer thread, which waits for the copy, names the rows' examples, and writes part files. The
training thread never waits for the device or the disk, except in `flush`.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dataset_cartography.log import LogWriter

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
Translate = Callable[[dict[str, Array]], dict[str, Array]]
"""Turns what the loop knows (`row` numbers, token positions) into what the log keeps (examples, characters)."""

RING_ROWS = 4096
PART_ROWS = 131_072


@dataclass
class _Ring:
    """Signals of up to `RING_ROWS` rows on one device; the steps they belong to on the host."""

    floats: Tensor
    integers: Tensor
    steps: list[tuple[int, int]] = field(default_factory=list)
    used: int = 0


class Recorder:
    """Takes signals of batches and appends them to a log.

    Args:
        writer: Where rows go.
        translate: Applied in the writer thread to the columns `row` plus the signals; must return `example`
            (and `window`) instead of `row`. Default: a row number is an example's position.
        ring_rows: Rows per ring; a batch may not be larger.
        part_rows: Rows per part file; a part is also written at every flush.
    """

    def __init__(
        self,
        writer: LogWriter,
        *,
        translate: Translate | None = None,
        ring_rows: int = RING_ROWS,
        part_rows: int = PART_ROWS,
    ) -> None:
        self.writer = writer
        self._translate = translate or _row_is_example
        self._ring_rows = ring_rows
        self._part_rows = part_rows
        signals = writer.manifest.schema.signals
        self._floats = [column.name for column in signals if column.dtype == "float32"]
        self._integers = [column.name for column in signals if column.dtype != "float32"]
        self._ring: _Ring | None = None
        self._spare: list[_Ring] = []
        self._epoch: int | None = None
        self._pending: list[dict[str, Array]] = []
        # A bounded queue: if the disk cannot keep up, training waits rather than memory growing.
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(maxsize=8)
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def failure(self) -> BaseException | None:
        """What stopped the writing of rows, or None while all is well."""
        return self._failure

    def begin_epoch(self, number: int) -> None:
        """Rows recorded from now on belong to this pass (from 1)."""
        self.flush()
        self._epoch = number

    def record(self, rows: Tensor, signals: Mapping[str, Tensor], global_step: int) -> None:
        """Take one batch.

        Args:
            rows: Shape (batch,), the batch's row numbers in the training dataset, on any device.
            signals: Tensors of shape (batch,), named as the task's columns.
            global_step: Optimizer steps done before this forward pass.
        """
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
        ring.used = end

    def flush(self) -> None:
        """Return when every row recorded so far is durable (or its loss has been reported)."""
        self._hand_over()
        if self._thread is None:
            return
        done = threading.Event()

        def write_all() -> None:
            try:
                self._write_pending()
            finally:
                done.set()

        self._queue.put(write_all)
        done.wait()

    def end_epoch(self, global_step: int, *, complete: bool = True) -> None:
        """Close the pass: flush, and note it in the manifest."""
        self.flush()
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            return
        try:
            self.writer.close_epoch(epoch, global_step, complete=complete and self._failure is None)
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Flush and end the writer thread."""
        self.flush()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

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
        steps, epoch = ring.steps, self._epoch

        def take() -> None:
            if event is not None:
                event.synchronize()
            columns = dict(zip(self._floats, floats.numpy().copy(), strict=True))
            columns |= dict(zip(["row", *self._integers], integers.numpy().copy(), strict=True))
            columns["global_step"] = np.repeat(*np.array(steps, dtype=np.int64).T)
            columns["epoch"] = np.full(len(columns["row"]), epoch)
            ring.used, ring.steps = 0, []
            self._spare.append(ring)
            # A ring at a time: what a row is translated with may be far larger than the row.
            self._pending.append(self._translate(columns))
            if sum(len(batch["example"]) for batch in self._pending) >= self._part_rows:
                self._write_pending()

        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="cartography-writer", daemon=True)
            self._thread.start()
        self._queue.put(take)

    def _write_pending(self) -> None:
        """Write the rows waiting in memory as one part (all are of one epoch: `begin_epoch` flushes)."""
        batches, self._pending = self._pending, []
        if not batches or self._failure is not None:
            return
        columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        epoch = int(columns.pop("epoch")[0])
        self.writer.write_part(epoch, columns)

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            try:
                task()
            except Exception as error:  # noqa: BLE001 - a failed write must never stop the training
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error
            logger.warning(
                "Recording stopped: %s. Training goes on; what was recorded before is safe in '%s', "
                "and this epoch is marked incomplete.",
                error,
                self.writer.paths.root,
            )


def _row_is_example(columns: dict[str, Array]) -> dict[str, Array]:
    columns["example"] = columns.pop("row")
    return columns
