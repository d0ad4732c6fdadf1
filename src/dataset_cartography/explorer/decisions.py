"""What a person decided about examples: a file that only grows, a line per keystroke."""

import contextlib
import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from dataset_cartography.errors import (
    InputError,
    MissingFileError,
    OutputExistsError,
    OutputNotWritableError,
)
from dataset_cartography.ids import is_utf8

logger = logging.getLogger(__name__)

DECISIONS = ("ok", "wrong_label", "ambiguous", "drop", "relabel")
FILE_NAME = "decisions.jsonl"

ExampleId = int | str


@dataclass(frozen=True)
class Decision:
    """What was decided about one example: one of `DECISIONS`, and for "relabel" the label it should have."""

    decision: str
    relabel: str | None = None

    def __post_init__(self) -> None:
        if self.decision not in DECISIONS:
            raise InputError(f"A decision is one of {', '.join(DECISIONS)}, not '{self.decision}'.")
        if (self.decision == "relabel") != (self.relabel is not None):
            raise InputError("The decision 'relabel' needs the new label, and no other decision has one.")
        label = self.relabel
        if label is not None and not (isinstance(label, str) and label.strip() and is_utf8(label)):
            raise InputError("The new label must be text that is not empty and can be written as UTF-8.")

    def to_json(self) -> dict[str, str]:
        """As it stands in the file and as the page gets it."""
        return {"decision": self.decision} | ({} if self.relabel is None else {"relabel": self.relabel})


@dataclass(frozen=True)
class _Line:
    """One keystroke: from then on the example has this decision, or none."""

    id: ExampleId
    decision: Decision | None
    time: str
    by: str | None = None
    undo: bool = False

    def to_json(self) -> str:
        told: dict[str, Any] = {"id": self.id, "decision": None}
        if self.decision is not None:
            told |= self.decision.to_json()
        told["time"] = self.time
        if self.by is not None:
            told["by"] = self.by
        if self.undo:
            told["undo"] = True
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "_Line":
        raw = json.loads(text)
        if not isinstance(raw, dict) or not isinstance(raw.get("id"), int | str) or raw["id"] is True:
            raise InputError("it has no id")
        name = raw.get("decision")
        decision = None if name is None else Decision(name, raw.get("relabel"))
        return cls(raw["id"], decision, str(raw.get("time", "")), raw.get("by"), bool(raw.get("undo")))


def read_decisions(path: str | Path) -> pd.DataFrame:
    """Read what was decided in the explorer.

    Args:
        path: A decisions file, or the cartography directory that holds `decisions.jsonl`. A last line that a crash
            cut off is passed over.

    Returns:
        One row per example that has a decision, in the order of the decisions; the index is its id, exactly as in
        the dataset (64-bit integers if all ids are). Columns: `decision`, one of "ok", "wrong_label", "ambiguous",
        "drop", "relabel"; `relabel`, the new label or None; `time` (UTC, ISO 8601); `by`, or None.

    Raises:
        MissingFileError: There is no such file.
        InputError: A line cannot be read; the sentence names it.
    """
    path = Path(path)
    path = path / FILE_NAME if path.is_dir() else path
    if not path.is_file():
        raise MissingFileError(
            f"No decisions at '{path}': they are made by `datamap view DIR`, which writes {FILE_NAME} there."
        )
    lines, _ = _read(path)
    latest: dict[ExampleId, _Line] = {}
    for line in lines:
        latest.pop(line.id, None)
        if line.decision is not None:
            latest[line.id] = line
    whole = bool(latest) and all(isinstance(id_, int) and abs(id_) < 2**63 for id_ in latest)
    index = pd.Index(list(latest), dtype="int64" if whole else object, name="example_id")
    told = [(line.decision, line) for line in latest.values() if line.decision is not None]
    columns = {
        "decision": [decision.decision for decision, _ in told],
        "relabel": [decision.relabel for decision, _ in told],
        "time": [line.time for _, line in told],
        "by": [line.by for _, line in told],
    }
    return pd.DataFrame(
        {name: pd.Series(values, index=index, dtype=object) for name, values in columns.items()}, index=index
    )


def _read(path: Path) -> tuple[list[_Line], int]:
    """The lines, and how many bytes of the file they fill: what follows is the rest of a line cut off."""
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    lines = [_parse(part, path, number) for number, part in enumerate(_whole_lines(content[:end]), 1) if part]
    with contextlib.suppress(InputError):
        # A last line without its end, as an editor leaves it, counts; one that was cut off cannot be read.
        lines.append(_parse(content[end:], path, len(lines) + 1))
        end = len(content)
    return lines, end


def _whole_lines(content: bytes) -> Iterator[bytes]:
    return (line.strip() for line in content.split(b"\n"))


def _parse(part: bytes, path: Path, number: int) -> _Line:
    try:
        return _Line.of(part.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # InputError is a ValueError
        raise InputError(
            f"'{path}', line {number}, is not a decision ({error}). Mend or delete the line."
        ) from error


class DecisionLog:
    """The decisions file, open for writing by one process; what was decided is on the disk before a call returns.

    Args:
        path: The file; it is made by the first decision.
        by: Who decides, noted with each decision.

    Raises:
        OutputExistsError: Another explorer has the file open.
        OutputNotWritableError: It cannot be written to.
        InputError: A line cannot be read.
    """

    def __init__(self, path: Path, by: str | None = None) -> None:
        self.path, self._by = path, by
        self._latest: dict[ExampleId, Decision] = {}
        self._undoable: list[tuple[ExampleId, Decision | None]] = []  # who, and what was before
        self._lock = threading.Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise OutputNotWritableError(
                f"Cannot write decisions to '{path}': {error.strerror}. Give another file (--decisions)."
            ) from error
        try:
            self._take()
            self._resume()
        except BaseException:
            os.close(self._file)
            raise

    def _take(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputExistsError(
                f"Another explorer is writing decisions to '{self.path}': use that one, or give this one another "
                "file (--decisions)."
            ) from error
        except OSError:
            logger.warning(
                "'%s' lies on a file system without locks: open it in one explorer only", self.path
            )

    def _resume(self) -> None:
        lines, end = _read(self.path)
        size = os.fstat(self._file).st_size
        if end < size:
            logger.warning("cut off the end of '%s': a line that a crash left unfinished", self.path)
            os.ftruncate(self._file, end)
        elif size and not self.path.read_bytes().endswith(b"\n"):
            os.write(self._file, b"\n")
        for line in lines:
            self._apply(line)

    def _apply(self, line: _Line) -> None:
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
            self._append(_Line(example_id, decision, _now(), self._by))

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
            self._append(_Line(example_id, before, _now(), self._by, undo=True))
            return example_id, before

    def _append(self, line: _Line) -> None:
        size = os.fstat(self._file).st_size
        content = (line.to_json() + "\n").encode("utf-8")
        try:
            if os.write(self._file, content) < len(content):
                raise OSError(28, "no space left on the device")
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, size)
            raise OutputNotWritableError(
                f"The decision was not saved: cannot write to '{self.path}' ({error.strerror})."
            ) from error
        self._apply(line)

    def close(self) -> None:
        """Let another explorer write to the file."""
        os.close(self._file)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
