"""The data inside a report: the points, metrics and texts of its examples, packed for the front end.

Each column is one inert `<script type="text/plain">` block of base64 of gzip: numbers as little-endian arrays, text
as JSON. Nothing of the dataset stands in the page as itself, so none of it can act there.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.pages.alignment import Alignment
from dataset_cartography.pages.filters import Filter
from dataset_cartography.pages.info import map_info
from dataset_cartography.pages.wrong_labels import RANK
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.report.packed_texts import fit_texts
from dataset_cartography.report.packing import Array, Packer, rounded
from dataset_cartography.slices import kind_of

logger = logging.getLogger(__name__)

MOST_POINTS = 100_000
_FEWEST_OF_REGION = 1_000
_EXACT = 20_000  # examples, up to which all metrics keep all their digits
_WHOLE = ("confidence", "variability", RANK)  # always keep them: a lasso is exact, and a rank is a place
_MOST_CURVE_CELLS = 3_000_000
_FINE_CURVE_CELLS = 1_000_000  # above, a curve's values are kept to 1/254


def size_budget(examples: int) -> int:
    """Bytes that the data of so many examples may take in a page: 1.9 MB for 10,000, 18 MB for 100,000.

    With scripts, pictures and static sections (below 2 MB), such pages stay below 4 and 20 MB.
    """
    return max(1_900_000, 110_000 + 179 * examples)


def sample_points(map_df: pd.DataFrame, limit: int = MOST_POINTS) -> NDArray[np.int64]:
    """Choose at most `limit` rows by region: each keeps its share, a small one up to 1,000 examples.

    Args:
        map_df: a map with "category"; examples in no region are a group of their own.
        limit: the most rows.

    Returns:
        Positions, ascending; always the same for the same map.
    """
    if len(map_df) <= limit:
        return np.arange(len(map_df))
    codes = _category_codes(map_df)
    groups = [np.flatnonzero(codes == code) for code in np.unique(codes)]
    sizes = np.array([len(group) for group in groups])
    least = np.minimum(sizes, min(_FEWEST_OF_REGION, limit // len(groups)))
    quota = np.maximum(least, limit * sizes // len(map_df))
    largest = int(sizes.argmax())
    quota[largest] = min(int(sizes[largest]), int(quota[largest] + limit - quota.sum()))
    rng = np.random.default_rng(0)
    chosen = [rng.choice(group, size, replace=False) for group, size in zip(groups, quota, strict=True)]
    return np.sort(np.concatenate(chosen))


def embed(
    map_df: pd.DataFrame,
    alignment: Alignment,
    *,
    title: str,
    curves: pd.DataFrame | None = None,
    filters: Sequence[Filter] = (),
    notes: Sequence[str] = (),
    limit: int = MOST_POINTS,
    budget: int | None = None,
) -> Iterator[str]:
    """Pack what the front end asks of a report's data.

    Texts are cut to the widest excerpts that fit the budget, and a note on the page says so.

    Args:
        map_df: the whole map, with "category".
        alignment: its rows that have an example.
        title: the page's title.
        curves: gold probability, a row per example id, a column per epoch, NaN = unseen.
        filters: on the rows of `alignment`.
        notes: sentences to show beside the map, before those said here.
        limit: the most examples, beyond which a sample is drawn by `sample_points`.
        budget: bytes for all blocks together; `size_budget` of the number of examples by default. Texts are not cut
            below 60 characters, so a page may come out larger.

    Yields:
        The blocks as HTML elements, a few megabytes at most each.
    """
    positions = sample_points(alignment.map_df, limit)
    shown = alignment.take(positions)
    rows, kind = shown.map_df, kind_of(shown.examples)
    packer = Packer()
    info = map_info(map_df)
    epochs, values, thinned = _curves(rows.index, curves)
    chosen = [_chosen(one, positions) for one in filters]
    exact = _pack_metrics(packer, rows, [metric["name"] for metric in info["metrics"]])
    packer.add_array("category", _category_codes(rows))
    for place, one in enumerate(chosen):
        packer.add_array(f"filter-{place}", one.codes.astype(np.int16))
    if values is not None:
        packer.add_array("curves", values)
    texts = fit_texts(shown, (budget or size_budget(len(rows))) - packer.size)
    packer.blocks |= texts.packer.blocks
    here = np.bincount(_category_codes(rows), minlength=256)  # what can be opened
    info |= {
        "mode": "report",
        "title": title,
        "task": kind.name,
        "target": kind.target,
        "measured": kind.measured,
        "points": int(_coordinates(rows).all(axis=1).sum()),
        "notes": [
            *info["notes"],
            *notes,
            *_sample_notes(alignment, positions),
            *texts.notes,
            *exact,
            *thinned,
        ],
        "epochs": epochs,
        "filters": [
            {
                "name": one.name,
                "title": one.title,
                "values": list(one.labels),
                "counts": one.counts,
                "sets": one.sets,
            }
            for one in chosen
        ],
        "counts": {name: int(here[code]) for code, name in enumerate(CATEGORIES)},
        "labels": [],
    }
    header = {
        "info": info,
        "count": len(rows),
        "big_ids": texts.big_ids,
        "texts": texts.names,
        "columns": texts.columns,
        "curves": None if values is None else str(values.dtype),
    }
    packer.add_json("header", header)
    logger.info("packed %d examples into %.1f MB", len(rows), packer.size / 1e6)
    yield from packer.elements()


def _pack_metrics(packer: Packer, rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Pack all metrics, of many examples to four digits, and say so."""
    exact = len(rows) <= _EXACT
    for place, name in enumerate(names):
        values = rows[name].to_numpy("float64", na_value=np.nan)
        packer.add_floats(f"metric-{place}", values if exact or name in _WHOLE else rounded(values))
    return [] if exact else ["Metrics other than confidence and variability are kept to four digits here."]


def _category_codes(rows: pd.DataFrame) -> NDArray[np.uint8]:
    """The place of each example's region among CATEGORIES, 255 where it has none."""
    return pd.Categorical(rows["category"], categories=list(CATEGORIES)).codes.astype(np.uint8)


def _coordinates(rows: pd.DataFrame) -> NDArray[np.bool_]:
    return rows[["variability", "confidence"]].notna().to_numpy()


def _chosen(one: Filter, positions: Array) -> Filter:
    return replace(one, codes=one.codes[positions])


def _curves(index: pd.Index, curves: pd.DataFrame | None) -> tuple[list[int], Array | None, list[str]]:
    """Epochs, (examples, epochs) of whole numbers whose greatest stands for unseen, and what was left out."""
    if curves is None or not len(curves.columns):
        return [], None, []
    most = max(2, _MOST_CURVE_CELLS // max(len(index), 1))
    kept = np.arange(len(curves.columns))
    notes = []
    if len(kept) > most:
        kept = np.unique(np.linspace(0, len(kept) - 1, most).round().astype(int))
        notes = [f"Curves show {len(kept)} of {len(curves.columns)} epochs, so that this file stays small."]
    chosen = curves.iloc[:, kept].reindex(index)
    values = chosen.to_numpy("float64", na_value=np.nan)
    dtype: Any = np.uint16 if values.size <= _FINE_CURVE_CELLS else np.uint8
    unseen = int(np.iinfo(dtype).max)
    scaled = np.where(np.isnan(values), unseen, np.round(np.clip(values, 0, 1) * (unseen - 1)))
    return [int(epoch) for epoch in chosen.columns], scaled.astype(dtype), notes


def _sample_notes(alignment: Alignment, positions: Array) -> list[str]:
    everything = len(alignment.map_df)
    if len(positions) == everything:
        return []
    here = alignment.map_df["category"].iloc[positions].value_counts()
    whole = alignment.map_df["category"].value_counts()
    parts = [f"{here[name]:,} of {whole[name]:,} {name}" for name in CATEGORIES if whole.get(name, 0)]
    note = (
        f"This page holds a sample of {len(positions):,} of the {everything:,} examples, drawn by region "
        f"({', '.join(parts)}). Map, table, search and downloads are of this sample; the numbers elsewhere "
        "are of all examples."
    )
    return [note]
