"""What a person decided about examples: the lines of a decisions file, and the file read as a frame."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.ids import is_utf8
from dataset_cartography.log import write_atomically

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
            raise InputError(f"A decision is one of {', '.join(DECISIONS)}, not '{str(self.decision)[:60]}'.")
        if (self.decision == "relabel") != (self.relabel is not None):
            raise InputError("The decision 'relabel' needs the new label, and no other decision has one.")
        label = self.relabel
        if label is not None and not (isinstance(label, str) and label.strip() and is_utf8(label)):
            raise InputError("The new label must be text that is not empty and can be written as UTF-8.")

    def to_json(self) -> dict[str, str]:
        """As it stands in the file and as the page gets it."""
        return {"decision": self.decision} | ({} if self.relabel is None else {"relabel": self.relabel})


@dataclass(frozen=True)
class Line:
    """One keystroke: from then on the example has this decision, or none."""

    id: ExampleId
    decision: Decision | None
    time: str
    by: str | None = None
    undo: bool = False

    def to_json(self) -> str:
        """As it stands in the file."""
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
    def of(cls, text: str) -> "Line":
        """Read a line.

        Raises:
            ValueError: It is no decision.
        """
        raw = json.loads(text)
        id_ = raw.get("id") if isinstance(raw, dict) else None
        if isinstance(id_, bool) or not isinstance(id_, int | str) or not is_utf8(str(id_)):
            raise InputError("it has no id")
        name, by = raw.get("decision"), raw.get("by")
        decision = None if name is None else Decision(name, raw.get("relabel"))
        by = by if isinstance(by, str) and is_utf8(by) else None
        return cls(id_, decision, str(raw.get("time", "")), by, bool(raw.get("undo")))


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
    lines, _ = read_lines(path)
    latest: dict[ExampleId, Line] = {}
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


def read_lines(path: Path) -> tuple[list[Line], int]:
    """The lines of a decisions file, and how many bytes they fill: what follows is the rest of a line cut off.

    Raises:
        InputError: A line cannot be read; the sentence names it.
    """
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    lines = [_parse(part, path, number) for number, part in enumerate(_whole_lines(content[:end]), 1) if part]
    with contextlib.suppress(InputError):
        # A last line without its end, as an editor leaves it, counts; one that was cut off cannot be read.
        lines.append(_parse(content[end:], path, len(lines) + 1))
        end = len(content)
    return lines, end


def write_lines(path: Path, lines: Sequence[Line]) -> None:
    """Write a decisions file at once."""
    content = "".join(line.to_json() + "\n" for line in lines)
    write_atomically(path, lambda temporary: temporary.write_text(content, encoding="utf-8", newline="\n"))


def _whole_lines(content: bytes) -> Iterator[bytes]:
    return (line.strip() for line in content.split(b"\n"))


def _parse(part: bytes, path: Path, number: int) -> Line:
    try:
        return Line.of(part.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # InputError is a ValueError
        raise InputError(
            f"'{path}', line {number}, is not a decision ({error}). Mend or delete the line."
        ) from error
