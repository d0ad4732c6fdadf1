"""What the regions of a map look like, in numbers."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dataset_cartography.regions.columns import category_of, numbers_of
from dataset_cartography.regions.rules import CATEGORIES, CONFIDENCE_THRESHOLD, Array


@dataclass(frozen=True)
class Region:
    """One region in numbers.

    Attributes:
        category: "easy", "ambiguous" or "hard".
        count: Number of examples.
        share: Of the examples that have a category, 0 to 1.
        median_confidence: NaN where the region is empty.
        median_variability: NaN where the region is empty.
        stability: Mean of `region_stability`; NaN where the region is empty, None where it was not given.
    """

    category: str
    count: int
    share: float
    median_confidence: float
    median_variability: float
    stability: float | None


@dataclass(frozen=True)
class RegionSummary:
    """The regions of a map in numbers.

    Attributes:
        regions: One of each category, in the order of `CATEGORIES`.
        uncategorized: Examples without a category: never seen, or without a gold probability.
        high_confidence: The confidence from which on it is called high, 0 to 1.
        ambiguous_high_confidence: Ambiguous examples at or above it.
    """

    regions: tuple[Region, ...]
    uncategorized: int
    high_confidence: float
    ambiguous_high_confidence: int

    def to_frame(self) -> pd.DataFrame:
        """Return the regions as a table indexed by category."""
        return pd.DataFrame([asdict(region) for region in self.regions]).set_index("category")


def summarize_regions(
    df: pd.DataFrame, stability: Array | None = None, high_confidence: float = CONFIDENCE_THRESHOLD
) -> RegionSummary:
    """Count and describe the regions of a categorized map.

    Args:
        df: A map with the columns "category", "confidence" and "variability".
        stability: (examples,) from `region_stability`, in the order of the rows.
        high_confidence: From where on the confidence of an ambiguous example is called high, 0 to 1.

    Returns:
        Counts, shares and medians by category.

    Raises:
        MissingColumnError: A column is missing.
    """
    category = category_of(df)
    confidence, variability = numbers_of(df, "confidence"), numbers_of(df, "variability")
    members = {name: category == name for name in CATEGORIES}
    total = sum(int(mask.sum()) for mask in members.values())
    regions = tuple(
        Region(
            category=name,
            count=int(mask.sum()),
            share=float(mask.sum() / max(total, 1)),
            median_confidence=_middle(confidence[mask]),
            median_variability=_middle(variability[mask]),
            stability=None if stability is None else _mean(np.asarray(stability)[mask]),
        )
        for name, mask in members.items()
    )
    return RegionSummary(
        regions=regions,
        uncategorized=len(df) - total,
        high_confidence=high_confidence,
        ambiguous_high_confidence=int((confidence[members["ambiguous"]] >= high_confidence).sum()),
    )


def _middle(values: Array) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
