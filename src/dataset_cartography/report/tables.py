"""The tables of the analysis, and their CSV files; the page shows these frames and no other numbers."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from dataset_cartography.metrics import METRICS
from dataset_cartography.regions import CATEGORIES, ThresholdRule, rule_of, summarize_regions
from dataset_cartography.report.alignment import Alignment
from dataset_cartography.slices import FEATURES, breakdown, describe_examples, kind_of

# Some files are named in the words of the contract.
_FILES = {
    "label": "labels",
    "question_type": "question_types",
    "question_context_overlap": "lexical_overlap",
    "question_sentence_overlap": "lexical_overlap_sentence",
}
FEATURE_TABLES = {name: _FILES.get(name, name) for name in FEATURES}
_OTHER_COLUMNS = 8  # at most so many columns of the dataset are broken down
_OTHER_VALUES = 30  # if they have at most so many values
_FORMULA = re.compile(
    "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
)  # what a spreadsheet would run, also full-width
_METRICS = ("confidence", "variability", "correctness")


def summary_table(map_df: pd.DataFrame) -> pd.DataFrame:
    """One row per region: count, share, medians, mean correctness, never learned, high confidence.

    `high_confidence` counts the examples at or above the confidence threshold (0.5 without one): of the
    ambiguous, those that lean towards easy.
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
    return table


def breakdown_tables(alignment: Alignment, features: pd.DataFrame) -> dict[str, tuple[str, pd.DataFrame]]:
    """The breakdowns by feature and by the dataset's own columns: {file name: (heading, table)}."""
    metrics = [name for name in _METRICS if name in alignment.map_df.columns]
    base = alignment.map_df[["category", *metrics]]
    tables: dict[str, tuple[str, pd.DataFrame]] = {}
    for name, file in FEATURE_TABLES.items():
        if name in features.columns:
            sliced = base.assign(**{name: features[name]})
            tables[file] = (FEATURES[name].title, breakdown(sliced, name, metrics))
    for column in _other_columns(alignment.examples):
        file = _file_name(str(column), tables)
        # A column of the dataset may be called as one of ours ("category"), a file name never is.
        table = breakdown(base.assign(**{file: alignment.examples[column]}), file, metrics)
        tables[file] = (f"Column “{column}” of the dataset", table.rename_axis(str(column)))
    return {file: (heading, table) for file, (heading, table) in tables.items() if len(table)}


def describe(alignment: Alignment) -> pd.DataFrame:
    """The features of the examples of the map."""
    return describe_examples(alignment.examples, alignment.map_df)


def metric_names(map_df: pd.DataFrame) -> list[str]:
    """The metrics of a map, in registry order."""
    return [name for name in METRICS if name in map_df.columns]


def write_table(table: pd.DataFrame, path: Path, *, index: bool = True) -> None:
    """Write a table as UTF-8 CSV; text that a spreadsheet would take for a formula gets an apostrophe."""
    safe = table.reset_index() if index else table.copy()
    safe.columns = pd.Index([neutral(str(name)) for name in safe.columns])
    for place, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            cells = [neutral(value) if isinstance(value, str) else value for value in safe.iloc[:, place]]
            column = pd.Series(cells, dtype="object", index=safe.index)
            safe.isetitem(place, column)  # type: ignore[arg-type]  # the stubs forget Series
    safe.to_csv(path, index=False, encoding="utf-8", errors="replace")


def neutral(text: str) -> str:
    """The text with an apostrophe before a sign that would make a spreadsheet run it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _other_columns(examples: pd.DataFrame) -> list[object]:
    """Columns of the dataset with few values, such as a source or a section."""
    chosen: list[object] = []
    known = ("id", *kind_of(examples.columns).columns)
    for name in examples.columns:
        if name in known:
            continue
        values = examples[name]
        try:
            distinct = values.nunique()
        except TypeError:  # lists and dicts
            continue
        if 2 <= distinct <= _OTHER_VALUES and distinct < len(values):
            chosen.append(name)
    return chosen[:_OTHER_COLUMNS]


def _file_name(column: str, taken: Iterable[str]) -> str:
    stem = "column_" + (re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:40] or "unnamed")
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name
