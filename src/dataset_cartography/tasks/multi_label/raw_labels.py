"""The labels of a dataset of texts with several, as its user wrote them."""

from typing import Any

import datasets

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.cells import spelled
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.classification.rows import find_column
from dataset_cartography.tasks.multi_label.labels import read_several
from dataset_cartography.tasks.multi_label.rows import LABEL_NAMES
from dataset_cartography.tasks.raw_label_lists import RawLabelLists

NO_LABEL = "(no label)"


class LabelSets(RawLabelLists):
    """Labels by their names; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        options: With `label_column`, if the usual name is not meant.
        where: What the rows are, for messages.
        new_labels: Whether a label may be one that no row has yet.
    """

    def __init__(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> None:
        column = find_column(LABEL, LABEL_NAMES, options.label_column, raw, "--label_column", where)
        values = raw.with_format("arrow")[column][:]
        labels, self._width = read_several(values, raw.features[column], f"column '{column}' of {where}")
        # A row of 0 and 1 has no place for a label that nobody has counted.
        super().__init__(raw, column, labels, new_labels=new_labels and self._width is None)

    def read(self, row: int, text: str) -> list[str]:  # noqa: ARG002 - labels are the same for all rows
        """The names of all labels that are given, with commas between them or as a JSON list; or "(no label)".

        Raises:
            UnreadableLabelError: One is not known, or cannot stand in the column.
        """
        if text.strip() == NO_LABEL:
            return []
        whole = spelled(text)
        names = (
            whole if isinstance(whole, list) else [text] if text.strip() in self._names else text.split(",")
        )
        given = set(self._known(names))
        return [name for name in self._names if name in given] + sorted(given - set(self._names))

    def _cell(self, names: list[str]) -> Any:
        if self._width is None:
            return super()._cell(names)
        return [float(name in names) for name in self._names]
