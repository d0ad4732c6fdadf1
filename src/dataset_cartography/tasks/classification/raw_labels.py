"""The labels of a dataset of labelled texts, as its user wrote them."""

import re
from collections.abc import Mapping

import datasets
import pyarrow as pa
from datasets import ClassLabel, Value

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification.labels import LABEL, NO_LABEL, read_labels
from dataset_cartography.tasks.classification.rows import LABEL_NAMES, find_column
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, replaced, with_cells

_NUMBER = re.compile("[0-9]{1,9}")
_SHOWN = 10


class ClassLabels:
    """Labels by their names; see `tasks.raw_labels.RawLabels`.

    Names that stand beside the data, as in `ClassLabel`, are written into it: no file of rows carries both.

    Args:
        raw: Rows as they were read.
        options: With `label_column`, if the usual name is not meant.
        where: What the rows are, for messages.
        new_labels: Whether a label may be one that no row has yet.
    """

    def __init__(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> None:
        self._raw, self._new_labels = raw, new_labels
        self._column = find_column(LABEL, LABEL_NAMES, options.label_column, raw, "--label_column", where)
        self._feature = raw.features[self._column]
        values = raw.with_format("arrow")[self._column][:]
        self._names, self._numbers = read_labels(values, self._feature, f"column '{self._column}' of {where}")
        self._known = frozenset(self._names)

    def at(self, row: int) -> str | None:
        """The name of a row's label, None where it has none."""
        number = self._numbers[row].as_py()
        return None if number is None else self._names[number]

    def read(self, row: int, text: str) -> str:  # noqa: ARG002 - labels are the same for all rows
        """A label's name.

        Raises:
            UnreadableLabelError: It is not known, or cannot stand in the column.
        """
        name = text.strip()
        if name in self._known:
            return name
        if not self._new_labels:
            listed = ", ".join(f"'{known}'" for known in self._names[:_SHOWN])
            more = f" and {len(self._names) - _SHOWN} more" if len(self._names) > _SHOWN else ""
            hint = " (--allow_new_labels takes new ones)"
            raise UnreadableLabelError(f"is none of the labels {listed}{more}{hint}")
        if name in NO_LABEL:
            raise UnreadableLabelError("stands for no label")
        if self._holds_text:
            return name
        if self._feature == Value("bool") or not _NUMBER.fullmatch(name):
            raise UnreadableLabelError(
                f"is of another type than column '{self._column}', {self._feature.dtype}"
            )
        return str(int(name))

    @property
    def _holds_text(self) -> bool:
        return isinstance(self._feature, ClassLabel) or self._feature in (
            Value("string"),
            Value("large_string"),
        )

    def written(self, labels: Mapping[int, str]) -> datasets.Dataset:
        """The rows with other labels."""
        rows = self._raw
        if isinstance(self._feature, ClassLabel):
            named = pa.array(self._names, pa.string()).take(self._numbers)
            rows = replaced(rows, self._column, pa.chunked_array([named]), Value("string"), self._names)
            return with_cells(rows, self._column, labels)
        if self._holds_text:
            return with_cells(rows, self._column, labels)
        if self._feature == Value("bool"):
            return with_cells(rows, self._column, {row: name == "True" for row, name in labels.items()})
        return with_cells(rows, self._column, {row: int(name) for row, name in labels.items()})
