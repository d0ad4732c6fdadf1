"""Edge (extra: train): wrong preferences, the chosen and the rejected answer having changed places."""

from collections.abc import Mapping

import datasets
import numpy as np
import pyarrow as pa

from dataset_cartography.tasks.dpo.rows import CHOSEN, REJECTED
from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.noise.choices import likeness


class PreferenceNoise:
    """Swapped pairs; see `planting.Noise`.

    Args:
        examples: With the columns `chosen` and `rejected`.
        kind: "confusable": of pairs whose answers are more alike than those of half of the pairs; "uniform": of any.
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        self._examples = examples
        self.labelled = np.ones(len(examples), dtype=bool)
        if kind == "confusable":
            pairs = zip(examples[CHOSEN][:], examples[REJECTED][:], strict=True)
            alike = np.array([likeness(chosen, rejected) for chosen, rejected in pairs])
            self.labelled = alike >= np.median(alike)

    def other(self, row: int, chance: float) -> str:  # noqa: ARG002 - there is one way only
        """The other answer."""
        return REJECTED

    def written(self, row: int) -> str:  # noqa: ARG002 - the same of all
        """Which answer is preferred: the chosen one."""
        return CHOSEN

    def name(self, label: str) -> str:
        """Which answer, of the pair as it was, is preferred now."""
        return label

    def relabelled(self, labels: Mapping[int, str], key: str) -> datasets.Dataset:
        """The examples, the answers of some having changed places."""
        rows = self._examples
        columns = {name: rows[name][:] for name in (CHOSEN, REJECTED)}
        for row in labels:
            columns[CHOSEN][row], columns[REJECTED][row] = columns[REJECTED][row], columns[CHOSEN][row]
        order = rows.column_names
        for name, texts in columns.items():
            rows = rows.remove_columns(name).add_column(
                name,
                pa.array(texts, pa.string()),
                feature=rows.features[name],
                new_fingerprint=fingerprint(rows._fingerprint, "planted", name, key, list(labels)),
            )
        return rows.select_columns(order)
