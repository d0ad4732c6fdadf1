"""Region counts and metric means per slice of a map, and the rank correlations of its columns."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.slices.cutting import cut_numbers, list_members, list_values
from dataset_cartography.slices.features import FEATURES, Feature


def breakdown(
    df: pd.DataFrame,
    by: str,
    metrics: Sequence[str] = ("confidence", "variability", "correctness"),
    bins: int = 4,
) -> pd.DataFrame:
    """Count the regions and average the metrics in every slice of the column `by`.

    Numbers with more than `bins` distinct values are cut at their quantiles; text, truth values and few
    numbers give one slice per value. Of a feature with several values at once an example is counted in the slice of
    each. Examples without a category (never seen) are left out.

    Args:
        df: a map with "category", the column `by` and the metrics.
        by: the column to slice by; `FEATURES` knows the units of those of `describe_examples`.
        metrics: columns to average.
        bins: at most this many quantile slices (missing values and a meaningful 0 stand apart).

    Returns:
        One row per slice that has examples (numbers ascending, text by falling count): count; easy,
        ambiguous, hard (counts that add up to it); easy_share, ambiguous_share, hard_share (0..1);
        mean_<metric> for each metric, missing values left out.

    Raises:
        MissingColumnError: a column is missing.
        InputError: `bins` is below 1.
    """
    for column in ("category", by, *metrics):
        if column not in df.columns:
            hint = "Call categorize_examples first." if column == "category" else "Choose one of these."
            raise MissingColumnError.of(column, [str(name) for name in df.columns], "the map", hint)
    if bins < 1:
        raise InputError(f"bins is {bins}; a breakdown needs at least 1.")
    seen = df[df["category"].notna()]
    values, feature = seen[by], FEATURES.get(by, Feature(by, by, ""))
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if feature.several:
        labels, inside = list_members(values, feature)
        rows, codes = np.nonzero(inside)
        seen = seen.iloc[rows]
    else:
        labels, codes = cut_numbers(values, bins, feature) if numeric else list_values(values, feature)

    category = pd.Categorical(seen["category"], categories=CATEGORIES).codes.astype(np.int64)
    cells = np.bincount(codes * len(CATEGORIES) + category, minlength=len(labels) * len(CATEGORIES))
    table = pd.DataFrame(
        cells.reshape(-1, len(CATEGORIES)), index=pd.Index(labels, name=by), columns=list(CATEGORIES)
    )
    table.insert(0, "count", table.sum(axis=1))
    for name in CATEGORIES:
        table[f"{name}_share"] = table[name] / table["count"]
    means = seen[list(metrics)].astype("float64").groupby(codes).mean()
    for name in metrics:
        table[f"mean_{name}"] = means[name].to_numpy()
    return table


def correlations(df: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Spearman's rank correlation of every pair of columns over the examples that have both.

    Returns:
        A square frame, -1..1; NaN where a column is constant or two columns never meet.
    """
    values = df[list(columns)].astype("float64").replace([np.inf, -np.inf], np.nan)
    # Ranking once per column is exact without gaps, and far quicker than pair by pair.
    if not values.isna().to_numpy().any():
        return values.rank().corr()
    return values.corr(method="spearman")
