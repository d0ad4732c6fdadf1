"""The folder `explorer/` of a cartography directory: what was prepared there, and for which map and dataset."""

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_cartography import __version__
from dataset_cartography.log import LogPaths

STEPS = ("text", "search", "filters")
"""What is prepared, in this order; as the page names it."""

_LAYOUT = 4  # of the files; another number makes them anew
_KEY = re.compile("[0-9a-f]{16}")


def fingerprint(*facts: Any) -> str:
    """A short name that changes with any of the facts, the same in every process."""
    return hashlib.sha256(repr(facts).encode("utf-8", "replace")).hexdigest()[:16]  # as `_KEY` has it


def file_facts(path: Path) -> tuple[Any, ...]:
    """What changes when a file does; the same nothing for one that is not there."""
    try:
        status = path.stat()
    except OSError:
        return (path.name,)
    return (path.name, status.st_size, status.st_mtime_ns)


def map_key(directory: Path, examples: int) -> str:
    """A name for a directory's map of so many examples: its files, and the manifest of its log."""
    paths = LogPaths(directory)
    files = (paths.metrics_parquet, paths.metrics_csv, paths.metrics_json, paths.manifest)
    return fingerprint(_LAYOUT, __version__, examples, [file_facts(path) for path in files])


@dataclass(frozen=True)
class Workspace:
    """What is prepared for one map and one dataset. Everything in it is complete: it gets its name last."""

    root: Path
    key: str

    @classmethod
    def of(cls, directory: Path, key: str) -> "Workspace":
        """The workspace of a cartography directory."""
        return cls(directory / "explorer", key)

    @property
    def directory(self) -> Path:
        """The cartography directory."""
        return self.root.parent

    @property
    def folder(self) -> Path:
        """Where the prepared files lie."""
        return self.root / self.key

    @property
    def lock(self) -> Path:
        """Held by the process that prepares."""
        return self.root / ".lock"

    @property
    def curves(self) -> Path:
        """(examples, epochs) float32: the gold probability, in the map's order."""
        return self.folder / "curves.npy"

    @property
    def pieces(self) -> Path:
        """A folder: what the log says of every tag, label or token, in the map's order; none where it has none."""
        return self.folder / "pieces"

    @property
    def texts(self) -> Path:
        """A folder: the examples as Arrow, and the example on the map of each of its rows."""
        return self.folder / "texts"

    @property
    def search(self) -> Path:
        """The full-text index; its row numbers are those of the texts."""
        return self.folder / "search.sqlite"

    @property
    def filters(self) -> Path:
        """A folder, all in the map's order: the filters with every example's codes, and the labels' ranking."""
        return self.folder / "filters"

    def of_step(self, step: str) -> Path:
        """What one of `STEPS` makes."""
        return dict(zip(STEPS, (self.texts, self.search, self.filters), strict=True))[step]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to prepare; curves there are only with a log."""
        return all(self.of_step(step).exists() for step in STEPS)

    @contextmanager
    def publishing(self, target: Path) -> Iterator[Path]:
        """A path to write to, which becomes `target` when all went well."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{uuid.uuid4().hex}.tmp"
        try:
            yield unfinished
            remove(target)
            unfinished.rename(target)
        finally:
            remove(unfinished)

    def clean(self) -> None:
        """Remove what other maps and datasets, and processes that were killed, left behind."""
        for path in self.root.iterdir():
            if path.is_dir() and path.name != self.key and _KEY.fullmatch(path.name):
                remove(path)
        if self.folder.is_dir():
            for path in self.folder.glob(".*.tmp*"):
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
