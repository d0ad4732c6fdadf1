"""Edge (extra: train): wrong labels for multiple choice."""

from collections.abc import Mapping
from typing import Any

import datasets
import numpy as np
import pyarrow as pa

from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.noise.draws import pick

_PIECE = 3  # letters


class ChoiceNoise:
    """Other choices; see `planting.Noise`.

    Args:
        examples: With the columns `choices` and `label`, a position among them.
        kind: "confusable" or "uniform".
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        self._examples = examples
        self._kind = kind
        self._labels: Any = examples.with_format("numpy")["label"][:]
        self.labelled = np.ones(len(examples), dtype=bool)

    def other(self, row: int, chance: float) -> int | None:
        """Another choice's position; one with the same words is none."""
        choices = [" ".join(text.casefold().split()) for text in self._examples[row]["choices"]]
        right = choices[self._labels[row]]
        others = [position for position, text in enumerate(choices) if text != right]
        if self._kind == "confusable" and others:
            alike = {position: likeness(right, choices[position]) for position in others}
            most = max(alike.values())
            others = [position for position in others if alike[position] == most]
        return pick(others, chance) if others else None

    def written(self, row: int) -> int:
        """The right choice's position."""
        return int(self._labels[row])

    def name(self, label: int) -> int:
        """The position, as it is."""
        return label

    def relabelled(self, labels: Mapping[int, int], key: str) -> datasets.Dataset:
        """The examples with other labels."""
        numbers = self._labels.copy()
        numbers[list(labels)] = list(labels.values())
        rows = self._examples
        return rows.remove_columns("label").add_column(
            "label",
            pa.array(numbers),
            feature=rows.features["label"],
            new_fingerprint=fingerprint(rows._fingerprint, "planted", key, dict(labels)),
        )


def likeness(one: str, other: str) -> float:
    """The share of three-letter pieces that two texts have in common, 0 to 1 (Dice)."""
    first, second = _pieces(one), _pieces(other)
    return 2 * len(first & second) / (len(first) + len(second))


def _pieces(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + _PIECE] for at in range(max(1, len(padded) - _PIECE + 1))}
