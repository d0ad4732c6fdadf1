"""What a metric says about itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""Any NumPy array; shapes are told in the docstrings."""

EPOCH_NUMBERS = "epoch_numbers"
"""The one need that is no recorded signal: the (epochs,) numbers of the columns, always available."""


@dataclass(frozen=True)
class Metric:
    """One metric: its formula and the facts that choices, sort orders, axes and docs are made from.

    Args:
        name: The column's name in a map.
        title: A short axis label.
        function: The formula. Takes the needs in their order, each (examples, epochs) with NaN where an
            example was not seen (`presentations`: 0), and returns (examples,). Every example stands for
            itself: a map is computed a block of examples at a time.
        range: The least and the greatest value possible.
        hard_end: The end of the range at which the hard examples lie; None where neither is.
        needs: The signals the function takes, and `EPOCH_NUMBERS` if it wants the (epochs,) numbers.
        paper: Where the formula comes from.
        dtype: The pandas dtype of the map's column; "Int64" and "boolean" can be missing.
    """

    name: str
    title: str
    function: Callable[..., Array]
    range: tuple[float, float]
    hard_end: Literal["low", "high"] | None
    needs: tuple[str, ...]
    paper: str
    dtype: Literal["float64", "int64", "Int64", "boolean"] = "float64"

    @property
    def signals(self) -> tuple[str, ...]:
        """The recorded signals among the needs."""
        return tuple(need for need in self.needs if need != EPOCH_NUMBERS)

    def __call__(self, available: Mapping[str, Array]) -> Array:
        """Apply the formula to the needs found in a mapping of signals and epoch numbers."""
        return np.asarray(self.function(*(available[need] for need in self.needs)))
