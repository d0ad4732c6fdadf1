"""Categories of a map's examples, and the examples of a category."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.regions.columns import category_of, numbers_of
from dataset_cartography.regions.rules import (
    CATEGORIES,
    UNKNOWN,
    Method,
    RegionRule,
    ThresholdRule,
    region_rule,
)

logger = logging.getLogger(__name__)

_LOPSIDED = 0.8
_FACTS = "regions"  # key of `DataFrame.attrs`; plain values, so that Parquet can keep them


def categorize_examples(
    df: pd.DataFrame,
    method: Method = "threshold",
    confidence_threshold: float | None = None,
    variability_threshold: float | None = None,
) -> pd.DataFrame:
    """Put every example of a map into a region.

    Args:
        df: A map: one row per example, with the columns "confidence" and "variability".
        method: "threshold" compares with fixed values (`ThresholdRule`), so that a region may be of any
            size; "quantile" ranks (`QuantileRule`), so that the sizes are set beforehand.
        confidence_threshold: For "threshold": examples that are not ambiguous are easy at or above it
            (default 0.5: the gold label has more probability than all others together). For "quantile": the
            level below which, of the examples that are not ambiguous, they are hard (default 1/2).
        variability_threshold: For "threshold": examples are ambiguous at or above it (default 0.2: in five
            epochs, one that lies 0.5 away from the others). For "quantile": the level above which they are
            ambiguous (default 2/3, the paper's top third).

    Returns:
        A copy with the ordered categorical column "category": easy < ambiguous < hard, missing where the
        confidence is. More than 80% of the examples in one category by thresholds are logged as a warning.

    Raises:
        MissingColumnError: A column is missing.
        InputError: The method is unknown, a threshold out of range, or a column not numeric.
    """
    categorized = assign_categories(df, method, confidence_threshold, variability_threshold)
    if sentence := lopsided(categorized):
        logger.warning("%s", sentence)
    return categorized


def assign_categories(
    df: pd.DataFrame,
    method: Method = "threshold",
    confidence_threshold: float | None = None,
    variability_threshold: float | None = None,
) -> pd.DataFrame:
    """Do what `categorize_examples` does without a word, for callers that say `lopsided` themselves."""
    rule = region_rule(method, confidence_threshold, variability_threshold)
    codes = rule.codes(numbers_of(df, "confidence"), numbers_of(df, "variability"))
    categorized = df.copy()
    dtype = pd.CategoricalDtype(list(CATEGORIES), ordered=True)
    categorized["category"] = pd.Categorical.from_codes(np.where(codes == UNKNOWN, -1, codes), dtype=dtype)
    categorized.attrs[_FACTS] = {
        "method": method,
        "confidence_threshold": None if confidence_threshold is None else float(confidence_threshold),
        "variability_threshold": None if variability_threshold is None else float(variability_threshold),
    }
    return categorized


def rule_of(df: pd.DataFrame) -> RegionRule:
    """Return the rule by which a map was categorized, as it notes it; the default rule if it notes none."""
    return region_rule(**df.attrs.get(_FACTS, {}))


def get_examples_by_category(df: pd.DataFrame, category: str, n: int | None = None) -> list[Any]:
    """List the ids of a category's examples, the most typical first.

    Hard: lowest confidence first; easy: highest confidence first (both then lowest variability);
    ambiguous: highest variability first, then confidence nearest to 0.5. What still ties is ordered by the
    id as text, so that the order of the rows does not matter.

    Args:
        df: A map with the columns "category", "confidence" and "variability"; its index holds the ids.
        category: "easy", "ambiguous" or "hard".
        n: At most so many; None for all.

    Returns:
        Ids as plain Python values.

    Raises:
        MissingColumnError: A column is missing.
        InputError: The category is unknown or n is negative.
    """
    if category not in CATEGORIES:
        raise InputError(f"Unknown category '{category}'; choose one of: {', '.join(CATEGORIES)}.")
    if n is not None and n < 0:
        raise InputError(f"n must be 0 or more; got {n}.")
    members = df[category_of(df) == category]
    confidence, variability = numbers_of(members, "confidence"), numbers_of(members, "variability")
    keys = {
        "easy": (-confidence, variability),
        "ambiguous": (-variability, np.abs(confidence - 0.5)),
        "hard": (confidence, variability),
    }
    first, second = keys[category]
    places = np.arange(len(members))
    if n is not None and 0 < n < len(members):
        # Only what can be among the n needs its id compared as text.
        places = np.flatnonzero(~(first > np.partition(first, n - 1)[n - 1]))
    candidates = members.index[places]
    frame = pd.DataFrame(
        {"first": first[places], "second": second[places], "id": [str(key) for key in candidates]}
    )
    order = frame.sort_values(["first", "second", "id"], kind="stable").index.to_numpy()
    ids: list[Any] = candidates[order[:n]].tolist()
    return ids


def lopsided(df: pd.DataFrame) -> str | None:
    """Say so, with the way on, if fixed thresholds put more than 80% of the examples into one category."""
    rule = rule_of(df)
    counts = df["category"].value_counts()
    total = int(counts.sum())
    if not isinstance(rule, ThresholdRule) or not total or counts.max() <= _LOPSIDED * total:
        return None
    return (
        f"{counts.max() / total:.0%} of the {total} examples are {counts.idxmax()} with a confidence threshold of "
        f"{rule.confidence:g} and a variability threshold of {rule.variability:g}; "
        'the method "quantile" divides them by rank instead.'
    )
