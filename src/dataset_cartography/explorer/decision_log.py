"""The decisions file while it is written to: it only grows, by a line per keystroke, and survives a crash."""

import contextlib
import fcntl
import logging
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

from dataset_cartography.decisions import Decision, ExampleId, Line, read_lines
from dataset_cartography.errors import (
    CartographyError,
    InputError,
    OutputExistsError,
    OutputNotWritableError,
)
from dataset_cartography.ids import is_utf8
from dataset_cartography.log import write_atomically

logger = logging.getLogger(__name__)


class DecisionLog:
    """The decisions file, open for writing by one process; what was decided is on the disk before a call returns.

    Args:
        path: The file; it is made where it is not there.
        by: Who decides, noted with each decision.

    Raises:
        OutputExistsError: Another explorer has the file open.
        OutputNotWritableError: It cannot be written to.
        InputError: A line cannot be read, or `by` not be written.
    """

    def __init__(self, path: Path, by: str | None = None) -> None:
        if by is not None and not is_utf8(by):
            raise InputError("The name of who decides (--by) must be text that can be written as UTF-8.")
        self.path, self._by = path, by
        self._latest: dict[ExampleId, Decision] = {}
        self._undoable: list[tuple[ExampleId, Decision | None]] = []  # who, and what was before
        self._lock = threading.Lock()
        self._file = _open(path)
        try:
            self._content = [self._resume()]  # in parts, as they were written
            self._size = len(self._content[0])
        except BaseException:
            os.close(self._file)
            raise

    def _resume(self) -> bytes:
        """Take what the file tells, and leave it ending with a whole line; its content."""
        lines, end = read_lines(self.path)
        content = self.path.read_bytes()
        if end < len(content):
            logger.warning("cut off the end of '%s': a line that a crash left unfinished", self.path)
            os.ftruncate(self._file, end)
            content = content[:end]
        elif content and not content.endswith(b"\n"):
            _write(self._file, b"\n")
            content += b"\n"
        for line in lines:
            self._apply(line)
        return content

    def _apply(self, line: Line) -> None:
        if line.undo:
            if self._undoable:
                self._undoable.pop()
        else:
            self._undoable.append((line.id, self._latest.get(line.id)))
        if line.decision is None:
            self._latest.pop(line.id, None)
        else:
            self._latest[line.id] = line.decision

    @property
    def latest(self) -> dict[ExampleId, Decision]:
        """The decision of every example that has one."""
        return dict(self._latest)

    def get(self, example_id: ExampleId) -> Decision | None:
        """What was decided about an example."""
        return self._latest.get(example_id)

    def decide(self, example_id: ExampleId, decision: Decision | None) -> None:
        """Write a decision about an example; None takes it back.

        Raises:
            OutputNotWritableError: The disk refuses; the file is as it was.
        """
        with self._lock:
            self._append(Line(example_id, decision, _now(), self._by))

    def undo(self) -> tuple[ExampleId, Decision | None] | None:
        """Take the last decision that still stands back, also one of an earlier session.

        Returns:
            The example and what is decided about it now; None where there is nothing to take back.

        Raises:
            OutputNotWritableError: The disk refuses; the file is as it was.
        """
        with self._lock:
            if not self._undoable:
                return None
            example_id, before = self._undoable[-1]
            self._append(Line(example_id, before, _now(), self._by, undo=True))
            return example_id, before

    def _append(self, line: Line) -> None:
        content = (line.to_json() + "\n").encode("utf-8")
        try:
            self._see_to_file()
            try:
                _write(self._file, content)
            except OSError:
                os.ftruncate(self._file, self._size)  # no half line stays
                raise
        except CartographyError:
            raise
        except OSError as error:
            raise OutputNotWritableError(
                f"The decision was not saved: cannot write to '{self.path}' ({error.strerror})."
            ) from error
        self._content.append(content)
        self._size += len(content)
        self._apply(line)

    def _see_to_file(self) -> None:
        """Make sure that the path still leads to the file that was opened, and that it is as it was left."""
        held = os.fstat(self._file)
        there = self.path.stat() if self.path.exists() else None
        replaced = there is not None and not os.path.samestat(there, held)
        if replaced or held.st_size > self._size:
            raise OutputNotWritableError(
                f"The decision was not saved: another program has changed '{self.path}'. Start `datamap view` again "
                "to go on from what stands there now."
            )
        if there is None or held.st_size < self._size:
            self._restore()

    def _restore(self) -> None:
        """Write the file anew: somebody removed or emptied it, and what was told as saved must stay so."""
        logger.warning("'%s' was removed or cut while it was open: it is written anew", self.path)
        write_atomically(self.path, lambda path: path.write_bytes(b"".join(self._content)))
        file = _open(self.path)
        os.close(self._file)
        self._file = file

    def close(self) -> None:
        """Let another explorer write to the file."""
        os.close(self._file)


def _open(path: Path) -> int:
    """Open a file to write to at its end, for this process alone."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise _not_writable(path, error.strerror) from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _not_writable(path, "not a file")
        _lock(file, path)
        _sync_folder(path)
    except BaseException:
        os.close(file)
        raise
    return file


def _not_writable(path: Path, why: str | None) -> OutputNotWritableError:
    return OutputNotWritableError(
        f"Cannot write decisions to '{path}': {why}. Give another file (--decisions)."
    )


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputExistsError(
            f"Another explorer is writing decisions to '{path}': use that one, or give this one another "
            "file (--decisions)."
        ) from error
    except OSError:
        logger.warning("'%s' lies on a file system without locks: open it in one explorer only", path)


def _write(file: int, content: bytes) -> None:
    """All of it, on the disk when this returns."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def _sync_folder(path: Path) -> None:
    """Bring a file's name on the disk as well; some file systems cannot, and need not."""
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
