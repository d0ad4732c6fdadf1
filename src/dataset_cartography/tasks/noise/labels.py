"""Edge (extra: train): wrong labels for classification and NLI."""

from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.classification.labels import LABEL, with_labels
from dataset_cartography.tasks.noise.confusion import estimate_confusion

Array = npt.NDArray[Any]

MOST_READ = 20_000
"""Examples whose texts are read to estimate the confusion; more would tell hardly more."""


class LabelNoise:
    """Other labels, by how often one is taken for another; see `planting.Noise`.

    Args:
        examples: With a column `label`, a `ClassLabel`.
        texts: The columns that the confusion is estimated from.
        kind: "confusable" or "uniform".
        order: The rows in an order that does not depend on theirs.
        confusion: As of `plant_label_noise`.
    """

    def __init__(
        self,
        examples: datasets.Dataset,
        texts: Sequence[str],
        kind: str,
        order: Array,
        confusion: Array | None,
    ) -> None:
        self._examples = examples
        self._names: list[str] = examples.features[LABEL].names
        numbers = examples.with_format("arrow")[LABEL][:]
        self._numbers: Array = numbers.fill_null(-1).to_numpy()
        self.labelled = self._numbers >= 0
        used = np.bincount(self._numbers[self.labelled], minlength=len(self._names)) > 0
        if used.sum() < 2:
            raise InputError("All examples have one label: there is no other one to plant.")
        if kind == "uniform":
            confusion = np.zeros((len(used), len(used)))
        elif confusion is None:
            rows = order[self.labelled[order]][:MOST_READ]
            read = examples.select(rows)
            columns = [read[name][:] for name in texts]
            confusion = estimate_confusion(columns, self._numbers[rows], len(used))
        up_to = np.cumsum(_weights(confusion, used), axis=1)
        self._up_to = up_to / up_to[:, -1:]

    def other(self, row: int, chance: float) -> int:
        """Another label's number."""
        return int(np.searchsorted(self._up_to[self._numbers[row]], chance, side="right"))

    def written(self, row: int) -> str:
        """The label's name."""
        return self._names[int(self._numbers[row])]

    def name(self, label: int) -> str:
        """A label's name."""
        return self._names[label]

    def relabelled(self, labels: Mapping[int, int], key: str) -> datasets.Dataset:  # noqa: ARG002
        """The examples with other labels; `with_labels` names the result for caches by its content."""
        numbers = self._numbers.copy()
        numbers[list(labels)] = list(labels.values())
        column = pa.array(numbers, mask=numbers < 0)
        return with_labels(self._examples.remove_columns(LABEL), column, self._names)


def _weights(confusion: Array, used: npt.NDArray[np.bool_]) -> Array:
    """(labels, labels) how often each label becomes each other one: never itself, nor one not in use."""
    matrix = np.asarray(confusion, dtype=np.float64)
    square = matrix.shape == (len(used), len(used))
    if not square or not np.isfinite(matrix).all() or (matrix < 0).any():
        found = "holds others" if square else f"has the shape {matrix.shape}"
        raise InputError(
            f"The confusion must be {len(used)} by {len(used)} finite numbers of 0 or more, a row and a column for "
            f"each label, but {found}."
        )
    others = np.broadcast_to(used, matrix.shape) & ~np.eye(len(used), dtype=bool)
    kept = np.where(others, matrix, 0.0)
    weights: Array = np.where(kept.any(axis=1, keepdims=True), kept, others)
    return weights
