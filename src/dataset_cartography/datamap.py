"""The map: one row of metrics per example, from a log, and from the files written of it."""

import csv
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.dynamics import Dynamics, Reading, load_dynamics
from dataset_cartography.errors import LogError, MissingFileError
from dataset_cartography.log import LogPaths, LogReader, write_atomically
from dataset_cartography.metrics import METRICS, compute, epoch_window
from dataset_cartography.regions import (
    RegionSummary,
    lopsided,
    region_stability,
    rule_of,
    summarize_regions,
)
from dataset_cartography.schema import QUESTION_ANSWERING

logger = logging.getLogger(__name__)

FACTS = "cartography"
"""Key of `DataFrame.attrs` under which a map carries where it comes from."""

MIN_EPOCHS = 3
INDEX = "example_id"


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
        reading: How windows make an example (question answering).

    Returns:
        One row per example of the dataset, seen or not, indexed by id; a column per metric, and for question
        answering `windows` (how many the example was cut into) and the last epoch's `prediction_start` and
        `prediction_end` (characters; -1 = predicted "no answer").

    Raises:
        MissingFileError: There is no log in the directory.
        InputError: No epoch ran to its end, a metric is unknown, or burn-in and burn-out leave nothing.
        LogError: The log is damaged.
    """
    log = LogReader(directory)
    return map_of(log, load_map_dynamics(log, burn_in, burn_out, reading), metrics=metrics, reading=reading)


def load_map_dynamics(
    log: LogReader, burn_in: int = 0, burn_out: int | None = None, reading: Reading | None = None
) -> Dynamics:
    """Read the dynamics of the epochs between burn-in and burn-out; later ones are not even opened."""
    kept = epoch_window(log.epochs, burn_in, burn_out) if log.epochs else slice(None)
    return load_dynamics(log, epochs=log.epochs[kept], reading=reading)


def map_of(
    log: LogReader,
    dynamics: Dynamics,
    *,
    metrics: Sequence[str] | None = None,
    reading: Reading | None = None,
) -> pd.DataFrame:
    """Compute the map from dynamics already read; see `compute_metrics`."""
    values = compute(metrics, dynamics.signals, dynamics.epochs)
    columns: dict[str, Any] = {
        name: _as_dtype(column, METRICS[name].dtype) for name, column in values.items()
    }
    if log.manifest.task == QUESTION_ANSWERING.task:
        columns["windows"] = log.facts("windows")
    for name, column in dynamics.last_prediction.items():
        columns[name] = _as_dtype(column, "Int32")
    df = pd.DataFrame(columns, index=pd.Index(log.examples.column("id").to_pandas(), name=INDEX))
    df.attrs[FACTS] = facts_of(log, dynamics, reading)
    return df


def _as_dtype(values: npt.NDArray[Any], dtype: str) -> Any:
    """Give whole numbers and flags that came as floats their pandas dtype, NaN becoming missing."""
    if dtype in ("Int64", "Int32", "boolean"):
        missing = np.isnan(values)
        plain = np.where(missing, 0, values).astype("bool" if dtype == "boolean" else dtype.lower())
        return (pd.arrays.BooleanArray if dtype == "boolean" else pd.arrays.IntegerArray)(plain, missing)
    return values.astype(dtype, copy=False)


def facts_of(log: LogReader, dynamics: Dynamics, reading: Reading | None = None) -> dict[str, Any]:
    """What a map's readers must know: formulas in words, mode, epochs, and where it comes from."""
    manifest = log.manifest
    qa = manifest.task == QUESTION_ANSWERING.task
    seen = (np.asarray(dynamics.signals["presentations"]) > 0).sum(axis=0)
    return {
        "task": manifest.task,
        "mode": manifest.mode,
        "gold_probability": (reading or Reading()).words if qa else manifest.schema.gold_probability,
        "reading": asdict(reading or Reading()) if qa else {},
        "correct": manifest.schema.correct,
        "epochs": [int(number) for number in dynamics.epochs],
        "seen": [int(count) for count in seen],
        "incomplete": [epoch.number for epoch in manifest.epochs if not epoch.complete],
        "id_type": manifest.id_type,
        **manifest.provenance,
    }


def write_map(df: pd.DataFrame, directory: str | Path) -> list[Path]:
    """Write a map as `cartography_metrics.json` (keyed by id), `.csv` and `.parquet`.

    The Parquet file is what `load_cartography_metrics` reads; JSON and CSV are for everybody else. Ids that
    look like numbers are written as they are, and a warning names the `dtype` that keeps them so in pandas.
    """
    paths = LogPaths(Path(directory))
    write_atomically(paths.metrics_json, lambda path: path.write_text(_as_json(df), encoding="utf-8"))
    # Readers take a bare carriage return for the end of a line, and pandas does not quote it by itself.
    returns = df.index.dtype.kind != "i" and df.index.str.contains("\r", regex=False).any()
    quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    write_atomically(paths.metrics_csv, lambda path: df.to_csv(path, encoding="utf-8", quoting=quoting))
    write_atomically(paths.metrics_parquet, lambda path: df.to_parquet(path))
    if df.index.dtype.kind != "i" and any(looks_numeric(name) for name in df.index):
        logger.warning(
            "Some ids look like numbers. Read them as text: pd.read_csv('%s', dtype={'%s': str}, "
            "index_col='%s') or pd.read_json(..., orient='index', convert_axes=False); "
            "load_cartography_metrics does so by itself.",
            paths.metrics_csv.name,
            INDEX,
            INDEX,
        )
    return [paths.metrics_json, paths.metrics_csv, paths.metrics_parquet]


def _as_json(df: pd.DataFrame) -> str:
    """One object keyed by id, a line an example; pandas itself would cut a key at a NUL character."""
    values = df.to_json(orient="records", lines=True, double_precision=15).splitlines()
    keys = (json.dumps(str(example_id), ensure_ascii=False) for example_id in df.index.tolist())
    return "{\n" + ",\n".join(f"{key}:{value}" for key, value in zip(keys, values, strict=True)) + "\n}\n"


def looks_numeric(example_id: str) -> bool:
    """Whether a reader that guesses types would take a text id for a number ("007", "1e5")."""
    try:
        float(example_id)
    except ValueError:
        return False
    return True


def load_cartography_metrics(path: str | Path) -> pd.DataFrame:
    """Load the map of a run.

    Args:
        path: A cartography directory, or one of the files `cartography_metrics.parquet`, `.csv`, `.json`.
            In a directory the Parquet file is read; where only the log is there, the map is computed.

    Returns:
        One row of metrics per example, indexed by id (text or integers, exactly as in the dataset);
        `df.attrs["cartography"]` says where it comes from.

    Raises:
        MissingFileError: Neither a map nor a log is at that path; the sentence says what was looked for.
        LogError: The file cannot be read.
    """
    path = Path(path)
    if path.is_file():
        return _read_map(path)
    paths = LogPaths(path)
    for file in (paths.metrics_parquet, paths.metrics_csv, paths.metrics_json):
        if file.is_file():
            return _read_map(file)
    if paths.manifest.is_file():
        return compute_metrics(path)
    raise MissingFileError(
        f"No cartography files found in '{path}': looked for {paths.metrics_parquet.name}, "
        f"{paths.metrics_csv.name}, {paths.metrics_json.name} and {paths.manifest.name}. Make them with "
        f"`python run.py --do_train --enable_cartography --cartography_output_dir {path} …`."
    )


def _read_map(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            df = pd.read_parquet(path)
        elif path.suffix == ".csv":
            df = pd.read_csv(path, dtype={INDEX: str}, index_col=INDEX, keep_default_na=False, na_values=[""])
        else:
            rows = json.loads(path.read_text(encoding="utf-8"))
            df = pd.DataFrame.from_dict(rows, orient="index").rename_axis(INDEX)
    except (OSError, ValueError, KeyError) as error:
        raise LogError(
            f"'{path}' cannot be read as a map ({error}). Make it again with `datamap metrics`."
        ) from error
    if path.suffix != ".parquet":
        _restore(df, path)
    return df


def _restore(df: pd.DataFrame, path: Path) -> None:
    """Give a map read from text its integer ids and its dtypes back."""
    manifest = LogPaths(path.parent).manifest
    if manifest.is_file() and LogReader(path.parent).manifest.id_type == "integer":
        df.index = df.index.astype("int64")
    for name in df.columns:
        if name in METRICS:
            dtype = METRICS[name].dtype
            values = df[name].replace({"True": True, "False": False}) if dtype == "boolean" else df[name]
            df[name] = values.astype(dtype)
        elif name.startswith("prediction"):
            df[name] = df[name].astype("Int32")
        elif name == "windows":
            df[name] = df[name].astype("int32")


@dataclass(frozen=True)
class MapSummary:
    """What a person should know of a map at a glance.

    Attributes:
        examples: Number of examples in the dataset.
        unseen: Examples that no epoch presented.
        missing: Examples that were seen but whose answer lies in no window.
        epochs: Numbers of the epochs used.
        seen: Examples seen in each epoch.
        regions: Counts and medians by region.
        stable_share: Share of the examples that keep their region whichever epoch is left out, if known.
        warnings: Sentences that qualify the map.
    """

    examples: int
    unseen: int
    missing: int
    epochs: tuple[int, ...]
    seen: tuple[int, ...]
    regions: RegionSummary
    stable_share: float | None
    warnings: tuple[str, ...]


def summarize_map(df: pd.DataFrame, dynamics: Dynamics | None = None) -> MapSummary:
    """Summarise a map that has its categories.

    Args:
        df: A map with the column `category`.
        dynamics: Its dynamics, for how stable the regions are (leave-one-epoch-out).
    """
    facts = df.attrs.get(FACTS, {})
    epochs = tuple(facts.get("epochs", ()))
    seen = tuple(facts.get("seen", ()))
    # Seen without a gold probability: the answer lies in no window.
    unseen = int((df["presentations"] == 0).sum()) if "presentations" in df else 0
    missing = int(df["confidence"].isna().sum()) - unseen
    stability, stable_share = None, None
    if dynamics is not None:
        stability = region_stability(dynamics.signals["gold_probability"], rule_of(df))
        if not np.isnan(stability).all():
            stable_share = float(np.mean(stability[~np.isnan(stability)] == 1.0))
    warnings = []
    if 0 < len(epochs) < MIN_EPOCHS:
        warnings.append(
            f"not enough epochs for meaningful variability: {len(epochs)} recorded, "
            f"{MIN_EPOCHS} or more are needed"
        )
    short = [
        f"{number} ({count} of {len(df)})"
        for number, count in zip(epochs, seen, strict=False)
        if count < len(df)
    ]
    if short:
        warnings.append(f"not every example was seen in epoch {', '.join(short)}")
    if facts.get("incomplete"):
        warnings.append(f"recording is incomplete in epoch {', '.join(map(str, facts['incomplete']))}")
    faulty = facts.get("faulty_rows", {})
    if any(faulty.values()):
        warnings.append(
            f"of the dataset's rows, {faulty['left_out']} were left out as faulty and {faulty['repaired']} repaired"
        )
    if missing:
        warnings.append(f"{missing} examples are not on the map: their answer lies in no window")
    if sentence := lopsided(df):
        warnings.append(sentence.removesuffix("."))
    regions = summarize_regions(df, stability)
    return MapSummary(len(df), unseen, missing, epochs, seen, regions, stable_share, tuple(warnings))
