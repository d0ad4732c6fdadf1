"""What a selection is asked for, checked before anything is chosen."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.regions import CATEGORIES


def checked_size(n: int | None, fraction: float | None, total: int) -> int | None:
    """How many are asked for; None for all."""
    if n is not None and fraction is not None:
        raise InputError("Give one of n and fraction: both say how many.")
    if n is not None:
        if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
            raise InputError(f"n must be a whole number of at least 1; got {n}.")
        return int(n)
    if fraction is None:
        return None
    if not isinstance(fraction, Real) or isinstance(fraction, bool) or not 0 < float(fraction) <= 1:
        raise InputError(f"The fraction must be above 0 and at most 1; got {fraction}.")
    if (size := round(total * float(fraction))) == 0:
        raise InputError(
            f"A fraction of {fraction} of the {total:,} examples of the map is less than one example."
        )
    return size


def checked_floor(share: float, size: int | None) -> int:
    """How many easy examples are to be drawn."""
    if not isinstance(share, Real) or not 0 <= float(share) <= 1:
        raise InputError(f"The easy floor must be between 0 and 1; got {share}.")
    if share and size is None:
        raise InputError("An easy floor is a share of those chosen: give n or fraction too.")
    # 0.1 * 30 is a little more than 3.
    return math.ceil(round(float(share) * (size or 0), 6))


def checked_grouped(
    balance: "str | pd.Series[Any] | None",
    stratify: "str | pd.Series[Any] | None",
    size: int | None,
    floor: int,
) -> "str | pd.Series[Any] | None":
    """What the examples are grouped by, if by anything."""
    if balance is None and stratify is None:
        return None
    if balance is not None and stratify is not None:
        raise InputError(
            "Give one of balance and stratify: equal numbers and the given shares exclude each other."
        )
    if size is None:
        raise InputError(
            "Groups are balanced or stratified in a part of the examples: give n or fraction too."
        )
    if floor:
        raise InputError(
            "An easy floor goes with neither balance nor stratify: select the easy examples by themselves, and join "
            "the two selections."
        )
    return stratify if balance is None else balance


def checked_regions(df: pd.DataFrame, categories: Sequence[str], floor: int) -> NDArray[np.object_]:
    """(examples,) the region of each if regions matter, else empty text."""
    if unknown := [name for name in categories if name not in CATEGORIES]:
        raise InputError(f"Unknown category '{unknown[0]}'; choose from: {', '.join(CATEGORIES)}.")
    if not categories and not floor:
        return np.full(len(df), "", dtype=object)
    if "category" not in df.columns:
        hint = "Call categorize_examples(df) first."
        raise MissingColumnError.of("category", [str(name) for name in df.columns], "the map", hint)
    return df["category"].to_numpy(dtype=np.object_, na_value="")
