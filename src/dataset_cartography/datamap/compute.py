"""From a log to a map."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.datamap.coverage import cover
from dataset_cartography.datamap.frame import INDEX, MapFrame
from dataset_cartography.dynamics import Dynamics, Reading, load_dynamics
from dataset_cartography.log import LogReader
from dataset_cartography.metrics import METRICS, compute, epoch_window

FACTS = "cartography"
"""Key of `DataFrame.attrs` under which a map carries where it comes from."""


def compute_metrics(
    directory: str | Path,
    *,
    burn_in: int = 0,
    burn_out: int | None = None,
    metrics: Sequence[str] | None = None,
    reading: Reading | None = None,
) -> pd.DataFrame:
    """Compute the map of a recorded run.

    Args:
        directory: The cartography directory.
        burn_in: Epochs left out at the start.
        burn_out: Number of the last epoch used; default all.
        metrics: Names from `dataset_cartography.metrics.METRICS`; default all the log allows.
        reading: How rows make an example, where the task leaves a choice; see `Reading`.

    Returns:
        One row per example of the dataset, seen or not (of a stream: seen), indexed by id; a column per metric,
        and the last epoch's prediction: `prediction` (the label's or choice's number; of regression, the value;
        of pairs, 1 where the rejected answer was preferred), or for question answering
        `prediction_start` and `prediction_end` (characters; -1 = predicted "no answer") and beside them
        `windows` (how many the example was cut into). Tasks with units or tokens have no one prediction. It is a
        DataFrame that shows its picture in a notebook (`MapFrame`).

    Raises:
        MissingFileError: There is no log in the directory.
        InputError: No epoch ran to its end, a metric is unknown, or burn-in and burn-out leave nothing.
        LogError: The log is damaged.
    """
    df, _ = compute_map(directory, burn_in=burn_in, burn_out=burn_out, metrics=metrics, reading=reading)
    return df


def compute_map(
    directory: str | Path,
    *,
    burn_in: int = 0,
    burn_out: int | None = None,
    metrics: Sequence[str] | None = None,
    reading: Reading | None = None,
) -> tuple[pd.DataFrame, Dynamics]:
    """Compute the map of a recorded run as `compute_metrics` does, and give the dynamics it was made from too."""
    log = LogReader(directory)
    # Epochs outside burn-in and burn-out are not even opened.
    kept = epoch_window(log.epochs, burn_in, burn_out) if log.epochs else slice(None)
    dynamics = load_dynamics(log, epochs=log.epochs[kept], reading=reading)
    values = compute(metrics, dynamics.signals, dynamics.epochs)
    columns: dict[str, Any] = {
        name: _as_dtype(column, METRICS[name].dtype) for name, column in values.items()
    }
    if log.manifest.schema.windowed:
        columns["windows"] = log.facts("windows")
    kinds = {column.name: column.dtype for column in log.manifest.schema.signals}
    for name, column in dynamics.last_prediction.items():
        columns[name] = _as_dtype(column, "float64" if kinds[name] == "float32" else "Int32")
    # Without a copy: the columns are fresh, and there may be millions of rows.
    index = pd.Index(log.examples.column("id").to_pandas(), name=INDEX)
    df = pd.DataFrame(columns, index=index, copy=False)
    df.attrs[FACTS] = facts_of(log, dynamics, reading, burn_in, burn_out)
    return MapFrame.of(df), dynamics


def _as_dtype(values: npt.NDArray[Any], dtype: str) -> Any:
    """Give whole numbers and flags that came as floats their pandas dtype, NaN becoming missing."""
    if dtype in ("Int64", "Int32", "boolean"):
        missing = np.isnan(values)
        plain = np.where(missing, 0, values).astype("bool" if dtype == "boolean" else dtype.lower())
        return (pd.arrays.BooleanArray if dtype == "boolean" else pd.arrays.IntegerArray)(plain, missing)
    return values.astype(dtype, copy=False)


def facts_of(
    log: LogReader,
    dynamics: Dynamics,
    reading: Reading | None,
    burn_in: int = 0,
    burn_out: int | None = None,
) -> dict[str, Any]:
    """What a map's readers must know: formulas in words, mode, epochs, coverage, and where it comes from."""
    manifest = log.manifest
    windowed = manifest.schema.windowed
    reading = reading or Reading()
    cut_off = int((log.facts("answerable") & ~log.facts("has_answer_window")).sum()) if windowed else 0
    last = manifest.epochs[-1].number if burn_out is None else burn_out
    closed = [epoch for epoch in manifest.epochs if burn_in < epoch.number <= last]
    return {
        **manifest.provenance,
        "task": manifest.task,
        "mode": manifest.mode,
        "gold_probability": reading.gold_probability(manifest.schema),
        "reading": reading.choices(manifest.schema),
        "correct": reading.correct(manifest.schema),
        "epochs": [int(number) for number in dynamics.epochs],
        "coverage": [asdict(epoch) for epoch in cover(dynamics, closed)],
        "answer_cut_off": cut_off,
        "id_type": log.id_type,
    }
