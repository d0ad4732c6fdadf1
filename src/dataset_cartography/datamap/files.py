"""A map as files, ids and types exact, and back."""

import csv
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd

from dataset_cartography.datamap.compute import compute_metrics
from dataset_cartography.datamap.frame import INDEX, MapFrame
from dataset_cartography.errors import InputError, LogError, MissingFileError
from dataset_cartography.log import LogPaths, LogReader, write_atomically
from dataset_cartography.metrics import METRICS

logger = logging.getLogger(__name__)


def write_map(df: pd.DataFrame, directory: str | Path) -> list[Path]:
    """Write a map as `cartography_metrics.json` (keyed by id), `.csv` and `.parquet`.

    The Parquet file is what `load_cartography_metrics` reads; JSON and CSV are for everybody else. Ids that
    look like numbers are written as they are, and a warning names the `dtype` that keeps them so in pandas.
    """
    paths = LogPaths(Path(directory))
    files = [paths.metrics_json, paths.metrics_csv, paths.metrics_parquet]
    for file in files:
        write_map_file(df, file)
    if df.index.dtype.kind != "i" and any(looks_numeric(name) for name in df.index):
        logger.warning(
            "Some ids look like numbers. Read them as text: pd.read_csv('%s', dtype={'%s': str}, "
            "index_col='%s') or pd.read_json(..., orient='index', convert_axes=False); "
            "load_cartography_metrics does so by itself.",
            paths.metrics_csv.name,
            INDEX,
            INDEX,
        )
    return files


def write_map_file(df: pd.DataFrame, path: Path) -> None:
    """Write a map as one file, by the end of its name: .json (keyed by id), .csv or .parquet.

    Only Parquet tells integer ids from text: where no log stands beside them, JSON and CSV are read with text ids.

    Raises:
        InputError: The name ends otherwise.
    """
    if path.suffix not in WRITERS:
        raise InputError(f"A map is written as {', '.join(WRITERS)}; '{path.name}' is none of these.")
    write_atomically(path, lambda temporary: WRITERS[path.suffix](df, temporary))


def _write_json(df: pd.DataFrame, path: Path) -> None:
    path.write_text(_as_json(df), encoding="utf-8")


def _write_csv(df: pd.DataFrame, path: Path) -> None:
    # Readers take a bare carriage return for the end of a line, and pandas does not quote it by itself.
    returns = df.index.dtype.kind != "i" and df.index.str.contains("\r", regex=False).any()
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    df.to_csv(path, encoding="utf-8", quoting=quoting)


def _write_parquet(df: pd.DataFrame, path: Path) -> None:
    df.to_parquet(path)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".json": _write_json,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
"""What writes a map, by the end of a file's name."""


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
        `df.attrs["cartography"]` says where it comes from. It is a DataFrame that shows its picture in a
        notebook (`MapFrame`).

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
            # Before pandas 3 its own parser cuts a text at a NUL character; Python's does not.
            engine: Literal["python", "c"] = "python" if _holds_nul(path) else "c"
            df = pd.read_csv(
                path,
                dtype={INDEX: str},
                index_col=INDEX,
                keep_default_na=False,
                na_values=[""],
                engine=engine,
            )
        else:
            rows = json.loads(path.read_text(encoding="utf-8"))
            df = pd.DataFrame.from_dict(rows, orient="index").rename_axis(INDEX)
    except (OSError, ValueError, KeyError) as error:
        raise LogError(
            f"'{path}' cannot be read as a map ({error}). Make it again with `datamap metrics`."
        ) from error
    if path.suffix != ".parquet":
        _restore(df, path)
    return MapFrame.of(df)


def _holds_nul(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\0" in block for block in iter(lambda: file.read(1 << 20), b""))


def _restore(df: pd.DataFrame, path: Path) -> None:
    """Give a map read from text its integer ids and its dtypes back."""
    manifest = LogPaths(path.parent).manifest
    if manifest.is_file() and LogReader(path.parent).id_type == "integer":
        df.index = df.index.astype("int64")
    for name in df.columns:
        if name in METRICS:
            dtype = METRICS[name].dtype
            values = df[name].replace({"True": True, "False": False}) if dtype == "boolean" else df[name]
            df[name] = values.astype(dtype)
        elif name.startswith("prediction"):
            values = df[name].astype("float64")
            df[name] = values.astype("Int32") if (values.dropna() % 1 == 0).all() else values
        elif name == "windows":
            df[name] = df[name].astype("int32")
