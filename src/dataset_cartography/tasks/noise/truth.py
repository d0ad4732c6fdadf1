"""The hidden truth on disk: which labels were planted. Nothing that scores, maps or exports may read it."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.datamap import PLANTED
from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.log import LogPaths, Manifest, write_atomically

_NAME = "planted.parquet"
_SUFFIX = ".planted"
_SETTINGS = b"planted_labels"


def planted_path(place: str | Path) -> Path:
    """Where the truth lies: in a cartography directory, or beside a dataset file.

    Beside `noisy.jsonl` that is `noisy.planted`, a name that no reader of datasets takes for a part of the dataset.
    """
    place = Path(place)
    return place.with_suffix(_SUFFIX) if place.suffix == ".jsonl" else place / _NAME


def write_planted(planted: pd.DataFrame, path: Path) -> None:
    """Write what `plant_label_noise` planted, with how it did."""
    table = pa.Table.from_pylist(planted.to_dict("records"))
    settings = {_SETTINGS: json.dumps(planted.attrs).encode()}
    write_atomically(path, lambda file: pq.write_table(table.replace_schema_metadata(settings), file))


def read_planted(path: str | Path) -> pd.DataFrame:
    """Read what was planted; for evaluation alone.

    Args:
        path: A cartography directory of `run.py --plant_label_noise`, the dataset file that `datamap plant` wrote, or
            the truth's own file.

    Returns:
        As `plant_label_noise` gave it.

    Raises:
        MissingFileError: There is none.
        InputError: It cannot be read, or is another run's.
    """
    path = Path(path)
    said = None
    if path.is_dir():
        said = Manifest.read(path).provenance.get(PLANTED) if LogPaths(path).manifest.is_file() else None
        if said is None:
            raise MissingFileError(
                f"No labels were planted in the run of '{path}': record one with run.py --plant_label_noise."
            )
    file = planted_path(path) if path.is_dir() or path.suffix == ".jsonl" else path
    if not file.is_file():
        raise MissingFileError(
            f"No planted labels at '{file}', which `run.py --plant_label_noise` writes into the cartography directory "
            "and `datamap plant` beside the dataset."
        )
    try:
        table = pq.read_table(file)
        settings = json.loads(table.schema.metadata[_SETTINGS])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{file}' cannot be read as planted labels ({error}).") from error
    if said is not None and said["count"] != len(table):
        raise InputError(
            f"'{file}' holds {len(table)} planted labels, but '{LogPaths(path).manifest}' says {said['count']}: it "
            "belongs to another run."
        )
    planted = pd.DataFrame(table.to_pylist(), columns=table.column_names)
    planted.attrs = settings
    return planted
