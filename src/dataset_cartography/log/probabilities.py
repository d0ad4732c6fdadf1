"""What models gave each label of the examples that they were not trained on, after their last epoch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import LogError, MissingFileError
from dataset_cartography.log.manifest import Manifest
from dataset_cartography.log.paths import LogPaths
from dataset_cartography.log.writer import write_atomically

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Probabilities:
    """Out-of-fold probabilities.

    Attributes:
        ids: Shape (examples,): int64, or Python strings.
        given: Shape (examples,), int64: the number of the label that each example has in the data.
        labels: Names, in the order of the labels' numbers.
        matrix: Shape (examples, labels), float32; each row sums to 1.
    """

    ids: Array
    given: Array
    labels: tuple[str, ...]
    matrix: Array


def write_probabilities(root: Path, probabilities: Probabilities) -> Path:
    """Write `probabilities.parquet`: the columns `id` and `label`, and for every label a column `P(name)`.

    Args:
        root: The directory of the out-of-fold log.
        probabilities: What to write.
    """
    path = LogPaths(root).probabilities
    kind = pa.int64() if probabilities.ids.dtype.kind == "i" else pa.string()
    # "id" may be a label too (a language is called so): the labels' columns are named otherwise.
    columns = {
        f"P({name})": pa.array(probabilities.matrix[:, label], pa.float32())
        for label, name in enumerate(probabilities.labels)
    }
    table = pa.table({"id": pa.array(probabilities.ids, type=kind), "label": probabilities.given, **columns})
    write_atomically(path, lambda file: pq.write_table(table, file, compression="zstd"))
    return path


def read_probabilities(directory: str | Path) -> Probabilities:
    """Read the out-of-fold probabilities of a cross-fitted run.

    Args:
        directory: The cartography directory, or its `out_of_fold`.

    Raises:
        MissingFileError: There are none; the sentence says how they are made, where they can be.
        LogError: The file is damaged.
    """
    paths = LogPaths(Path(directory))
    path = LogPaths(paths.out_of_fold).probabilities
    path = path if path.is_file() else paths.probabilities
    if not path.is_file():
        if paths.manifest.is_file() and Manifest.read(paths.root).schema.windowed:
            raise MissingFileError(
                f"No out-of-fold probabilities in '{directory}', and there can be none: they are of labels, and the "
                "answers of question answering are spans."
            )
        raise MissingFileError(
            f"No out-of-fold probabilities in '{directory}': record the run with run.py --cross_fit 3, which makes "
            "them for tasks with labels, or add them to it with --resume_from_checkpoint last --cross_fit 3."
        )
    try:
        table = pq.read_table(path)
        ids, given = (table.column(name).to_numpy() for name in ("id", "label"))
        names = table.column_names[2:]
        matrix = np.stack([table.column(name).to_numpy() for name in names], axis=1)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise LogError(
            f"'{path}' cannot be read ({error}). Restore it from a copy, or delete its folder and cross-fit again."
        ) from error
    return Probabilities(ids, given, tuple(name[2:-1] for name in names), matrix)
