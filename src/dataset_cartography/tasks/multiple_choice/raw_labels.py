"""The labels of a multiple-choice dataset, as its user wrote them."""

from collections.abc import Mapping
from typing import Any, TypedDict

import datasets
import pyarrow as pa

from dataset_cartography.tasks.multiple_choice.columns import find_columns
from dataset_cartography.tasks.multiple_choice.labels import NONE, TEXT, read_label, write_label
from dataset_cartography.tasks.multiple_choice.rows import label_reading, read_choices
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, with_cells


class Choice(TypedDict):
    """A choice: its position, from 0, and its text."""

    choice: int
    text: str


class ChoiceLabels:
    """Which choice is right, in whatever way the dataset writes that; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        where: What they are, for messages.
    """

    def __init__(self, raw: datasets.Dataset, *, where: str) -> None:
        self._raw = raw
        self._columns = find_columns(raw.column_names, where)
        self._reading = label_reading(raw, self._columns)
        self._rows = raw.select_columns(self._columns.all)
        self._type = raw.features.arrow_schema.field(self._columns.label).type

    def at(self, row: int) -> Choice | None:
        """The choice that a row's label means, None where it means none."""
        cells = self._rows[row]
        texts, names = read_choices(cells, self._columns)
        position = read_label(cells[self._columns.label], self._reading, texts, names)
        return None if position == NONE else {"choice": position, "text": texts[position]}

    def read(self, row: int, text: str) -> Choice:
        """A choice by its text, or written as the dataset writes its labels (a letter, a number, a name).

        Raises:
            UnreadableLabelError: It is no choice of the row, or two have that text.
        """
        texts, names = read_choices(self._rows[row], self._columns)
        same = [choice.strip() for choice in texts].count(text.strip())
        if same > 1:
            raise UnreadableLabelError(
                f"is the text of {same} choices; write it as the dataset writes its labels"
            )
        position = read_label(text, TEXT if same else self._reading, texts, names)
        if position == NONE:
            raise UnreadableLabelError(
                "is none of the choices, by its text or as the dataset writes its labels"
            )
        return {"choice": position, "text": texts[position]}

    def written(self, labels: Mapping[int, Choice]) -> datasets.Dataset:
        """The rows with other labels."""
        cells = {row: self._cell(row, label) for row, label in labels.items()}
        return with_cells(self._raw, self._columns.label, cells)

    def _cell(self, row: int, label: Choice) -> Any:
        cells = self._rows[row]
        texts, names = read_choices(cells, self._columns)
        cell = write_label(label["choice"], self._reading, texts, names, cells[self._columns.label])
        return (
            str(cell) if pa.types.is_string(self._type) or pa.types.is_large_string(self._type) else int(cell)
        )
