"""The folds' logs as one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.log import (
    Attempt,
    LogPaths,
    LogReader,
    LogWriter,
    Probabilities,
    read_probabilities,
    write_probabilities,
)
from dataset_cartography.schema import ATTEMPT, RANK

Array = npt.NDArray[Any]


def join_folds(folders: Sequence[Path], root: Path, ids: Array, provenance: Mapping[str, Any]) -> Path:
    """Make one log of the folds' logs, and one table of their probabilities.

    Args:
        folders: The folds' directories.
        root: The directory to make.
        ids: Shape (examples,), all examples in the order that they are to have; each is in one fold.
        provenance: For the manifest.

    Returns:
        `root`.
    """
    logs = [LogReader(folder) for folder in folders]
    index = pd.Index(ids)
    places = [index.get_indexer(pd.Index(log.ids)) for log in logs]
    order = np.argsort(np.concatenate(places))
    names = [name for name in logs[0].examples.column_names if name != "id"]
    facts = {name: np.concatenate([log.facts(name) for log in logs])[order] for name in names}
    first = logs[0].manifest
    manifest = replace(
        first,
        mode="out_of_fold",
        examples=len(ids),
        attempts=(Attempt(1),),
        epochs=(),
        # What a resumed run would be compared by: this log is none that is gone on with.
        options={name: value for name, value in first.options.items() if name != "targets"},
        provenance=dict(provenance),
        run=uuid.uuid4().hex,
    )
    writer = LogWriter.create(root, manifest, ids, facts)
    for epoch in sorted({epoch for log in logs for epoch in log.epochs}):
        there = [(log, place) for log, place in zip(logs, places, strict=True) if epoch in log.epochs]
        writer.write_part(epoch, _rows(there, epoch))
        lacking = len(logs) - len(there)
        steps = [done.global_step for log, _ in there for done in log.manifest.epochs if done.number == epoch]
        note = f"{lacking} of {len(logs)} folds ended before it" if lacking else ""
        writer.close_epoch(epoch, max(steps), complete=not lacking, note=note)
    if LogPaths(folders[0]).probabilities.is_file():
        parts = [read_probabilities(folder) for folder in folders]
        given, matrix = (
            np.concatenate([getattr(part, name) for part in parts])[order] for name in ("given", "matrix")
        )
        write_probabilities(root, Probabilities(ids, given, parts[0].labels, matrix))
    return root


def _rows(logs: Sequence[tuple[LogReader, Array]], epoch: int) -> dict[str, Array]:
    """An epoch's rows of several logs, their examples by their places among all."""
    columns = [column.name for column in logs[0][0].manifest.columns if column not in (ATTEMPT, RANK)]
    parts = []
    for log, places in logs:
        rows = log.read(epoch, columns).columns
        parts.append({**rows, "example": places[rows["example"]]})
    return {name: np.concatenate([part[name] for part in parts]) for name in columns}
