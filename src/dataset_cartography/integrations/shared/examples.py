"""What a recording must know of the examples that it records."""

from typing import Any, Protocol

import numpy.typing as npt
from torch import Tensor

from dataset_cartography.schema import TaskSchema

Array = npt.NDArray[Any]


class Signals(Protocol):
    """How a task's signals are taken from a batch."""

    schema: TaskSchema

    def __call__(self, inputs: Any, outputs: Any, carried: Any) -> dict[str, Tensor]:
        """Tensors of shape (batch,), named as the schema's columns."""


class Examples(Protocol):
    """The examples of a dataset, and how signals of them are taken.

    Attributes:
        signals: How signals are taken.
        ids: Shape (examples,); None for a stream.
        facts: Further columns of `examples.parquet`.
        options: How signals are taken, for the manifest.
    """

    @property
    def signals(self) -> Signals: ...  # noqa: D102
    @property
    def ids(self) -> Array | None: ...  # noqa: D102
    @property
    def facts(self) -> dict[str, Array]: ...  # noqa: D102
    @property
    def options(self) -> dict[str, Any]: ...  # noqa: D102

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """Turn row numbers into examples (and windows), and what else only the dataset knows."""
