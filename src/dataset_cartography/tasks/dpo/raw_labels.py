"""Which answer of a pair is preferred, in a dataset as its user wrote it."""

from collections.abc import Mapping
from typing import Any

import datasets

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.dpo.rows import CHOSEN, REJECTED, find_columns, read_pair
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, with_cells


class Preferences:
    """A label says which of the two answers, as the row has them, is the better one: "chosen", or "rejected".

    Correcting a pair swaps the two; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        options: With `text_columns`, if the usual names are not meant.
        where: What the rows are, for messages.
    """

    def __init__(self, raw: datasets.Dataset, options: Options, *, where: str) -> None:
        self._raw = raw
        self._columns = find_columns(raw, options, where)
        self._rows = raw.select_columns(self._columns.names)

    def at(self, row: int) -> str | None:
        """`chosen`; None where an answer is missing."""
        pair = read_pair(self._rows[row], self._columns)
        return CHOSEN if pair.chosen and pair.rejected else None

    def read(self, row: int, text: str) -> str:
        """The better one of the two.

        Raises:
            UnreadableLabelError: It is neither, or there are no two.
        """
        name = text.strip().lower()
        if name not in (CHOSEN, REJECTED):
            raise UnreadableLabelError("is neither 'chosen' nor 'rejected' (which swaps the two)")
        if self.at(row) is None:
            raise UnreadableLabelError("is about a pair that lacks an answer")
        return name

    def written(self, labels: Mapping[int, str]) -> datasets.Dataset:
        """The rows, the answers swapped where the rejected one is better."""
        swapped = [row for row, name in labels.items() if name == REJECTED]
        chosen, rejected = self._columns.chosen, self._columns.rejected
        cells: dict[str, dict[int, Any]] = {
            one: {row: self._rows[row][other] for row in swapped}
            for one, other in ((chosen, rejected), (rejected, chosen))
        }
        return with_cells(with_cells(self._raw, chosen, cells[chosen]), rejected, cells[rejected])
