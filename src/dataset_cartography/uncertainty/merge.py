"""Several runs as one map."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from dataset_cartography.datamap import FACTS, INDEX, MapFrame
from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS
from dataset_cartography.regions import assign_categories, region_rule
from dataset_cartography.regions.columns import numbers_of
from dataset_cartography.regions.rules import Array, Method
from dataset_cartography.uncertainty.probability import standard_deviation
from dataset_cartography.uncertainty.runs import Runs, read_runs, shared_facts, union_of
from dataset_cartography.uncertainty.stable import STABLE, with_probabilities
from dataset_cartography.uncertainty.together import mean_of, most_voted, together

MERGED = "merged"
"""Key of a merged map's `attrs`: `runs` (their names), `missing` (name to how many examples it has no place for),
`notes` (sentences that qualify the map), `stable_from` (the probability)."""

BETWEEN = "_between"
"""Ending of the columns with the standard deviation between runs."""

# Answers that are made of several columns together, and their dtypes.
_VOTED = {("windows",): "int32", ("prediction",): "Int32", ("prediction_start", "prediction_end"): "Int32"}


def merge_runs(
    runs: Runs,
    method: Method = "threshold",
    confidence_threshold: float | None = None,
    variability_threshold: float | None = None,
    *,
    stable_from: float = STABLE,
) -> pd.DataFrame:
    """Make one map of several runs, such as seeds of one model on the same examples.

    Args:
        runs: Cartography directories, files of maps, or maps; or a mapping of their names to them. Two or more.
        method: What divides the merged map, and each run's, into regions; as for `categorize_examples`.
        confidence_threshold: As for `categorize_examples`.
        variability_threshold: As for `categorize_examples`.
        stable_from: The probability from which on a region's label is called stable, 0 to 1.

    Returns:
        A map: one row per example of any run, indexed by id. Every metric that all runs have is taken over the runs
        that saw the example, as `together` says: measures are means (so it is the map that one run is expected to
        give, not that of an averaged model), counts and flags are the middle run's. Then

        - `windows` and the predictions: what most runs say, of equal votes the earliest given; of predicted values
          (regression) the mean;
        - `runs`: how many runs know a place for the example;
        - `METRIC_between`: the standard deviation between these runs (n - 1), missing where fewer than two;
        - `easy_probability`, `ambiguous_probability`, `hard_probability`: of each region in another such run
          (`region_probabilities`); missing where no run knows a place;
        - `category`: the region of the merged place;
        - `stable`: whether another run puts the example into this region with probability `stable_from` or more.

        `attrs["merged"]` names the runs, what each lacks, and what qualifies the map; `attrs["cartography"]` has the
        facts in which the runs agree.

    Raises:
        InputError: There are fewer than two runs, they are of different tasks or kinds, ids repeat, a run shares no
            example with the others, or a threshold is out of its range.
        MissingColumnError: A map lacks confidence or variability.
        MissingFileError: There is no map where a directory is given.
    """
    if not 0 <= stable_from <= 1:
        raise InputError(f"stable_from is {stable_from}; give a probability between 0 and 1.")
    rule = region_rule(method, confidence_threshold, variability_threshold)
    given, notes = read_runs(runs)
    ids = union_of(given).rename(INDEX)
    aligned = [_Aligned(run.df, ids) for run in given]
    places = {name: np.stack([run.values(name) for run in aligned]) for name in ("confidence", "variability")}
    seen = ~np.isnan(places["confidence"]) & ~np.isnan(places["variability"])
    columns: dict[str, Any] = {}
    between: dict[str, Array] = {}
    for name, metric in METRICS.items():
        if all(name in run.df.columns for run in aligned):
            values = np.stack([run.values(name) for run in aligned])
            columns[name] = _typed(together(metric, values, seen), metric.dtype)
            between[f"{name}{BETWEEN}"] = standard_deviation(np.where(seen, values, np.nan))
    for names, dtype in _VOTED.items():
        if all(name in run.df.columns for name in names for run in aligned):
            answers = [np.stack([run.values(name) for run in aligned]) for name in names]
            if pd.api.types.is_float_dtype(
                given[0].df[names[0]].dtype
            ):  # values, of which hardly two are equal
                columns[names[0]] = mean_of(answers[0])
                continue
            winner = most_voted(answers)[None, :]
            for name, values in zip(names, answers, strict=True):
                chosen = np.take_along_axis(values, winner, axis=0)[0]
                columns[name] = _typed(chosen, dtype)
    columns["runs"] = seen.sum(axis=0)
    df = pd.DataFrame({**columns, **between}, index=ids, copy=False)
    df.attrs[FACTS] = {**shared_facts(given), "runs": [run.name for run in given]}
    df = assign_categories(df, method, confidence_threshold, variability_threshold)
    df = with_probabilities(df, places["confidence"], places["variability"], rule, stable_from=stable_from)
    missing = {run.name: int(count) for run, count in zip(given, (~seen).sum(axis=1), strict=True)}
    df.attrs[MERGED] = {
        "runs": [run.name for run in given],
        "missing": missing,
        "notes": notes,
        "stable_from": stable_from,
    }
    return MapFrame.of(df)


class _Aligned:
    """A map's columns in the order of the merged map's ids."""

    def __init__(self, df: pd.DataFrame, ids: pd.Index) -> None:
        self.df = df
        self._places = None if df.index.equals(ids) else df.index.get_indexer(ids)

    def values(self, name: str) -> Array:
        """A column as (examples,) float64, NaN where it or the example is missing."""
        column = numbers_of(self.df, name)
        if self._places is None:
            return column
        return np.where(self._places >= 0, column[self._places], np.nan)


def _typed(values: Array, dtype: str) -> Any:
    """A column of a dtype, NaN becoming missing."""
    return pd.Series(values).astype(pandas_dtype(dtype)).array
