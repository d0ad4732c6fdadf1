"""Edge (extra: train): lists of labels as a dataset's user wrote them: names, numbers, or lists spelled as text."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import pyarrow as pa
from datasets import ClassLabel, List, Value

from dataset_cartography.tasks.label_lists import LabelLists, with_values
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, replaced, with_cells

_NUMBER = re.compile("[0-9]{1,9}")
_SHOWN = 10


class RawLabelLists:
    """Labels by their names; a base of what `tasks.raw_labels.RawLabels` asks for.

    Names that stand beside the data, as in `ClassLabel`, are written into it: no file of rows carries both.

    Args:
        raw: Rows as they were read.
        column: The column with the labels.
        labels: What it holds.
        new_labels: Whether a label may be one that no row has yet.
    """

    def __init__(self, raw: datasets.Dataset, column: str, labels: LabelLists, *, new_labels: bool) -> None:
        self._raw, self._column, self._new_labels = raw, column, new_labels
        self._names, self._numbers = labels
        self._item = getattr(raw.features[column], "feature", None)

    def at(self, row: int) -> list[str | None] | None:
        """The names of a row's labels, None where it has none."""
        numbers = self._numbers[row].as_py()
        return None if numbers is None else [None if n is None else self._names[n] for n in numbers]

    def _known(self, names: Sequence[Any]) -> list[str]:
        """Names that may stand in the column.

        Raises:
            UnreadableLabelError: One may not.
        """
        listed = [str(name).strip() for name in names]
        for name in listed:
            if name in self._names:
                continue
            if not self._new_labels:
                known = ", ".join(f"'{known}'" for known in self._names[:_SHOWN])
                more = f" and {len(self._names) - _SHOWN} more" if len(self._names) > _SHOWN else ""
                raise UnreadableLabelError(
                    f"has '{name}', which is none of the labels {known}{more} (--allow_new_labels takes new ones)"
                )
            if not name or not (self._holds_text or _NUMBER.fullmatch(name)):
                raise UnreadableLabelError(f"has '{name}', which cannot stand in column '{self._column}'")
        return listed

    @property
    def _holds_text(self) -> bool:
        text = (Value("string"), Value("large_string"))
        return self._item is None or isinstance(self._item, ClassLabel) or self._item in text

    def written(self, labels: Mapping[int, Any]) -> datasets.Dataset:
        """The rows with other labels."""
        rows = self._raw
        if isinstance(self._item, ClassLabel):
            named = with_values(
                self._numbers, pa.array(self._names, pa.string()).take(self._numbers.flatten())
            )
            kind = List(Value("string"))
            rows = replaced(rows, self._column, pa.chunked_array([named]), kind, self._names)
        return with_cells(rows, self._column, {row: self._cell(names) for row, names in labels.items()})

    def _cell(self, names: list[str]) -> Any:
        """Labels as the column has them."""
        if self._item is None:
            return json.dumps(names, ensure_ascii=False)
        return names if self._holds_text else [int(name) for name in names]
