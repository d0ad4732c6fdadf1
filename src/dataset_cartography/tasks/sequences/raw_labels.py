"""The wanted texts of a dataset, as its user wrote them."""

from collections.abc import Mapping
from typing import Any

import datasets
import pyarrow as pa

from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, with_cells
from dataset_cartography.tasks.sequences.chat import read_messages
from dataset_cartography.tasks.sequences.forms import Form


class WantedTexts:
    """Targets and completions as labels; see `tasks.raw_labels.RawLabels`. Of a conversation, its last answer.

    Args:
        raw: Rows as they were read.
        form: How they write their texts.
    """

    def __init__(self, raw: datasets.Dataset, form: Form) -> None:
        self._raw, self._form = raw, form
        self._rows = raw.select_columns(list(form.columns))

    def at(self, row: int) -> str | None:
        """A row's wanted text, None where it is empty."""
        return self._form.read(self._rows[row]).wanted or None

    def read(self, row: int, text: str) -> str:
        """The text itself.

        Raises:
            UnreadableLabelError: It is empty, or the row has no answer to put it in the place of.
        """
        if not text.strip():
            raise UnreadableLabelError("is no text")
        if self._talks(row) and self.at(row) is None:
            raise UnreadableLabelError("would be the answer of a conversation that has none")
        return text

    def written(self, labels: Mapping[int, str]) -> datasets.Dataset:
        """The rows with other wanted texts."""
        cells = {row: self._cell(row, text) for row, text in labels.items()}
        return with_cells(self._raw, self._form.wanted, cells)

    def _talks(self, row: int) -> bool:
        return bool(read_messages(spelled(self._rows[row][self._form.wanted])))

    def _cell(self, row: int, text: str) -> Any:
        """A cell of the wanted column with another text; a conversation keeps its spelling."""
        cell = self._rows[row][self._form.wanted]
        if not self._talks(row):
            return text
        turns = [dict(turn) for turn in spelled(cell)]
        roles = [message["role"] for message in read_messages(turns)]
        last = max(place for place, role in enumerate(roles) if role == "assistant")
        turns[last]["content" if turns[last].get("content") is not None else "value"] = text
        kind = self._raw.features.arrow_schema.field(self._form.wanted).type
        return turns if pa.types.is_nested(kind) else as_text(turns)
