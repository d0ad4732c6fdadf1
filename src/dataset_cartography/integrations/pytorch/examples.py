"""What a loop's ids stand for: rows of a wrapped dataset, examples that are known beforehand, or a stream's."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array, check_unique_ids
from dataset_cartography.integrations.pytorch.dataset import WithIds
from dataset_cartography.integrations.pytorch.signals import LoopSignals
from dataset_cartography.integrations.shared.keys import keys_of

Array = npt.NDArray[Any]


def examples_of(examples: Any, signals: LoopSignals) -> "KnownExamples | StreamedExamples":
    """What knows about the examples of a loop.

    Args:
        examples: A `WithIds`, ids, or None.
        signals: How signals are taken.

    Raises:
        InputError: The ids are none, or one occurs twice; or the task cuts examples into windows.
    """
    if examples is None:
        return StreamedExamples(signals)
    if signals.schema.windowed:
        raise InputError(
            "Question answering cuts examples into windows: give DynamicsRecorder no dataset or ids, and record the "
            "id of each window's example, with window=… where there are several."
        )
    if isinstance(examples, WithIds):
        return KnownExamples(signals, examples.ids, rows=True)
    ids = as_id_array(examples)
    check_unique_ids(ids, "ids")
    return KnownExamples(signals, ids, rows=False)


class StreamedExamples:
    """Examples that are met as they come.

    Args:
        signals: How signals are taken.
    """

    ids = None
    facts: ClassVar[dict[str, Array]] = {}

    def __init__(self, signals: LoopSignals) -> None:
        self.signals = signals
        self.options = signals.options

    def keys(self, ids: Any) -> dict[str, Any]:
        """What stands for a batch's examples in the rows, and their ids where these are strings."""
        if isinstance(ids, Tensor):
            return {"row": _whole(ids)}
        return keys_of(_listed(ids), "ids")

    @staticmethod
    def translate(columns: dict[str, Array]) -> dict[str, Array]:
        """A row names its example by its key."""
        columns["example"] = columns.pop("row")
        return columns


class KnownExamples:
    """Examples that are known beforehand, so that the map has those too that are never met.

    Args:
        signals: How signals are taken.
        ids: Shape (examples,), all different.
        rows: Whether batches name them by their place among the ids, and not by id.
    """

    facts: ClassVar[dict[str, Array]] = {}

    def __init__(self, signals: LoopSignals, ids: Array, *, rows: bool) -> None:
        self.signals = signals
        self.options = signals.options
        self.ids = ids
        self._index = pd.RangeIndex(len(ids)) if rows else pd.Index(ids)

    def keys(self, ids: Any) -> dict[str, Any]:
        """Places of a batch's examples; of a tensor that is on a device the values themselves, to wait for nothing.

        Raises:
            InputError: An id is none of the examples'.
        """
        if isinstance(ids, Tensor):
            ids = _whole(ids)
            if not self._integers:  # which nothing would notice on a device
                raise InputError(
                    "record was given numbers as ids, and the ids that DynamicsRecorder was given are strings: give "
                    "record strings too, or DynamicsRecorder a with_ids dataset and record its rows."
                )
            if ids.device.type == "cpu":
                self._places(ids.numpy())
            return {"row": ids}
        listed = _listed(ids)
        places = self._places(listed)
        # Rows hold what a tensor would: the integer id or row where that is what is given, else the place.
        return {"row": torch.tensor(listed if self._integers else places)}

    @property
    def _integers(self) -> bool:
        return self._index.dtype.kind == "i"

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """Places among the ids."""
        row = columns.pop("row")
        columns["example"] = (self._places(row) if self._integers else row).astype(np.int32)
        return columns

    def _places(self, ids: Sequence[Any] | Array) -> Array:
        places = self._index.get_indexer(pd.Index(ids))
        if (unknown := np.flatnonzero(places < 0)).size:
            what = "rows of the dataset" if isinstance(self._index, pd.RangeIndex) else "ids of the examples"
            first = np.asarray(ids, object)[unknown[0]]
            raise InputError(
                f"A batch holds {first!r}, which is none of the {len(self._index)} {what} that DynamicsRecorder was "
                "given."
            )
        return places


def _whole(ids: Tensor) -> Tensor:
    if ids.ndim != 1 or ids.is_floating_point() or ids.dtype == torch.bool:
        raise InputError(
            f"record needs one whole number or string of each example, and was given ids of shape {tuple(ids.shape)} "
            f"({str(ids.dtype).removeprefix('torch.')})."
        )
    return ids.long()


def _listed(ids: Any) -> list[Any]:
    values = ids.tolist() if hasattr(ids, "tolist") else ids
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(
            f"record needs one whole number or string of each example, and was given as ids {values!r}."
        )
    return [value.item() if hasattr(value, "item") else value for value in values]
