"""The tables of the analysis, and their CSV files; the page shows these frames and no other numbers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.pages import Alignment, other_columns
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.regions import (
    CATEGORIES,
    ThresholdRule,
    region_stability,
    rule_of,
    summarize_regions,
)
from dataset_cartography.slices import FEATURES, breakdown, describe_examples

# Some files are named in the words of the contract.
_FILES = {
    "label": "labels",
    "question_type": "question_types",
    "question_context_overlap": "lexical_overlap",
    "question_sentence_overlap": "lexical_overlap_sentence",
}
FEATURE_TABLES = {name: _FILES.get(name, name) for name in FEATURES}
_METRICS = ("confidence", "variability", "correctness")


@dataclass(frozen=True)
class Slices:
    """What examples are sliced by.

    Attributes:
        frame: A column of features or of the dataset each, on the map's index; the dataset's go by the names of
            their files, so that no two columns have one name.
        titles: What a reader calls each column.
        own: The dataset's columns by the names they have here.
    """

    frame: pd.DataFrame
    titles: dict[str, str]
    own: dict[str, Any]


def slice_examples(alignment: Alignment, columns: Sequence[str] | None = None) -> Slices:
    """What the examples of a map are sliced by: their features, and columns of the dataset.

    Args:
        alignment: The map and its examples.
        columns: Columns of the dataset to slice by; by default those with few values.

    Raises:
        MissingColumnError: A column that was asked for does not exist.
    """
    frame = describe_examples(alignment.examples, alignment.map_df)
    titles = {str(name): FEATURES[name].title for name in frame.columns}
    own: dict[str, Any] = {}
    for column in other_columns(alignment.examples, columns):
        file = _file_name(str(column), own)
        own[file], titles[file] = column, str(column)
    others = pd.DataFrame(
        {file: alignment.examples[column] for file, column in own.items()}, index=frame.index
    )
    return Slices(pd.concat([frame, others], axis=1), titles, own)


def summary_table(map_df: pd.DataFrame, probabilities: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per region: count, share, medians, mean correctness, never learned, high confidence, stability.

    `high_confidence` counts the examples at or above the confidence threshold (0.5 without one): of the
    ambiguous, those that lean towards easy. `stable_share` is the share of a region's examples that stay in it
    whichever epoch is left out; it needs the probabilities of the whole map.
    """
    rule = rule_of(map_df)
    high = rule.confidence if isinstance(rule, ThresholdRule) else 0.5
    table = summarize_regions(map_df).to_frame().drop(columns="stability")
    members = [map_df[map_df["category"] == name] for name in CATEGORIES]
    if "correctness" in map_df.columns:
        table["mean_correctness"] = [float(rows["correctness"].mean()) for rows in members]
    if "never_learned" in map_df.columns:
        table["never_learned"] = [int(rows["never_learned"].sum()) for rows in members]
    table["high_confidence"] = [int((rows["confidence"] >= high).sum()) for rows in members]
    stable = _stable(map_df, probabilities)
    if stable is not None:
        table["stable_share"] = [float(stable[rows.index].mean()) for rows in members]
    return table


def _stable(map_df: pd.DataFrame, probabilities: pd.DataFrame | None) -> "pd.Series[Any] | None":
    """Whether each example keeps its region whichever epoch is left out, NaN where unknown; None without curves."""
    rule = MapFacts.of(map_df).rule
    if rule is None or probabilities is None or not map_df.index.isin(probabilities.index).all():
        return None
    shares = region_stability(probabilities.reindex(map_df.index).to_numpy("float64"), rule)
    if np.isnan(shares).all():
        return None
    return pd.Series(np.where(np.isnan(shares), np.nan, shares == 1.0), index=map_df.index)


def breakdown_tables(map_df: pd.DataFrame, slices: Slices) -> dict[str, tuple[str, pd.DataFrame]]:
    """The breakdowns by feature and by the dataset's own columns: {file name: (heading, table)}."""
    metrics = [name for name in _METRICS if name in map_df.columns]
    base = map_df[["category", *metrics]]
    tables: dict[str, tuple[str, pd.DataFrame]] = {}
    for name in slices.frame.columns:
        # A column of the dataset may be called as one of ours ("category"), a file name never is.
        table = breakdown(base.assign(**{name: slices.frame[name]}), name, metrics)
        if len(table) and name in slices.own:
            heading = f"Column “{slices.titles[name]}” of the dataset"
            tables[name] = heading, table.rename_axis(slices.titles[name])
        elif len(table):
            tables[FEATURE_TABLES[name]] = slices.titles[name], table
    return tables


def _file_name(column: str, taken: Collection[str]) -> str:
    stem = "column_" + (re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:40] or "unnamed")
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name
