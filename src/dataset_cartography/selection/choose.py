"""Choosing examples: by region, by a metric, balanced, stratified or at random; exactly as many as asked for."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.datamap import FACTS
from dataset_cartography.errors import InputError
from dataset_cartography.selection.asked import checked_floor, checked_grouped, checked_regions, checked_size
from dataset_cartography.selection.groups import Grouping, aligned, take_balanced, take_stratified
from dataset_cartography.selection.order import Order, order_of
from dataset_cartography.selection.pool import Pool
from dataset_cartography.selection.where import truth_of

_OF_THE_MAP = ("dataset", "split", "task", "model", "mode", "gold_probability", "epochs", "planted_labels")
_REGIONS = "regions"  # where a categorized map notes its rule


class Selection(list[Any]):
    """The ids that were chosen, in the order in which the rule took them.

    Attributes:
        how: How they were chosen, as JSON can say it: the rule in words and with its values, the map, how many of how
            many, and why others could not be chosen.
        notes: Sentences that whoever asked should read.
    """

    def __init__(self, ids: Iterable[Any], how: dict[str, Any], notes: list[str]) -> None:
        super().__init__(ids)
        self.how = how
        self.notes = notes


def select_examples(
    df: pd.DataFrame,
    *,
    n: int | None = None,
    fraction: float | None = None,
    category: str | Sequence[str] | None = None,
    by: str | None = None,
    end: str | None = None,
    easy_floor: float = 0.0,
    balance: "str | pd.Series[Any] | None" = None,
    stratify: "str | pd.Series[Any] | None" = None,
    where: str | None = None,
    among: Iterable[Any] | None = None,
    exclude: Iterable[Any] | pd.DataFrame | None = None,
    duplicates: "pd.Series[Any] | None" = None,
    seed: int = 0,
) -> Selection:
    """Choose examples of a map, exactly as many as asked for.

    First what can be chosen (`category`, `where`, `among`, `exclude`, `duplicates`), then the order (`by`, `end`), then
    how many (`n` or `fraction`) of which group (`balance`, `stratify`). Values, ids and the seed decide, never the
    order of the rows. A smaller selection by the same rule is part of a larger one, but for `stratify`: its shares are
    rounded anew for every number, so that a group may have one example fewer in a larger selection.

    Args:
        df: The map: a row per example, the index its id.
        n: How many; None for all that can be chosen.
        fraction: Instead of n, of all examples of the map: above 0, at most 1; rounded to the nearest number.
        category: Only these regions ("easy", "ambiguous", "hard"); `df` was categorized.
        by: The metric (or other numeric column) that says which come first, or "random". None: of a single region the
            most typical first, as `get_examples_by_category` has them, else at random. An example without a value, such
            as one that was never seen, is not chosen by it.
        end: Where to begin with a metric: "low", "high", "hard" or "easy" (as the metric knows them), or "both" in
            turn. Default "hard", where the metric has such an end. Equal values are ordered by chance.
        easy_floor: At least this share of those chosen, rounded up, is easy: so many are drawn at random from the easy
            region, and the rest is chosen by the rule.
        balance: Of each group as many as of the others, as far as they go: a column of the map, or a series indexed by
            id. Examples without a value are not chosen.
        stratify: Of each group its share of those that can be chosen, rounded down or up (largest remainder); like
            `balance`.
        where: Only those of which this expression over the map's columns holds, such as "category != 'ambiguous' and
            confidence < 0.9"; it never holds by a missing value, `!=` and `not` included.
        among: Only these ids; of a union or an intersection, say.
        exclude: Not these ids, or not those that index this frame; see `suspected_errors`.
        duplicates: The group of near-duplicates that an example belongs to, indexed by id; an example without one
            stands alone. Of a group only the first in the order can be chosen.
        seed: Decides what is left to chance.

    Returns:
        The ids, with `how` they were chosen and `notes`.

    Raises:
        MissingColumnError: A column is missing.
        InputError: A value is out of range, or there are not as many as asked for; the sentence says how many.

    Example:
        >>> df = pd.DataFrame({"confidence": [0.9, 0.2, 0.5, 0.1]}, index=["a", "b", "c", "d"])
        >>> select_examples(df, n=2, by="confidence")
        ['d', 'b']
        >>> select_examples(df, fraction=0.75, by="confidence", end="both")
        ['d', 'a', 'b']
    """
    if not df.index.is_unique:
        raise InputError(
            f"The map has the id {df.index[df.index.duplicated()].tolist()[0]!r} more than once."
        )
    categories = [category] if isinstance(category, str) else list(category or ())
    size = checked_size(n, fraction, len(df))
    floor = checked_floor(easy_floor, size)
    grouped = checked_grouped(balance, stratify, size, floor)
    regions = checked_regions(df, categories, floor)
    order = order_of(df, by, end, categories, seed)
    grouping = None if grouped is None else Grouping.of(df, grouped, seed)

    pool = Pool(df.index)
    pool.restrict(among, exclude)
    if where is not None:
        truth = truth_of(df, where)
        pool.keep(~truth.fails, f"where not ({where})")
        pool.keep(truth.holds, f"without the values that {where} asks for")
    easy = (regions == "easy") & (floor > 0)
    ruled = np.isin(regions, categories) if categories else np.ones(len(df), dtype=bool)
    pool.keep(ruled | easy, f"not {' or '.join(dict.fromkeys([*categories, *(['easy'] if floor else [])]))}")
    ruled &= ~np.isnan(order.keys)
    pool.keep(ruled | easy, f"without a value of '{by}'")
    if grouping is not None:
        pool.keep(grouping.codes >= 0, f"without a value of '{grouping.name}'")
    if duplicates is not None:
        sequence = np.concatenate([order.taken(pool.rows(ruled)), order.shuffled(pool.rows(easy & ~ruled))])
        groups = aligned(df, duplicates, "that say what is a near-duplicate")
        pool.keep_first(sequence, groups, "near-duplicates of others")

    drawn = order.shuffled(pool.rows(easy))[:floor]
    ruled[drawn] = False
    rows = pool.rows(ruled)
    wanted = len(rows) if size is None else size - floor
    if not wanted + floor:
        raise InputError(f"No example can be chosen of {pool.told()}.")
    _check_enough(len(drawn), floor, "easy examples are to be among those chosen", pool)
    _check_enough(
        len(rows), wanted, f"examples are asked for{' beside the easy ones' if floor else ''}", pool
    )
    if grouping is None:
        chosen = np.concatenate([order.taken(rows)[:wanted], drawn])
    else:
        take = take_stratified if balance is None else take_balanced
        chosen = take(order, rows, grouping, wanted)

    how: dict[str, Any] = {
        "rule": _words(order, categories, floor, grouping, balanced=balance is not None, every=size is None),
        "seed": seed,
        "chosen": len(chosen),
        "could_be_chosen": len(rows) + floor,
        "of": len(df),
        "left_out": pool.left_out,
    }
    if where is not None:
        how["where"] = where
    if grouping is not None:
        how["groups"] = grouping.counts(chosen)
        how["groups_could_be_chosen"] = grouping.counts(rows)
    return Selection(df.index[chosen].tolist(), how | _map_facts(df, regions), pool.notes)


def _map_facts(df: pd.DataFrame, regions: NDArray[np.object_]) -> dict[str, Any]:
    """Which map it was, and how its regions were made where they matter."""
    facts = df.attrs.get(FACTS, {})
    told: dict[str, Any] = {"map": {name: facts[name] for name in _OF_THE_MAP if name in facts}}
    if regions.any() and _REGIONS in df.attrs:
        told["regions"] = df.attrs[_REGIONS]
    return told


def _check_enough(found: int, wanted: int, what: str, pool: Pool) -> None:
    if found < wanted:
        raise InputError(f"{wanted:,} {what}, and only {found:,} can be chosen of {pool.told()}.")


def _words(
    order: Order,
    categories: Sequence[str],
    floor: int,
    grouping: Grouping | None,
    *,
    balanced: bool,
    every: bool,
) -> str:
    """The rule for people."""
    named = f"{' and '.join(categories) or 'all'} examples"
    parts = [f"{named} that can be chosen" if every else f"{named}, {order.words}"]
    if floor:
        parts.append(f"{floor:,} of them easy ones, drawn at random")
    if grouping is not None:
        share = "as many as of the others" if balanced else "its share"
        parts.append(f"of each {grouping.name} {share}")
    return "; ".join(parts)
