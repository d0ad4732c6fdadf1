"""A dataset whose items tell which row they are, and which knows the rows' ids."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from torch.utils.data import Dataset, IterableDataset

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array, check_unique_ids, generate_hash_ids

Array = npt.NDArray[Any]

ID_COLUMNS = ("example_id", "id", "guid")
ROW = "row"


def with_ids(dataset: Any, ids: Sequence[Any] | Array | None = None, *, key: str = ROW) -> "WithIds":
    """Let a dataset's items tell which row they are, through any sampler, worker and collator that keeps numbers.

    An item that is a dictionary gets its row under `key`; a tuple gets it as its last element; of anything else and
    its row a pair is made. A row is a whole number, which can be collated and moved to a device as strings cannot;
    the wrapper knows the ids, and `DynamicsRecorder(directory, wrapper, …)` names the rows by them.

    Args:
        dataset: A map-style dataset: with `len` and items by number.
        ids: One a row, all integers or all strings, all different. Default: its column `example_id`, `id` or `guid`;
            else ids made from the content of a `datasets.Dataset` or list of dictionaries; else, and where the content
            is nothing that JSON can say, the rows' numbers, which hold only as long as the rows keep their order.
        key: The name of the row in items that are dictionaries.

    Returns:
        The wrapper, a torch `Dataset`, with the ids as `ids`.

    Raises:
        InputError: It is no map-style dataset, the ids are not one a row, or one occurs twice.
    """
    listed = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
    if isinstance(dataset, (Mapping, pd.DataFrame)):
        raise InputError(
            f"with_ids needs a dataset with items by number, and this is a {type(dataset).__name__}, which has them by "
            "name: give it one split, or make a datasets.Dataset of the columns (from_dict, from_pandas)."
        )
    if not listed or isinstance(dataset, IterableDataset):
        raise InputError(
            f"with_ids needs a map-style dataset, with a length and items by number, and this is a "
            f"{type(dataset).__name__}: let a stream's items hold their ids, and give those to DynamicsRecorder.record."
        )
    where = "the dataset" if ids is None else "ids"
    given = as_id_array(_ids_of(dataset) if ids is None else ids)
    if len(given) != len(dataset):
        raise InputError(
            f"with_ids needs one id a row, and was given {len(given)} ids for {len(dataset)} rows."
        )
    check_unique_ids(given, where)
    return WithIds(dataset, given, key)


class WithIds(Dataset[Any]):
    """What `with_ids` makes; see there.

    Attributes:
        dataset: The dataset as it was.
        ids: Shape (rows,): int64, or strings.
        key: The name of the row in items that are dictionaries.
    """

    def __init__(self, dataset: Any, ids: Array, key: str) -> None:
        self.dataset = dataset
        self.ids = ids
        self.key = key

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, row: int) -> Any:
        return self._marked(self.dataset[row], range(len(self))[row])

    def __getitems__(self, rows: list[int]) -> list[Any]:
        """A batch of items, which some datasets fetch faster together."""
        fetch = getattr(self.dataset, "__getitems__", None)
        items = fetch(rows) if fetch is not None else [self.dataset[row] for row in rows]
        return [self._marked(item, row) for item, row in zip(items, rows, strict=True)]

    def _marked(self, item: Any, row: int) -> Any:
        if isinstance(item, Mapping):
            if self.key in item:
                raise InputError(
                    f"The items of the dataset have '{self.key}' already: give with_ids another key=…, and record "
                    "from that."
                )
            return {**item, self.key: row}
        return (*item, row) if isinstance(item, tuple) else (item, row)


def _ids_of(dataset: Any) -> Any:
    try:
        columns = _columns_of(dataset)
        name = next((name for name in ID_COLUMNS if name in columns), None)
        if name is not None:
            return columns[name]
        if columns:
            return generate_hash_ids(columns)
    except InputError:  # pictures, tensors
        pass
    return np.arange(len(dataset))


def _columns_of(dataset: Any) -> dict[str, Any]:
    """The columns of a `datasets.Dataset` or of a list of dictionaries; of another dataset none."""
    if hasattr(dataset, "column_names") and hasattr(dataset, "with_format"):
        plain = dataset.with_format(None)
        found = [name for name in ID_COLUMNS if name in plain.column_names][:1]
        if not found:
            generate_hash_ids(plain[:1])  # refuses pictures before all of them are read
        return {name: plain[name][:] for name in found or plain.column_names}
    if isinstance(dataset, (list, tuple)) and dataset and all(isinstance(item, dict) for item in dataset):
        names = dataset[0].keys()
        if all(item.keys() == names for item in dataset):
            return {name: [item[name] for item in dataset] for name in names}
    return {}
