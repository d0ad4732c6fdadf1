"""The paper's own log format: `training_dynamics/dynamics_epoch_N.jsonl`, N from 0, plain or gzip.

One line an example: `{"guid": 42, "logits_epoch_0": [0.1, -0.3, …], "gold": 1}`. Epoch N there is epoch N + 1
here. Source: the repository of Swayamdipta et al. 2020.
"""

import gzip
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics import Dynamics, load_dynamics
from dataset_cartography.errors import InputError, MissingFileError, OutputExistsError
from dataset_cartography.formats.arrays import classification_columns
from dataset_cartography.ids import as_id_array, is_utf8
from dataset_cartography.log import LogReader, LogWriter, Manifest, write_atomically
from dataset_cartography.schema import CLASSIFICATION

Array = npt.NDArray[Any]
FOLDER = "training_dynamics"
_NAME = re.compile(r"dynamics_epoch_(\d+)\.jsonl(\.gz)?")
_SHOWN = 60  # characters of a faulty value


def import_allenai(source: str | Path, directory: str | Path) -> Path:
    """Make a log of a run recorded in the paper's format.

    Ids may be integers or strings, and may be missing in some epochs; one stands once in an epoch, and has the same
    gold label in all.

    Args:
        source: The folder with `dynamics_epoch_N.jsonl[.gz]`, or its parent with `training_dynamics/`.
        directory: The cartography directory to make.

    Returns:
        The cartography directory.

    Raises:
        MissingFileError: No such files.
        InputError: A line cannot be read, repeats an id, or contradicts an earlier epoch's gold label; the sentence
            names file and line.
        OutputExistsError: The directory already holds a run.
    """
    files = _epoch_files(Path(source))
    gold_of: dict[Any, int] = {}
    epochs = {number: _read_epoch(path, number, gold_of) for number, path in files.items()}
    ids, positions = _number_ids([guids for guids, _, _ in epochs.values()])
    manifest = Manifest(
        task=CLASSIFICATION.task,
        mode="imported",
        id_type="integer" if ids.dtype.kind == "i" else "string",
        examples=len(ids),
        provenance={"imported_from": "allenai", "epochs_from": [path.name for path in files.values()]},
    )
    writer = LogWriter.create(Path(directory), manifest, ids, {})
    for example, (number, (_, logits, gold)) in zip(positions, epochs.items(), strict=True):
        rows = {"example": example, "global_step": np.full(len(example), number), **_signals(logits, gold)}
        writer.write_epoch(number + 1, rows, number + 1)
    return Path(directory)


def export_allenai(directory: str | Path, destination: str | Path) -> list[Path]:
    """Write a run as `DESTINATION/training_dynamics/dynamics_epoch_N.jsonl`, for tools that read that format.

    The log keeps probabilities, not logits, so the logits written are made up to give back what the paper's
    code computes: the gold probability exactly, and the gold label as the largest logit where, and only where,
    the prediction was right. `gold` is always 0; the other entries stand for the rest of the probability.

    Args:
        directory: The cartography directory.
        destination: Where to write; existing epoch files are not overwritten.

    Returns:
        The files written.

    Raises:
        MissingFileError: There is no log.
        OutputExistsError: The destination already holds such files.
    """
    log = LogReader(directory)
    folder = Path(destination) / FOLDER
    if folder.is_dir() and any(_NAME.fullmatch(path.name) for path in folder.iterdir()):
        raise OutputExistsError(f"'{folder}' already holds exported dynamics: choose another destination.")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number in log.epochs:
        dynamics = load_dynamics(log, epochs=[number])
        path = folder / f"dynamics_epoch_{number - 1}.jsonl"

        def write(temporary: Path, dynamics: Dynamics = dynamics, number: int = number) -> None:
            with temporary.open("w", encoding="utf-8") as file:
                for guid, logits in _rows(log.ids, dynamics):
                    row = {"guid": guid, f"logits_epoch_{number - 1}": logits, "gold": 0}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")

        write_atomically(path, write)
        written.append(path)
    return written


def _epoch_files(source: Path) -> dict[int, Path]:
    folder = source / FOLDER if (source / FOLDER).is_dir() else source
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {int(match[1]): path for path in names if (match := _NAME.fullmatch(path.name))}
    if not found:
        raise MissingFileError(
            f"No training dynamics in '{source}': looked for {FOLDER}/dynamics_epoch_0.jsonl (or .jsonl.gz) "
            "and its successors, as the paper's code writes them."
        )
    return dict(sorted(found.items()))


def _read_epoch(
    path: Path, number: int, gold_of: dict[Any, int]
) -> tuple[list[Any], list[list[float]], Array]:
    """One file: ids, logits, gold labels; `gold_of` holds the gold label of every id met so far, and grows."""
    line_of: dict[Any, int] = {}
    logits, gold = [], []
    key = f"logits_epoch_{number}"
    for line, text in _lines(path):
        try:
            guid, scores, label = _read_row(text, key)
        except _RowError as error:
            raise InputError(
                f"Cannot read '{path}': line {line}: {error}; expected "
                f'{{"guid": …, "{key}": [logits], "gold": class}}.'
            ) from error
        if guid in line_of:
            raise InputError(
                f"Cannot read '{path}': line {line}: guid {guid!r} stands in line {line_of[guid]} already; keep one "
                "line of each example in an epoch."
            )
        if gold_of.setdefault(guid, label) != label:
            raise InputError(
                f"Cannot read '{path}': line {line}: gold of guid {guid!r} is {label}, and was {gold_of[guid]} in an "
                "earlier epoch; give the example one gold label, or each example a guid of its own."
            )
        line_of[guid] = line
        logits.append(scores)
        gold.append(label)
    if not line_of:
        raise InputError(f"'{path}' is empty; delete it or record that epoch again.")
    return list(line_of), logits, np.array(gold)


class _RowError(ValueError):
    """What is wrong with a line."""


def _read_row(text: str, key: str) -> tuple[int | str, list[float], int]:
    """A line's id, logits and gold label."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _RowError(str(error)) from error
    if not isinstance(row, dict):
        raise _RowError(f"it is no JSON object but {_shown(row)}")
    if missing := [name for name in ("guid", key, "gold") if name not in row]:
        raise _RowError(f"no '{missing[0]}'")
    guid, logits, gold = row["guid"], row[key], row["gold"]
    # Not isinstance: true is an integer to it, and 1, 1.0 and true are one key to a dictionary.
    if type(guid) not in (int, str) or guid == "":
        raise _RowError(f"guid {_shown(guid)} is neither an integer nor text")
    if isinstance(guid, str) and not is_utf8(guid):
        raise _RowError(f"guid {_shown(guid)} has half of a surrogate pair, which UTF-8 cannot say")
    if not isinstance(logits, list) or not all(type(value) in (int, float) for value in logits):
        raise _RowError(f"{key} {_shown(logits)} is no list of numbers")
    try:
        logits = [float(value) for value in logits]
    except OverflowError:
        logits = [math.inf]
    if not all(map(math.isfinite, logits)):
        raise _RowError("the logits are not all finite numbers")
    if type(gold) is not int:
        raise _RowError(f"gold {_shown(gold)} is no integer")
    if not 0 <= gold < len(logits):
        raise _RowError(f"gold {gold} is none of the {len(logits)} classes")
    return guid, logits, gold


def _shown(value: Any) -> str:
    """A value as JSON, cut short; with every character that is not ASCII as its number."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with cast("IO[str]", opener(path, "rt", encoding="utf-8")) as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield line, text
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read '{path}': {error}.") from error


def _number_ids(per_epoch: list[list[Any]]) -> tuple[Array, list[Array]]:
    """All ids in the order of first appearance, and each epoch's rows as positions among them."""
    numbers: dict[Any, int] = {}
    positions = [
        np.array([numbers.setdefault(guid, len(numbers)) for guid in guids], dtype=np.int64)
        for guids in per_epoch
    ]
    return as_id_array(list(numbers)), positions


def _signals(logits: list[list[float]], gold: Array) -> dict[str, Array]:
    """Classification signals in float64, rows of equal length at a time (as a rule, all of them)."""
    lengths = np.array([len(row) for row in logits])
    columns: dict[str, Array] = {
        column.name: np.empty(len(gold), column.dtype) for column in CLASSIFICATION.signals
    }
    for classes in np.unique(lengths):
        rows = np.flatnonzero(lengths == classes)
        described = classification_columns(np.array([logits[row] for row in rows]), gold[rows])
        for name, values in described.items():
            columns[name][rows] = values
    return columns


def _rows(ids: Array, dynamics: Dynamics) -> Iterator[tuple[int | str, list[float]]]:
    """Ids and made-up logits of the examples that were seen."""
    probability = dynamics.signals["gold_probability"][:, 0].astype(np.float64)
    correct = dynamics.signals["correct"][:, 0]
    for guid, p, right in zip(ids.tolist(), probability.tolist(), correct.tolist(), strict=True):
        if p == p:  # NaN: not seen, or the answer is missing
            yield guid, _made_up_logits(p, right == 1)


def _made_up_logits(p: float, right: bool) -> list[float]:
    """Log-probabilities with p first, which is the largest of them where the prediction was right.

    The rest is one entry, or, if a right prediction has a p below one half, shared among so many that each
    stays below p. A wrong prediction with p above one half (several windows or gold spans) cannot be said.
    """
    p = min(max(p, 1e-30), 1 - 1e-12)
    rest = 1 - p
    shares = int(rest / p) + 1 if right else 1
    return [float(np.log(p)), *[float(np.log(rest / shares))] * shares]
