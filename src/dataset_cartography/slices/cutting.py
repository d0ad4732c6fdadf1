"""The slices of one column: its values, or its numbers cut at quantiles, with labels a person reads."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dataset_cartography.slices.features import Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sliced = tuple[list[str], NDArray[np.int64]]  # the label of each slice, the slice of each value


def list_values(values: "pd.Series[Any]", feature: Feature) -> "Sliced":
    """One slice per value: in the order of an ordered categorical, else by falling count.

    Raises:
        TypeError: the values cannot be compared (lists, dictionaries).
    """
    places, distinct = pd.factorize(values, use_na_sentinel=True)
    # What reads alike is one slice: 1 and "1", a gap and a value that is called as gaps are.
    names = [*(str(value) or "(empty)" for value in distinct), f"({feature.missing})"]
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    codes = np.array([number[name] for name in names], dtype=np.int64)[places]  # a gap's place -1 is the last
    counts = dict(zip(number, np.bincount(codes, minlength=len(number)).tolist(), strict=True))
    order = sorted((name for name in number if counts[name]), key=lambda name: (-counts[name], name))
    if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
        rank = {str(value): place for place, value in enumerate(values.dtype.categories)}
        order.sort(key=lambda name: rank.get(name, len(rank)))
    position = np.zeros(len(number), dtype=np.int64)
    position[[number[name] for name in order]] = np.arange(len(order))
    return order, position[codes]


def list_members(values: "pd.Series[Any]", feature: Feature) -> "tuple[list[str], NDArray[np.bool_]]":
    """One slice per text of a column of tuples, by falling count, and one for the empty ones.

    Returns:
        S labels, and (values, S) whether a value is in a slice; it may be in several.
    """
    exploded = values.astype(object).reset_index(drop=True).explode()  # an empty tuple becomes a gap
    labels, codes = list_values(exploded, feature)
    inside = np.zeros((len(values), len(labels)), dtype=bool)
    inside[exploded.index, codes] = True
    return labels, inside


def cut_numbers(values: "pd.Series[Any]", bins: int, feature: Feature) -> "Sliced":
    """At most `bins` slices of about equal size; a meaningful 0 stands before them, missing ones after."""
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    missing = ~np.isfinite(numbers)
    apart = (numbers == 0) if feature.zero is not None else np.zeros(len(numbers), dtype=bool)
    rest = ~missing & ~apart
    bounds, inner = _quantile_slices(numbers[rest], bins)
    first = int(apart.any())
    codes = np.zeros(len(numbers), dtype=np.int64)
    codes[rest] = inner + first
    codes[missing] = first + len(bounds)
    labels = [str(feature.zero)] * first + _labels(bounds, feature.unit)
    return labels + [feature.missing] * int(missing.any()), codes


def _quantile_slices(
    values: "NDArray[np.float64]", bins: int
) -> "tuple[list[tuple[float, float]], NDArray[np.int64]]":
    """The first and last value of every slice, and the slice of every value; equal values stay together."""
    ordered = np.sort(values)
    distinct = ordered[np.diff(ordered, prepend=np.nan) != 0]
    if len(distinct) <= bins:
        return [(float(value), float(value)) for value in distinct], np.searchsorted(distinct, values)
    edges = np.unique(np.quantile(ordered, np.linspace(0, 1, bins + 1)))

    def above(numbers: "NDArray[np.float64]") -> "NDArray[np.int64]":  # open below, closed above
        return np.maximum(np.searchsorted(edges, numbers, side="left") - 1, 0)

    used, first = np.unique(above(distinct), return_index=True)
    if np.all(distinct == np.round(distinct)):  # whole numbers: the first and last one inside
        lows, highs = distinct[first], distinct[np.append(first[1:], len(distinct)) - 1]
    else:
        lows, highs = edges[used], edges[used + 1]
    bounds = list(zip(lows.tolist(), highs.tolist(), strict=True))
    return bounds, np.searchsorted(used, above(values))


def _labels(bounds: list[tuple[float, float]], unit: str) -> list[str]:
    """Labels with as few digits as tell the slices apart, whole numbers and percentages without any."""
    if not bounds:
        return []
    scale = 100 if unit == "%" else 1
    whole = unit == "%" or all(low == round(low) and high == round(high) for low, high in bounds)
    small = max(abs(end) for pair in bounds for end in pair) < 1e9
    fixed = [f".{digits}f" for digits in range(0 if whole else 2, 7)] if small else []
    for form in (*fixed, *(f".{digits}g" for digits in range(4, 18))):  # 17 digits tell any two apart
        ends = [(format(low * scale, form), format(high * scale, form)) for low, high in bounds]
        if len(set(ends)) == len(ends):
            break
    # Behind a sign or an exponent a hyphen would be another sign.
    link = " to " if any("-" in end or "e" in end for pair in ends for end in pair) else "-"
    return [_with_unit(low if low == high else f"{low}{link}{high}", unit) for low, high in ends]


def _with_unit(span: str, unit: str) -> str:
    if unit in ("", "%"):
        return span + unit
    if span == "1":
        return f"{span} {unit}"
    return f"{span} {unit[:-1]}ies" if unit.endswith("ty") else f"{span} {unit}s"
