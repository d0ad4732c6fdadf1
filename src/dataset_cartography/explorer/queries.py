"""What the page asks for, checked: which examples, which part of the map, which rows of the table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataset_cartography.decisions import DECISIONS
from dataset_cartography.errors import InputError
from dataset_cartography.regions import CATEGORIES

MOST_ROWS = 1000
MOST_CELLS = 1_000_000
MOST_CORNERS = 20_000  # of a lasso; a hand draws some hundred a second
UNDECIDED = "none"
"""Stands beside the decisions in a query: the examples without one."""

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Query:
    """Which examples are chosen; None and the empty text choose all.

    Attributes:
        categories: Names of regions.
        filters: By filter, places of its values; examples with one of them, in every filter.
        ranges: Metrics with the least and the greatest value, both included.
        search: Words.
        polygon: Corners as (variability, confidence).
        decisions: Decisions, and `UNDECIDED`.
    """

    categories: tuple[str, ...] | None = None
    filters: tuple[tuple[str, tuple[int, ...]], ...] = ()
    ranges: tuple[tuple[str, float, float], ...] = ()
    search: str = ""
    polygon: Polygon | None = None
    decisions: tuple[str, ...] | None = None

    @classmethod
    def of(cls, raw: Any) -> "Query":
        """Check a query as the page sends it.

        Raises:
            InputError: It is none.
        """
        raw = _mapping({} if raw is None else raw, "query")
        return cls(
            categories=_names(raw.get("categories"), CATEGORIES, "categories"),
            filters=tuple(
                (str(name), tuple(_whole(place, "filters") for place in _list(places, "filters")))
                for name, places in sorted(_mapping(_given(raw, "filters", {}), "filters").items())
            ),
            ranges=tuple(
                (str(name), *_bounds(pair))
                for name, pair in sorted(_mapping(_given(raw, "ranges", {}), "ranges").items())
            ),
            search=_text(_given(raw, "search", ""), "search").strip(),
            polygon=_polygon(raw.get("polygon")),
            decisions=_names(raw.get("decisions"), (*DECISIONS, UNDECIDED), "decisions"),
        )


@dataclass(frozen=True)
class Window:
    """A part of the map, and the grid it is counted in where it holds too many examples for points."""

    x0: float
    x1: float
    y0: float
    y1: float
    columns: int
    rows: int

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Window":
        """Check a window as the page sends it.

        Raises:
            InputError: It is none, or its grid is too fine.
        """
        x0, x1, y0, y1 = (_number(raw.get(name), name) for name in ("x0", "x1", "y0", "y1"))
        columns, rows = (_whole(raw.get(name), name) for name in ("columns", "rows"))
        if not (x0 < x1 and y0 < y1 and columns > 0 and rows > 0 and columns * rows <= MOST_CELLS):
            raise InputError(
                f"A view needs x0 < x1, y0 < y1 and 1 to {MOST_CELLS:,} cells; it is x {x0:g} to {x1:g}, "
                f"y {y0:g} to {y1:g}, {columns:,} × {rows:,} cells."
            )
        return cls(x0, x1, y0, y1, columns, rows)


@dataclass(frozen=True)
class Sorting:
    """The order of the table: by a metric, or by None in the order of the map."""

    metric: str | None = None
    descending: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Sorting":
        """Check the order as the page sends it.

        Raises:
            InputError: It is none.
        """
        metric, descending = raw.get("sort"), raw.get("descending", False)
        if not isinstance(descending, bool):
            raise InputError(f"'descending' must be true or false, not {_said(descending)}.")
        return cls(None if metric is None else _text(metric, "sort"), descending)


def row_range(raw: Mapping[str, Any]) -> tuple[int, int]:
    """The first row asked for, and how many, at most `MOST_ROWS`.

    Raises:
        InputError: They are no such numbers.
    """
    offset, limit = _whole(raw.get("offset", 0), "offset"), _whole(raw.get("limit", 50), "limit")
    if offset < 0 or not 0 <= limit <= MOST_ROWS:
        raise InputError(
            f"Rows are asked for from 0 on and at most {MOST_ROWS:,} at a time, not {limit:,} from {offset:,} on."
        )
    return offset, limit


def example_index(value: Any, examples: int) -> int:
    """An example's index.

    Raises:
        InputError: There is no such example.
    """
    index = _whole(value, "index")
    if not 0 <= index < examples:
        raise InputError(f"There is no example {index:,}: the map's {examples:,} are counted from 0.")
    return index


def _given(raw: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    found = raw.get(name)
    return otherwise if found is None else found


def _names(raw: Any, known: Sequence[str], what: str) -> tuple[str, ...] | None:
    if raw is None:
        return None
    names = tuple(sorted({_text(name, what) for name in _list(raw, what)}))
    for name in names:
        if name not in known:
            raise InputError(f"'{what}' can name {', '.join(known)}, not '{name}'.")
    return names


def _bounds(raw: Any) -> tuple[float, float]:
    pair = _list(raw, "ranges")
    if len(pair) != 2:
        raise InputError("Each of 'ranges' must be two numbers, the least and the greatest value, or null.")
    low, high = pair
    return (
        float("-inf") if low is None else _number(low, "ranges"),
        float("inf") if high is None else _number(high, "ranges"),
    )


def _polygon(raw: Any) -> Polygon | None:
    if raw is None:
        return None
    corners = []
    if len(_list(raw, "polygon")) > MOST_CORNERS:
        raise InputError(f"'polygon' can have {MOST_CORNERS:,} corners at most, not {len(raw):,}.")
    for corner in raw:
        pair = _list(corner, "polygon")
        if len(pair) != 2:
            raise InputError("Each corner of 'polygon' must be two numbers: variability and confidence.")
        corners.append((_number(pair[0], "polygon"), _number(pair[1], "polygon")))
    return tuple(corners)


def _mapping(raw: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise InputError(f"'{what}' must be an object, not {_said(raw)}.")
    return raw


def _list(raw: Any, what: str) -> list[Any]:
    if not isinstance(raw, list):
        raise InputError(f"'{what}' must hold a list, not {_said(raw)}.")
    return raw


def _text(raw: Any, what: str) -> str:
    if not isinstance(raw, str):
        raise InputError(f"'{what}' must be text, not {_said(raw)}.")
    return raw


def _whole(raw: Any, what: str) -> int:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 16:  # of an address
        return int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or abs(raw) > 2**53:
        raise InputError(f"'{what}' must be a whole number, not {_said(raw)}.")
    return raw


def _number(raw: Any, what: str) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool) or not abs(raw) <= 1e9:  # nor NaN
        raise InputError(f"'{what}' must be a number, not {_said(raw)}.")
    return float(raw)


def _said(raw: Any) -> str:
    return json.dumps(raw, default=str)[:60]
