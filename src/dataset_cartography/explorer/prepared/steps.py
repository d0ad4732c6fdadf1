"""What the process beside the server does: curves, then texts, search, and with the filters the ranking of labels.

It is a process of its own so that neither the memory nor the interpreter of the server suffers. What it writes is
complete or not there: a process that was killed leaves nothing but a temporary file, which the next one removes.
"""

import fcntl
import logging
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.prepared.examples import LoadExamples
from dataset_cartography.explorer.prepared.filters import write_filters
from dataset_cartography.explorer.prepared.search import write_search
from dataset_cartography.explorer.prepared.suspicions import write_suspicions
from dataset_cartography.explorer.prepared.texts import Texts, write_texts
from dataset_cartography.explorer.prepared.workspace import STEPS, Workspace, map_key
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.pages import read_pieces

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What the server is told: a step, "waiting", "running", "ready" or "failed", how far (0 to 1), and a sentence."""

    step: str
    state: str
    progress: float
    message: str


Tell = Callable[[Report], None]


def run(pipe: Any, directory: Path, workspace: Workspace, key: str, load: LoadExamples) -> None:
    """Prepare whatever is missing; the entry of the process.

    Args:
        pipe: Where reports go.
        directory: The cartography directory.
        workspace: Where to write.
        key: The map's, as the server knows it.
        load: Reads the dataset.
    """
    os.nice(10)  # the server answers first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"  # how far it is stands on the page
    _end_with_parent()
    prepare(directory, workspace, key, load, pipe.send)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def prepare(directory: Path, workspace: Workspace, key: str, load: LoadExamples, tell: Tell) -> None:
    """Prepare whatever is missing, one process at a time; what fails becomes a report, and the rest is left."""
    step = STEPS[0]

    def running(message: str, share: float = 0.0) -> None:
        tell(Report(step, "running", share, message))

    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        with workspace.lock.open("a") as lock:
            running("Waiting for another explorer that prepares this directory")
            fcntl.lockf(lock, fcntl.LOCK_EX)
            workspace.clean()
            running("Reading the map")
            map_file = MapFile(directory)
            df = map_file.frame(["windows"])
            if map_key(directory, len(df)) != key:
                raise InputError(f"The map in '{directory}' has changed: start `datamap view` again.")
            _write_curves(directory, workspace, df.index, map_file.facts)
            _write_pieces(directory, workspace, df.index, map_file.facts)
            if not workspace.texts.exists():
                running("Reading the dataset")
                examples = load()
                with workspace.publishing(workspace.texts) as path:
                    write_texts(path, df.index, examples, lambda share: running("Reading the texts", share))
                del examples
            tell(Report(step, "ready", 1.0, ""))
            texts = Texts(workspace.texts, len(df))
            step = "search"
            if not workspace.search.exists():
                with workspace.publishing(workspace.search) as path:
                    write_search(
                        path, texts, df.index, lambda share: running("Building the search index", share)
                    )
            tell(Report(step, "ready", 1.0, ""))
            step = "filters"
            if not workspace.filters.exists():
                with workspace.publishing(workspace.filters) as path:
                    write_filters(path, texts, df, lambda share: running("Describing the examples", share))
                    if _has_log(directory, map_file.facts):
                        running("Ranking the labels", 1.0)
                        write_suspicions(path, directory, df.index, texts, _reading(map_file.facts))
            tell(Report(step, "ready", 1.0, ""))
    except (CartographyError, OSError, sqlite3.Error, pa.ArrowException, MemoryError) as error:
        tell(Report(step, "failed", 0.0, _sentence(error)))


def _sentence(error: BaseException) -> str:
    if isinstance(error, CartographyError):
        return " ".join(str(error).split())
    # NumPy says of a full disk only how many values it could write.
    where = " (is the disk full?)" if isinstance(error, OSError) and error.errno is None else ""
    return f"Preparing failed{where}: {' '.join(str(error).split()) or type(error).__name__}."


def _has_log(directory: Path, facts: Mapping[str, Any]) -> bool:
    return bool(facts) and LogPaths(directory).manifest.is_file()


def _reading(facts: Mapping[str, Any]) -> Reading:
    return Reading(**facts.get("reading", {}))


def _write_curves(directory: Path, workspace: Workspace, index: pd.Index, facts: Mapping[str, Any]) -> None:
    """The gold probability by epoch, read as the map was; nothing where the log is not there."""
    if workspace.curves.exists() or not _has_log(directory, facts):
        return
    log = LogReader(directory)
    dynamics = load_dynamics(log, epochs=facts["epochs"], reading=_reading(facts))
    values = dynamics.signals["gold_probability"]
    ids = pd.Index(log.ids)
    if not ids.equals(index):
        places = ids.get_indexer(index)
        values = np.where((places >= 0)[:, None], values[places], np.float32(np.nan))
    with workspace.publishing(workspace.curves) as path, path.open("wb") as file:
        np.save(file, np.ascontiguousarray(values, np.float32))


def _write_pieces(directory: Path, workspace: Workspace, index: pd.Index, facts: Mapping[str, Any]) -> None:
    """What the log says of every tag, label or token; nothing where it has none."""
    if workspace.pieces.exists() or not _has_log(directory, facts):
        return
    pieces = read_pieces(directory, index, facts["epochs"])
    if pieces is not None:
        with workspace.publishing(workspace.pieces) as path:
            path.mkdir()
            pieces.save(path)
