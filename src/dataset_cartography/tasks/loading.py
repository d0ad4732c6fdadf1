"""Edge (extra: train): from what a user calls a dataset to its rows.

Reading (`load_raw`) knows nothing of tasks; each task brings its own `normalize` for what it needs of a row.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets

from dataset_cartography.errors import CartographyError, InputError, MissingFileError, OfflineError
from dataset_cartography.tasks.files import SUFFIXES, layout, read_file
from dataset_cartography.tasks.hub import first_line, offline_mode, why_unreachable

log = logging.getLogger(__name__)

DEMO = "demo"
# The names each split goes by, in file names and on the command line.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}
ALTERNATIVES = f"a local file ({', '.join(SUFFIXES)}) or --dataset demo"


def load_raw(
    dataset: str, split: str | None = "train", *, cache_dir: str | Path | None = None
) -> datasets.Dataset:
    """Read a dataset's rows as they are.

    Args:
        dataset: ``demo`` or ``demo:N`` (N generated rows); a local file (see `tasks.files.read_file`); a
            local folder that `save_to_disk` wrote or that has a file a split (``train.jsonl``,
            ``dev-v1.1.json``); else a name on the hub, ``name`` or ``name:config``.
        split: Name of the split. A single local file is one unnamed split: every usual name (train,
            validation, test and their short forms) reads the same rows. None takes the only split there is.
        cache_dir: Where `datasets` keeps its copies, if not in its default place.

    Returns:
        The rows; at least one.

    Raises:
        MissingFileError: It looks like a path and nothing is there.
        InputError: Unreadable or empty, no such split, or a name the hub does not know.
        OfflineError: A hub name, no hub, and no copy in the local cache; within 15 seconds.
    """
    if not dataset.strip():
        raise InputError(f"The name of the dataset is empty. Give {ALTERNATIVES}, or a name on the hub.")
    path = Path(dataset).expanduser()
    if dataset.split(":")[0] == DEMO:
        rows = _demo(dataset, split)
    elif path.is_file():
        _check_plain(split, dataset)
        rows = read_file(path, cache_dir)
    elif path.is_dir():
        rows = _from_folder(path, split, cache_dir)
    elif _looks_like_path(dataset):
        raise MissingFileError(f"No dataset file at '{dataset}'. Give {ALTERNATIVES}, or a name on the hub.")
    else:
        rows = _from_hub(dataset, split, cache_dir)
    if len(rows) == 0:
        raise InputError(f"The dataset '{dataset}' is empty: it holds no rows.")
    return rows


def refuse_demo(dataset: str, columns: Sequence[str]) -> None:
    """Refuse the demo, which has questions only.

    Args:
        dataset: What the user calls it.
        columns: What the task needs instead, for the message.

    Raises:
        InputError: It is the demo.
    """
    if dataset.split(":")[0] == DEMO:
        raise InputError(
            f"The dataset '{dataset}' holds questions, which only --task qa reads. Give a local file with the "
            f"columns {', '.join(columns[:-1])} and {columns[-1]}, or a name on the hub."
        )


def keep_first(raw: datasets.Dataset, max_samples: int | None) -> datasets.Dataset:
    """The first so many rows, or all of them with None.

    Raises:
        InputError: The number is less than 1.
    """
    if max_samples is None:
        return raw
    if max_samples < 1:
        raise InputError(f"The number of samples to keep must be 1 or more, not {max_samples}.")
    return raw.select(range(max_samples)) if max_samples < len(raw) else raw


def _looks_like_path(dataset: str) -> bool:
    return layout(Path(dataset)) is not None or dataset.startswith((".", "/", "~")) or dataset.count("/") > 1


def _check_plain(split: str | None, dataset: str) -> None:
    names = [name for group in SPLIT_NAMES.values() for name in group]
    if split is not None and split not in names:
        raise InputError(
            f"The file '{dataset}' is one unnamed split, which goes by any of {', '.join(names)}, "
            f"not by '{split}'."
        )


def _demo(dataset: str, split: str | None) -> datasets.Dataset:
    from dataset_cartography.tasks.demo import generate_demo_split

    _, _, size = dataset.partition(":")
    if size and not (size.isascii() and size.isdigit() and int(size)):
        raise InputError(f"The size in '{dataset}' must be a whole number of rows, as in demo:500.")
    known = {name: canonical for canonical, names in SPLIT_NAMES.items() for name in names}
    rows = generate_demo_split(known.get(split or "train", str(split)), n=int(size) if size else None)
    return datasets.Dataset.from_list(rows)


def _from_folder(folder: Path, split: str | None, cache_dir: str | Path | None) -> datasets.Dataset:
    if (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file():
        try:
            saved = datasets.load_from_disk(str(folder))
        except Exception as error:  # any of its readers'
            raise InputError(f"Cannot read the dataset folder {folder}: {first_line(error)}.") from error
        return _pick(saved, split, str(folder)) if isinstance(saved, datasets.DatasetDict) else saved
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        # Of plain texts, most are notes.
        if path.is_file() and layout(path) is not None:
            split_of = _split_of(path)
            if layout(path) != ".txt" or split_of in SPLIT_NAMES:
                files.setdefault(split_of, []).append(path)
    if not files:
        raise InputError(
            f"The folder {folder} holds no dataset: neither what `save_to_disk` writes nor files named after "
            f"their split (train.jsonl, validation.jsonl) that end in {', '.join(SUFFIXES)}."
        )
    chosen = _chosen(split, list(files), str(folder))
    return datasets.concatenate_datasets([read_file(path, cache_dir) for path in files[chosen]])


def _split_of(path: Path) -> str:
    """The split a file's name begins with: validation for dev-v1.1.json, train for train-00.parquet."""
    stem = path.name.split(".")[0].replace("_", "-").split("-")[0].lower()
    return next((split for split, names in SPLIT_NAMES.items() if stem in names), stem)


def _pick(splits: Any, split: str | None, where: str) -> datasets.Dataset:
    return splits[_chosen(split, list(splits), where)]


def _chosen(split: str | None, available: list[str], where: str) -> str:
    if split is None and len(available) == 1:
        return available[0]
    for canonical, names in SPLIT_NAMES.items():
        if split in names and split not in available and canonical in available:
            return canonical
    if split is None or split not in available:
        asked = "several splits; choose one" if split is None else f"no split '{split}'"
        raise InputError(f"{where} has {asked}. It has: {', '.join(map(repr, available))}.")
    return split


def _from_hub(dataset: str, split: str | None, cache_dir: str | Path | None) -> datasets.Dataset:
    name, _, config = dataset.partition(":")
    reason = why_unreachable("dataset", name)
    try:
        if reason is None:
            found = _load(name, config, split, cache_dir)
        else:
            with offline_mode():
                found = _load(name, config, split, cache_dir)
    except CartographyError:
        raise
    except Exception as error:
        # datasets raises its own, hub's, pyarrow's and builtin classes here.
        if reason is not None and isinstance(error, (ConnectionError, FileNotFoundError)):
            raise OfflineError(
                f"Cannot get the dataset '{dataset}': the hub cannot be reached ({reason}), and it is not in "
                f"the local cache. Give {ALTERNATIVES}."
            ) from error
        raise InputError(f"Cannot load the dataset '{dataset}' from the hub: {first_line(error)}.") from error
    return found


def _load(name: str, config: str, split: str | None, cache_dir: str | Path | None) -> datasets.Dataset:
    directory = str(cache_dir) if cache_dir else None
    loaded = datasets.load_dataset(name, config or None, split=split, cache_dir=directory)
    return (
        _pick(loaded, split, f"The dataset '{name}'") if isinstance(loaded, datasets.DatasetDict) else loaded
    )
