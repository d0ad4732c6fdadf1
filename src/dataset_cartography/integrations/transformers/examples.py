"""Which examples a training dataset holds: ids of map-style datasets, keys of streams."""

import contextlib
import copy
import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor
from torch.utils.data import IterableDataset
from tqdm.auto import tqdm

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.ids import as_id_array
from dataset_cartography.integrations.shared.keys import keys_of
from dataset_cartography.integrations.shared.undisturbed import untouched_random_states

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
ID_COLUMNS = ("example_id", "id", "guid")
TRAINING = "the training dataset"


def is_stream(dataset: Any) -> bool:
    """Whether a dataset can only be gone through, not asked for a row."""
    return isinstance(dataset, (IterableDataset, datasets.IterableDataset))


def known_columns(dataset: Any) -> set[str]:
    """The columns of a dataset, or of its first item; none of a stream that does not tell, for it may pass once."""
    names = getattr(dataset, "column_names", None)
    if names is None and not is_stream(dataset) and hasattr(dataset, "__getitem__") and len(dataset):
        with untouched_random_states():
            first = dataset[0]
        names = first.keys() if isinstance(first, Mapping) else None
    return set(names or ())


def find_id_column(columns: Sequence[str], asked: str | None, where: str = TRAINING) -> str:
    """The column that holds the example ids: the one asked for, or the first of the usual names.

    Args:
        columns: The columns there are.
        asked: The one that the user named.
        where: What has them, for the message.

    Raises:
        MissingColumnError: It is not there.
    """
    found = _id_column(columns, asked)
    if found is not None:
        return found
    if asked:
        raise MissingColumnError.of(asked, list(columns), where, "Give its name as id_column.")
    raise MissingColumnError(
        f"example_id not found in inputs: {where} has the columns {', '.join(columns)}. Keep the "
        "id column when preparing features, or name it with id_column=…; generate_hash_ids makes ids."
    )


def _id_column(columns: Collection[str], asked: str | None) -> str | None:
    return next((name for name in ((asked,) if asked else ID_COLUMNS) if name in columns), None)


def as_table(
    dataset: Any, id_column: str | None, optional: Sequence[str], where: str = TRAINING
) -> datasets.Dataset:
    """What recording must know of a map-style dataset beforehand, as a `datasets.Dataset`.

    That is the dataset itself if it is one. Of others every item is read once, with all random states put back.

    Args:
        dataset: The dataset.
        id_column: The column of ids, if the user named one.
        optional: Further columns that are wanted where all items have them.
        where: What it is, for messages.

    Raises:
        InputError: It is neither, or its items are no dictionaries.
        MissingColumnError: It has no id column.
    """
    if isinstance(dataset, datasets.Dataset):
        return dataset
    if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        raise InputError(
            "track needs a train_dataset that is a `datasets.Dataset`, a map-style or an iterable torch dataset, with "
            f"an id in every item; this trainer's is a {type(dataset).__name__}."
        )
    if not isinstance(dataset, (list, tuple)):
        # Reading may move a state of the dataset's own, such as the random numbers of its augmentation.
        with contextlib.suppress(Exception):
            dataset = copy.deepcopy(dataset)
    columns: dict[str, list[Any]] = {}
    with untouched_random_states():
        for row in tqdm(range(len(dataset)), desc="Reading example ids", leave=False, disable=None):
            item = dataset[row]
            if not isinstance(item, Mapping):
                raise InputError(
                    f"track needs items that are dictionaries with an id, but item {row} of {where} is a "
                    f"{type(item).__name__}."
                )
            if not columns:
                name = find_id_column(list(item), id_column, where)
                columns = {key: [] for key in (name, *optional) if key in item}
            for key in list(columns):
                if key in item:
                    columns[key].append(_plain(item[key]))
                elif key == name:
                    raise MissingColumnError.of(
                        name, list(item), f"item {row} of {where}", "Give every item its id."
                    )
                else:
                    del columns[key]
    # Arrow has no column of mixed kinds, or of huge numbers.
    columns[name] = as_id_array(columns[name]).tolist()
    return datasets.Dataset.from_dict(columns)


def digest_of(table: datasets.Dataset, names: Sequence[str]) -> str | None:
    """A short digest of columns of numbers or of lists of them, such as labels; None if one is missing or else.

    Args:
        table: As `as_table` gives it.
        names: Columns.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name in names:
        if name not in table.column_names:
            return None
        values = table.with_format("arrow")[name][:]
        while pa.types.is_nested(values.type):
            if not hasattr(values.type, "value_type"):  # a struct
                return None
            digest.update(pc.list_value_length(values).to_numpy(zero_copy_only=False).tobytes())
            values = pc.list_flatten(values)
        if pa.types.is_integer(values.type):
            kind: Any = np.int64
        elif pa.types.is_floating(values.type):
            kind = np.float64
        else:
            return None
        digest.update(values.to_numpy(zero_copy_only=False).astype(kind).tobytes())
    return digest.hexdigest()


class IdCheck:
    """Sees that the rows of a dataset hold the examples that they held when recording began.

    Args:
        row_ids: Shape (rows,), each row's id.
        id_column: The column of ids, if the user named one.
    """

    def __init__(self, row_ids: Array | None, id_column: str | None) -> None:
        self.row_ids = row_ids
        self.id_column = id_column

    def __call__(self, rows: list[int], features: Sequence[Any]) -> None:
        """Compare.

        Raises:
            InputError: A row holds another example now.
        """
        if self.row_ids is None or not isinstance(features[0], Mapping):
            return
        name = _id_column(features[0], self.id_column)
        if name is None:
            return
        for row, feature in zip(rows, features, strict=True):
            then, now = self.row_ids[row], _plain(feature.get(name))
            if str(then) != str(now):
                raise InputError(
                    f"Row {row} of the dataset was the example {then!r} when track was called, and is {now!r} now: a "
                    "dataset whose rows change places can be recorded as a stream (an IterableDataset)."
                )


class RowsById:
    """Finds the rows of features by their ids, where a loader goes through data of its own making.

    Args:
        row_ids: Shape (rows,), each row's id, all different.
        id_column: The column of ids, if the user named one.
    """

    def __init__(self, row_ids: Array, id_column: str | None) -> None:
        self.rows = {str(name): row for row, name in enumerate(row_ids.tolist())}
        self.id_column = id_column

    def __call__(self, features: Sequence[Any]) -> dict[str, Any]:
        """The column `row`.

        Raises:
            InputError: A feature has no id, or one that the trainer's dataset does not have.
        """
        known = features[0] if isinstance(features[0], Mapping) else ()
        name = _id_column(known, self.id_column)
        rows = [] if name is None else [self.rows.get(str(_plain(feature.get(name)))) for feature in features]
        if not rows or None in rows:
            raise InputError(
                "track cannot tell which examples a batch holds: the trainer's loader goes through another dataset "
                "than its own, whose items bear none of its ids. Let them keep the id, give the trainer that dataset, "
                "or record with mode='epoch_end'."
            )
        return {"row": torch.tensor(rows)}


class StreamKeys:
    """What stands for the examples of a stream in its rows: their integer ids, or a hash of their string ids.

    Args:
        id_column: The column with the ids; default the first of the usual names in the first feature.
        carry_text: Whether string ids can travel with a batch; not where batches are sent between processes.
    """

    def __init__(self, id_column: str | None, *, carry_text: bool = True) -> None:
        self.id_column = id_column
        self.carry_text = carry_text

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The column `row` (int64) and, for string ids, the opaque `ids`."""
        name = find_id_column(list(features[0]), self.id_column)
        try:
            ids = [_plain(feature[name]) for feature in features]
        except KeyError:
            short = next(feature for feature in features if name not in feature)
            raise MissingColumnError.of(
                name, list(short), "a feature of the stream", "Give every feature its id."
            ) from None
        return keys_of(ids, name, carry_text=self.carry_text)


def _plain(value: Any) -> Any:
    if isinstance(value, (Tensor, np.generic, np.ndarray)):
        return value.tolist()
    return value
