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


def export_epoch(log: LogReader, epoch: int) -> Path:
    """Write `training_dynamics_epoch_N.json`: one JSON object keyed by example id.

    Each value holds the example's signals of that epoch (`gold_probability`, `correct`, `margin`, `loss`, and
    for question answering `prediction_start` and `prediction_end`, characters); examples not seen are left out.
    """
    dynamics = load_dynamics(log, epochs=[epoch])
    presentations = dynamics.signals["presentations"][:, 0]
    columns = {name: values[:, 0] for name, values in dynamics.signals.items()} | dynamics.last_prediction
    whole = {"correct", "presentations", *dynamics.last_prediction}
    path = log.paths.epoch_json(epoch)

    def write(temporary: Path) -> None:
        seen = np.flatnonzero(presentations > 0)
        values = {name: _plain(column[seen], name in whole) for name, column in columns.items()}
        with temporary.open("w", encoding="utf-8") as file:
            file.write("{")
            for position, example_id in enumerate(log.ids[seen].tolist()):
                row = {name: column[position] for name, column in values.items()}
                file.write(",\n" if position else "\n")
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
