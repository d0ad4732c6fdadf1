"""What a map loses when part of the input is withheld, and what it does not: the mark of a shortcut.

An example that a model finds easy without the premise, or without the question, does not need it (Poliak et al. 2018,
Gururangan et al. 2018): what makes it easy is an artefact of the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.slices.search import Search


@dataclass(frozen=True)
class Ablation:
    """Two maps of the same examples: of the whole input, and with part of it withheld.

    Attributes:
        common: examples that have a category on both maps.
        full_only: examples with a category on the whole input's map alone.
        ablated_only: examples with a category on the ablated map alone.
        moves: (3, 3) the common examples by category on the whole input (rows) and ablated (columns).
        kept: (3,) the share of each category's examples that keep it, NaN where it is empty.
        kept_by_chance: (3,) the share that would, if the two categories had nothing to do with each other.
        easy_without: share of the easy examples that are easy without the withheld input too; NaN without easy ones.
        artefacts: their ids, those with the most confidence on the ablated map first.
        effects: of the easy examples, how many more are easy without it in each slice than in the rest, as in
            `Explanation.effects`, with the region "easy without"; None where no slices were given.
    """

    common: int
    full_only: int
    ablated_only: int
    moves: pd.DataFrame
    kept: "pd.Series[float]"
    kept_by_chance: "pd.Series[float]"
    easy_without: float
    artefacts: tuple[Any, ...]
    effects: pd.DataFrame | None = None

    @property
    def words(self) -> str:
        """One sentence that says how many easy examples do not need the withheld input."""
        easy = int(self.moves.to_numpy()[CATEGORIES.index("easy")].sum())
        if not easy:
            return f"None of the {self.common:,} examples on both maps is easy with the whole input."
        chance = self.kept_by_chance["easy"]
        return (
            f"Of the {easy:,} examples that are easy with the whole input, {len(self.artefacts):,} "
            f"({self.easy_without:.0%}) are easy without the withheld part, too; chance would give {chance:.0%}."
        )


def compare_ablation(
    map_df: pd.DataFrame,
    ablated_df: pd.DataFrame,
    *,
    slices: pd.DataFrame | None = None,
    titles: Mapping[str, str] | None = None,
    alpha: float = 0.05,
) -> Ablation:
    """Compare a map with that of a model that was trained without part of the input.

    The two need categories of one rule, best that of fixed thresholds: by quantiles as many examples are easy on
    either map, whatever the model can do.

    Args:
        map_df: the map of the whole input, with "category" and "confidence"; index = example id.
        ablated_df: the map recorded with `--ablation`, with the same columns.
        slices: a column per feature of the examples, by id, as `explain` takes them.
        titles: what to call their columns.
        alpha: the chance that any of the intervals of the slices misses.

    Returns:
        What stays, what moves, and the easy examples that do not need what was withheld.

    Raises:
        MissingColumnError: a map lacks a column.
        InputError: an id stands twice in a map, or the maps have no id in common.
        MissingExtraError: there are slices, and SciPy is not installed.
    """
    for df, owner in ((map_df, "the map"), (ablated_df, "the ablated map")):
        for column in ("category", "confidence"):
            if column not in df.columns:
                hint = "Call categorize_examples first." if column == "category" else "Give a map."
                raise MissingColumnError.of(column, [str(name) for name in df.columns], owner, hint)
        if not df.index.is_unique:
            raise InputError(f"An id stands more than once in {owner}; every id must stand for one example.")
    full, ablated = _known(map_df), _known(ablated_df)
    places = ablated.index.get_indexer(full.index)
    if not (places >= 0).any():
        raise InputError(
            f"None of the {len(full):,} examples on the map is among the {len(ablated):,} on the ablated map: "
            "compare maps of one dataset."
        )
    before = full[places >= 0]
    after = ablated.iloc[places[places >= 0]].set_axis(before.index)
    counts = np.zeros((len(CATEGORIES),) * 2, dtype=np.int64)
    np.add.at(counts, (_codes(before), _codes(after)), 1)
    moves = pd.DataFrame(counts, index=_named("whole input"), columns=_named("ablated"))
    of_each = moves.sum(axis=1).astype("float64")
    stays = pd.Series(np.diagonal(counts), index=moves.index)
    kept = (stays / of_each.where(of_each > 0)).rename("kept")
    by_chance = pd.Series(counts.sum(axis=0) / len(before), index=moves.index, name="kept_by_chance")
    still = after[(before["category"] == "easy") & (after["category"] == "easy")]
    order = still["confidence"].sort_values(ascending=False, kind="stable").index
    return Ablation(
        len(before),
        len(full) - len(before),
        len(ablated) - len(before),
        moves,
        kept,
        by_chance,
        float(kept["easy"]),
        tuple(order.tolist()),
        None if slices is None else _effects(before, after, slices, titles or {}, alpha),
    )


def _effects(
    before: pd.DataFrame, after: pd.DataFrame, slices: pd.DataFrame, titles: Mapping[str, str], alpha: float
) -> pd.DataFrame:
    easy = (before["category"] == "easy").to_numpy()
    still = (after["category"] == "easy").to_numpy()[easy]
    frame = slices.reindex(before.index[easy])
    return Search.over(frame, {"easy without": still}, titles, alpha).effects()


def _known(df: pd.DataFrame) -> pd.DataFrame:
    return df.loc[df["category"].notna(), ["category", "confidence"]]


def _codes(df: pd.DataFrame) -> Any:
    return pd.Categorical(df["category"], categories=CATEGORIES).codes


def _named(name: str) -> pd.Index:
    return pd.Index(list(CATEGORIES), name=name)
