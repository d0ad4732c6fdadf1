"""Edge (extra: train): wrong targets for regression."""

from collections.abc import Mapping
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataset_cartography.dynamics.reading import PROBABLE_ERROR
from dataset_cartography.dynamics.regression import spread
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.regression.values import targets_of

Array = npt.NDArray[Any]

_LEAST, _MOST = 1.0, 2.0  # standard deviations that a confusable value is off
_MOST_DIGITS = 6


class ValueNoise:
    """Other numbers; see `planting.Noise`.

    Args:
        examples: With a column `label` of numbers.
        kind: "confusable" or "uniform".
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        self._examples = examples
        self._kind = kind
        self._values: Array = targets_of(examples)
        self.labelled = ~np.isnan(self._values)
        known = np.sort(self._values[self.labelled])
        self._known, self._scale = known, spread(known)
        # As fine as the data is: stars stay whole.
        self._digits = next(
            (digits for digits in range(_MOST_DIGITS) if np.allclose(known, known.round(digits), atol=1e-9)),
            None,
        )

    def other(self, row: int, chance: float) -> float | None:
        """Another number: one to two standard deviations off and within the data's range, or another example's."""
        value = float(self._values[row])
        found = self._shifted(value, chance) if self._kind == "confusable" else self._drawn(value, chance)
        if found is None or self._digits is None:
            return found
        rounded = round(found, self._digits)
        return None if rounded == value else rounded

    def _shifted(self, value: float, chance: float) -> float | None:
        up, amount = chance >= 0.5, (2 * chance) % 1
        by = (_LEAST + (_MOST - _LEAST) * amount) * self._scale
        ways = [value + by, value - by] if up else [value - by, value + by]
        within = [each for each in ways if self._known[0] <= each <= self._known[-1]]
        return within[0] if within else None

    def _drawn(self, value: float, chance: float) -> float | None:
        """Another example's target that a prediction of this one would not count as."""
        far = PROBABLE_ERROR * self._scale
        below = int(np.searchsorted(self._known, value - far, side="left"))
        above = int(np.searchsorted(self._known, value + far, side="right"))
        count = below + len(self._known) - above
        if not count:
            return None
        place = int(chance * count)
        return float(self._known[place if place < below else above + place - below])

    def written(self, row: int) -> float:
        """The number."""
        return float(self._values[row])

    def name(self, label: float) -> float:
        """The number, as it is."""
        return label

    def relabelled(self, labels: Mapping[int, float], key: str) -> datasets.Dataset:
        """The examples with other targets."""
        values = self._values.copy()
        values[list(labels)] = list(labels.values())
        rows = self._examples
        return rows.remove_columns(LABEL).add_column(
            LABEL,
            pa.array(values, mask=np.isnan(values)),
            feature=rows.features[LABEL],
            new_fingerprint=fingerprint(rows._fingerprint, "planted", key, dict(labels)),
        )
