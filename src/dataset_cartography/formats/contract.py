"""The files the contract promises beside the log: one JSON object an epoch, the map as tables, its picture."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import write_map
from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.errors import CartographyError
from dataset_cartography.log import LogPaths, LogReader, write_atomically

logger = logging.getLogger(__name__)


JSON_LIMIT = 1_000_000
"""Examples up to which an epoch's JSON file is written while training waits.

A million take about 20 s and 180 MB an epoch (measured on classification, two cores), eighteen times the log's own
10 MB; and what reads such a file whole needs gigabytes for it.
"""

_BLOCK = 65_536  # examples made into text at a time, so that memory does not grow with the dataset


def export_epoch(log: LogReader, epoch: int, *, limit: int | None = JSON_LIMIT) -> Path | None:
    """Write `training_dynamics_epoch_N.json`: one JSON object keyed by example id.

    Each value holds the example's signals of that epoch (`gold_probability`, `correct`, `margin`, `loss`,
    `presentations`; `el2n` where it was recorded) and its prediction (`prediction`, a label's or choice's
    number; for question answering `prediction_start` and `prediction_end`, characters); examples not seen are
    left out.

    Args:
        log: The log.
        epoch: Number of the epoch.
        limit: Write nothing for a log of more examples; None writes always.

    Returns:
        The file, or None where there are too many examples; of the first epoch a log message says so.
    """
    if limit is not None and log.is_larger_than(limit):
        if epoch == log.epochs[0]:
            logger.warning(
                "The epochs' JSON files are left out, since the run has more than %s examples; "
                "`datamap export json %s` makes them.",
                f"{limit:,}",
                log.paths.root,
            )
        return None
    return _write_epoch(log, epoch, log.paths.epoch_json(epoch))


def export_epochs(directory: str | Path, destination: str | Path | None = None) -> list[Path]:
    """Write `training_dynamics_epoch_N.json` of every closed epoch, however many examples there are.

    Args:
        directory: The cartography directory.
        destination: Where to write; default the directory itself.

    Returns:
        The files written.

    Raises:
        MissingFileError: There is no log.
        LogError: It is damaged.
    """
    log = LogReader(directory)
    folder = LogPaths(Path(destination or directory))
    folder.root.mkdir(parents=True, exist_ok=True)
    return [_write_epoch(log, epoch, folder.epoch_json(epoch)) for epoch in log.epochs]


def _write_epoch(log: LogReader, epoch: int, path: Path) -> Path:
    dynamics = load_dynamics(log, epochs=[epoch])
    columns = {name: values[:, 0] for name, values in dynamics.signals.items()} | dynamics.last_prediction
    kinds = {column.name: column.dtype for column in log.manifest.schema.signals}
    whole = {"presentations", *(name for name in dynamics.last_prediction if kinds[name] != "float32")}
    if log.manifest.schema.right == "all":
        whole.add("correct")
    seen = np.flatnonzero(columns["presentations"] > 0)

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8") as file:
            file.write("{")
            for start in range(0, len(seen), _BLOCK):
                block = seen[start : start + _BLOCK]
                values = {name: _plain(column[block], name in whole) for name, column in columns.items()}
                for position, example_id in enumerate(log.ids[block].tolist()):
                    row = {name: column[position] for name, column in values.items()}
                    file.write(",\n" if start or position else "\n")
                    file.write(f"{json.dumps(str(example_id), ensure_ascii=False)}: {json.dumps(row)}")
            file.write("\n}\n")

    write_atomically(path, write)
    return path


def _plain(column: Any, whole: bool) -> list[Any]:
    """JSON values: numbers, None where unknown."""
    unknown = ~np.isfinite(column.astype(np.float64))  # JSON has no infinity either
    values = (
        np.where(unknown, 0, column).astype(np.int64).tolist()
        if whole
        else column.astype(np.float64).tolist()
    )
    return [None if missing else value for value, missing in zip(values, unknown.tolist(), strict=True)]


def export_map(df: pd.DataFrame, directory: str | Path) -> list[Path]:
    """Write a map's tables and its picture; the paths written.

    Where there can be no picture, the tables are written and a warning says why.

    Args:
        df: A map; one without the column `category` gets no picture.
        directory: Where to write.
    """
    picture = LogPaths(Path(directory)).picture
    # Before the tables: a picture never shows other numbers than they hold.
    picture.unlink(missing_ok=True)
    if "category" not in df:
        return write_map(df, directory)
    written = write_map(df.drop(columns="category"), directory)
    try:
        from dataset_cartography.plotting import plot_data_map, save_figure

        save_figure(plot_data_map(df).figure, picture)
    except CartographyError as error:
        # No matplotlib, or nothing to draw: no example has a gold probability.
        logger.warning("The tables of the map are written, its picture is not: %s", error)
        return written
    return [*written, picture]
