"""The process beside the server that prepares what needs the dataset: curves, texts, filters, search.

It is a process of its own so that neither the memory nor the interpreter of the server suffers. What it writes is
complete or not there: a process that was killed leaves nothing but a temporary file, which the next one removes.
"""

import fcntl
import json
import logging
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.explorer.examples import LoadExamples, column_names, read_batches
from dataset_cartography.explorer.features import FeatureTable
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.prepared import (
    BATCH,
    CODES_FILE,
    EXAMPLES_FILE,
    FILTERS_FILE,
    PLACES_FILE,
    spaced,
)
from dataset_cartography.explorer.workspace import Workspace, map_key
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.pages import align
from dataset_cartography.slices import answer_spans, kind_of

logger = logging.getLogger(__name__)

STEPS = ("text", "search", "filters")


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
    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        with workspace.lock.open("a") as lock:
            tell(Report("text", "running", 0.0, "Waiting for another explorer that prepares this directory"))
            fcntl.lockf(lock, fcntl.LOCK_EX)
            workspace.clean()
            tell(Report("text", "running", 0.0, "Reading the map"))
            map_file = MapFile(directory)
            df = map_file.frame(["windows"])
            if map_key(directory, len(df)) != key:
                raise InputError(f"The map in '{directory}' has changed: start `datamap view` again.")
            _write_curves(directory, workspace, df.index, map_file.facts)
            if not workspace.texts.exists():
                tell(Report("text", "running", 0.0, "Reading the dataset"))
                _write_texts(workspace, df.index, load(), tell)
            tell(Report("text", "ready", 1.0, ""))
            for step, write in (("search", _write_search), ("filters", _write_filters)):
                if not getattr(workspace, step).exists():
                    write(workspace, df, tell)
                tell(Report(step, "ready", 1.0, ""))
    except (CartographyError, OSError, sqlite3.Error, pa.ArrowException, MemoryError) as error:
        tell(Report(step, "failed", 0.0, _sentence(error)))


def _sentence(error: BaseException) -> str:
    if isinstance(error, CartographyError):
        return " ".join(str(error).split())
    return f"Preparing failed: {' '.join(str(error).split()) or type(error).__name__}."


def _write_curves(directory: Path, workspace: Workspace, index: pd.Index, facts: Mapping[str, Any]) -> None:
    """The gold probability by epoch, read as the map was; nothing where the log is not there."""
    if workspace.curves.exists() or not facts or not LogPaths(directory).manifest.is_file():
        return
    log = LogReader(directory)
    dynamics = load_dynamics(log, epochs=facts["epochs"], reading=Reading(**facts.get("reading", {})))
    values = dynamics.signals["gold_probability"]
    ids = pd.Index(log.ids)
    if not ids.equals(index):
        places = ids.get_indexer(index)
        values = np.where((places >= 0)[:, None], values[places], np.float32(np.nan))
    with workspace.publishing(workspace.curves) as path, path.open("wb") as file:
        np.save(file, np.ascontiguousarray(values, np.float32))


def _write_texts(workspace: Workspace, index: pd.Index, examples: Any, tell: Tell) -> None:
    """The examples that are on the map, in the dataset's order."""
    kind_of(column_names(examples))  # of no known kind: say so before the work
    place_of = _places(index, examples)
    with workspace.publishing(workspace.texts) as folder:
        folder.mkdir()
        start = 0
        with _RecordBatches(folder / EXAMPLES_FILE) as file:
            for batch in read_batches(examples):
                kept = place_of[start : start + len(batch)] >= 0
                file.add(batch if kept.all() else batch.filter(pa.array(kept)))
                start += len(batch)
                tell(Report("text", "running", start / len(place_of), "Reading the texts"))
        np.save(folder / PLACES_FILE, place_of[place_of >= 0])


def _places(index: pd.Index, examples: Any) -> npt.NDArray[np.int32]:
    """(rows,) the example on the map of each row of the dataset, -1 where it is not on the map."""
    column = pa.chunked_array([batch.column(0) for batch in read_batches(examples, ["id"])])
    ids = pd.Index(column.to_pandas())
    if ids.equals(index):  # as a rule; matching millions would take a gigabyte
        return np.arange(len(ids), dtype=np.int32)
    aligned = align(
        pd.DataFrame({"place": np.arange(len(index), dtype=np.int32)}, index=index),
        pd.DataFrame({"row": np.arange(len(ids), dtype=np.int32)}, index=ids),
    )
    place_of = np.full(len(ids), -1, np.int32)
    place_of[aligned.examples["row"].to_numpy()] = aligned.map_df["place"].to_numpy()
    return place_of


class _RecordBatches:
    """An Arrow file of record batches of `BATCH` rows each, so that a row's number tells where it is."""

    def __init__(self, path: Path) -> None:
        self._sink = pa.OSFile(str(path), "wb")
        self._writer: Any = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def __enter__(self) -> "_RecordBatches":
        return self

    def __exit__(self, *_: object) -> None:
        self._write(self._rows)
        if self._writer is not None:
            self._writer.close()
        self._sink.close()

    def add(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._sink, batch.schema)
        self._waiting.append(batch)
        self._rows += len(batch)
        self._write(self._rows - self._rows % BATCH)

    def _write(self, rows: int) -> None:
        """Write so many of the rows that wait."""
        if rows:
            table = pa.Table.from_batches(self._waiting).combine_chunks()
            self._writer.write_table(table.slice(0, rows), max_chunksize=BATCH)
            self._waiting = table.slice(rows).to_batches()
            self._rows -= rows


def _stored(workspace: Workspace) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The texts' record batches, and the row that each begins with."""
    file = pa.ipc.open_file(pa.memory_map(str(workspace.texts / EXAMPLES_FILE)))
    for number in range(file.num_record_batches):
        yield number * BATCH, file.get_batch(number)


def _write_search(workspace: Workspace, df: pd.DataFrame, tell: Tell) -> None:
    """An index of words without the texts themselves."""
    places: npt.NDArray[np.int32] = np.load(workspace.texts / PLACES_FILE)

    def rows() -> Iterator[tuple[int, str]]:
        for start, batch in _stored(workspace):
            tell(Report("search", "running", start / max(len(places), 1), "Building the search index"))
            frame = batch.to_pandas()
            ids = df.index[places[start : start + len(batch)]].tolist()
            for row, words in enumerate(_words(frame, ids), start):
                yield row, spaced(words)

    with workspace.publishing(workspace.search) as path:
        database = sqlite3.connect(path, isolation_level=None)
        # Nobody reads the file before it is complete, so it needs no journal.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, "
            "tokenize='unicode61 remove_diacritics 2')"
        )
        database.execute("BEGIN")
        database.executemany("INSERT INTO search(rowid, words) VALUES (?, ?)", rows())
        database.execute("COMMIT")
        database.close()


def _words(frame: pd.DataFrame, ids: list[int | str]) -> Iterator[str]:
    """All that an example can be found by: its id, its texts, and what is right."""
    kind = kind_of(frame.columns)
    texts = [frame[name].tolist() for name in kind.texts if name in frame.columns]
    columns = [*texts, *(map(_gold_words, frame[name].tolist()) for name in kind.gold)]
    for example_id, *parts in zip(ids, *columns, strict=True):
        yield " ".join([str(example_id), *(part for part in parts if isinstance(part, str))])


def _gold_words(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(text for text, _ in answer_spans(value))
    if isinstance(value, str):
        return value
    return " ".join(map(str, value)) if isinstance(value, list | np.ndarray) else ""


def _write_filters(workspace: Workspace, df: pd.DataFrame, tell: Tell) -> None:
    """What examples can be chosen by: features of their texts, and the dataset's own columns with few values."""
    places: npt.NDArray[np.int32] = np.load(workspace.texts / PLACES_FILE)
    table = FeatureTable()
    for start, batch in _stored(workspace):
        tell(Report("filters", "running", start / max(len(places), 1), "Describing the examples"))
        part = df.iloc[places[start : start + len(batch)]]
        table.add(batch.to_pandas().set_axis(part.index, axis=0), part)
    filters = list(table.filters())
    with workspace.publishing(workspace.filters) as folder:
        folder.mkdir()
        codes = np.full((len(filters), len(df)), -1, np.int16)
        for row, one in zip(codes, filters, strict=True):
            row[places] = one.codes
        np.save(folder / CODES_FILE, codes)
        told = [{"name": one.name, "title": one.title, "labels": one.labels} for one in filters]
        (folder / FILTERS_FILE).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
