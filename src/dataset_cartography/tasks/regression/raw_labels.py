"""The targets of a regression's dataset, as its user wrote them."""

import math
from collections.abc import Mapping

import datasets
import pyarrow as pa

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.classification.rows import find_column
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, with_cells
from dataset_cartography.tasks.regression.values import VALUE_NAMES, read_values

_EXACT = 2.0**53  # up to here every whole number is a float of its own


class Values:
    """Targets as numbers; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        options: With `label_column`, if the usual name is not meant.
        where: What the rows are, for messages.
    """

    def __init__(self, raw: datasets.Dataset, options: Options, *, where: str) -> None:
        self._raw = raw
        self._column = find_column(LABEL, VALUE_NAMES, options.label_column, raw, "--label_column", where)
        values = raw.with_format("arrow")[self._column][:]
        self._values = read_values(values, raw.features[self._column], f"column '{self._column}' of {where}")
        self._type = raw.features.arrow_schema.field(self._column).type

    def at(self, row: int) -> float | None:
        """A row's target, None where it has none."""
        value: float | None = self._values[row].as_py()
        return value

    def read(self, row: int, text: str) -> float:  # noqa: ARG002 - numbers are the same for all rows
        """The number that a text is.

        Raises:
            UnreadableLabelError: It is none, or cannot stand in the column.
        """
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UnreadableLabelError("is no number")
        if pa.types.is_integer(self._type) and not value.is_integer():
            raise UnreadableLabelError(f"is no whole number, as column '{self._column}' holds ({self._type})")
        return value

    def written(self, labels: Mapping[int, float]) -> datasets.Dataset:
        """The rows with other targets."""
        if pa.types.is_string(self._type) or pa.types.is_large_string(self._type):
            return with_cells(self._raw, self._column, {row: _digits(value) for row, value in labels.items()})
        if pa.types.is_integer(self._type):
            return with_cells(self._raw, self._column, {row: int(value) for row, value in labels.items()})
        return with_cells(self._raw, self._column, labels)


def _digits(value: float) -> str:
    """A number with all of its digits, and no needless ones."""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
