"""Edge (extra: train): wrong texts for sequence-to-sequence tasks and language modelling: another example's."""

from collections.abc import Mapping
from typing import Any

import datasets
import numpy as np
import pyarrow as pa

from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.noise.draws import pick
from dataset_cartography.tasks.sequences.forms import MESSAGES

_NEAREST = 10  # texts of about the same length


class TextNoise:
    """Other examples' texts; see `planting.Noise`.

    Args:
        examples: With what is given and what is wanted.
        given: The column of what is given; where that is empty, no text is wrong.
        wanted: The column of what is wanted.
        kind: "confusable": one of those of about the same length; "uniform": any.
    """

    def __init__(self, examples: datasets.Dataset, given: str, wanted: str, kind: str) -> None:
        self._examples, self._wanted = examples, wanted
        self._texts: list[str] = examples[wanted][:]
        self.labelled = np.array([bool(text.strip()) for text in examples[given][:]])
        texts = sorted(set(self._texts), key=lambda text: (len(text), text))
        self._others = texts
        self._place = {text: place for place, text in enumerate(texts)}
        self._reach = _NEAREST // 2 if kind == "confusable" else len(texts)

    def other(self, row: int, chance: float) -> str | None:
        """Another text."""
        place = self._place[self._texts[row]]
        begin, end = max(0, place - self._reach), place + self._reach + 1
        others = [each for each in range(begin, min(end, len(self._others))) if each != place]
        return self._others[pick(others, chance)] if others else None

    def written(self, row: int) -> str:
        """The text."""
        return self._texts[row]

    def name(self, label: str) -> str:
        """The text, as it is."""
        return label

    def relabelled(self, labels: Mapping[int, str], key: str) -> datasets.Dataset:
        """The examples with other texts; of conversations, with another last answer."""
        rows = self._examples
        columns: dict[str, list[Any]] = {self._wanted: list(self._texts)}
        if MESSAGES in rows.column_names:
            columns[MESSAGES] = rows[MESSAGES][:]
        for row, text in labels.items():
            columns[self._wanted][row] = text
            if columns.get(MESSAGES, {row: None})[row]:
                columns[MESSAGES][row][-1]["content"] = text
        order = rows.column_names
        for name, values in columns.items():
            kind = rows.features.arrow_schema.field(name).type
            rows = rows.remove_columns(name).add_column(
                name,
                pa.array(values, kind),
                feature=rows.features[name],
                new_fingerprint=fingerprint(rows._fingerprint, "planted", name, key, dict(labels)),
            )
        return rows.select_columns(order)
