"""Which examples have another label on the second map, and how far those moved beside the others."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.errors import InputError


@dataclass(frozen=True)
class Relabelled:
    """The labels of two versions of a dataset, over the examples that were compared.

    Attributes:
        known: Examples whose label is known in both.
        ids: Those of another label in the second, the furthest moved first.
        median: How far these moved, the median; NaN where there is none.
        median_others: How far those of the same label moved.
    """

    known: int
    ids: pd.Index
    median: float
    median_others: float


def compare_labels(labels: "tuple[pd.Series[Any], pd.Series[Any]]", moved: "pd.Series[float]") -> Relabelled:
    """Compare the labels of two versions of a dataset.

    Args:
        labels: Of the first version and of the second: index = id, values that are equal where the label is, missing
            where there is none.
        moved: How far each example moved, the furthest first; only these examples count.

    Raises:
        InputError: An id is given two labels, or no example has one in both.
    """
    for series in labels:
        if not series.index.is_unique:
            repeated = series.index[series.index.duplicated()].tolist()[0]
            raise InputError(f"The id {repeated!r} is given more than one label; ids must be unique.")
    first, second = (series.reindex(moved.index).astype(object) for series in labels)
    known = (first.notna() & second.notna()).to_numpy(dtype=bool)
    if not known.any():
        raise InputError("No example has a label in both versions of the dataset.")
    other = known & (first.to_numpy() != second.to_numpy())
    return Relabelled(
        known=int(known.sum()),
        ids=moved.index[other],
        median=float(moved[other].median()),
        median_others=float(moved[known & ~other].median()),
    )
