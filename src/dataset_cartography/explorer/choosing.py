"""Which examples are chosen, and in which order: masks of the whole map, the last few of them kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.decisions import DECISIONS
from dataset_cartography.errors import InputError
from dataset_cartography.explorer.points import MapPoints
from dataset_cartography.explorer.prepared.search import Search
from dataset_cartography.explorer.queries import UNDECIDED, Query, Sorting
from dataset_cartography.pages import Filter
from dataset_cartography.regions import CATEGORIES

Mask = npt.NDArray[np.bool_]

_MOST_MASKS, _MOST_TABLES = 24, 4  # kept from earlier questions, 1 and 4 bytes an example each


class Cache:
    """The last few values computed, by key; who asks for one that is being computed waits for it.

    The page asks for the picture and the table of a query at the same time.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of a key, computed if it is not among the last few."""
        with self._lock:
            if known := self._values.get(key):
                self._values.move_to_end(key)
            else:
                mine = self._values[key] = Future()
                while len(self._values) > self._size:
                    self._values.popitem(last=False)
        if known:
            try:
                return known.result()
            except CancelledError:  # who computed it failed
                return self.get(key, compute)
        try:
            mine.set_result(compute())
        finally:
            if not mine.done():
                with self._lock:
                    self._values.pop(key, None)
                mine.cancel()
        return mine.result()


class Chooser:
    """Chooses and orders the examples of a map.

    Args:
        points: The map.

    Attributes:
        filters: By name; empty until they are prepared.
        search: The index of the texts; None until it is prepared.
        decided: (examples,) the place of each decision in `DECISIONS`, -1 without one; changed by `decide` only.
    """

    def __init__(self, points: MapPoints) -> None:
        self._points = points
        self.filters: Mapping[str, Filter] = {}
        self.search: Search | None = None
        self.decided = np.full(len(points), -1, np.int8)
        self._changes = 0  # of decisions: masks made from them are of no use after one
        self._masks, self._tables = Cache(_MOST_MASKS), Cache(_MOST_TABLES)

    def decide(self, index: int, decision: str | None) -> None:
        """Take notice of a decision about an example."""
        self.decided[index] = -1 if decision is None else DECISIONS.index(decision)
        self._changes += 1

    def ordered(self, query: Query, sorting: Sorting) -> npt.NDArray[np.int32]:
        """Indices of the chosen examples in the table's order."""

        def compute() -> npt.NDArray[np.int32]:
            mask = self.mask(query)
            if sorting.metric is None:
                found = np.flatnonzero(mask).astype(np.int32)
                return found[::-1] if sorting.descending else found
            order = self._points.order(sorting.metric, descending=sorting.descending)
            return order[mask[order]]

        chosen: npt.NDArray[np.int32] = self._tables.get((self._key(query), sorting), compute)
        return chosen

    def _key(self, query: Query) -> Hashable:
        return (query, self._changes if query.decisions is not None else None)

    def mask(self, query: Query) -> Mask:
        """(examples,) which are chosen.

        Raises:
            InputError: It asks for what is not prepared yet, or for a filter that does not exist.
        """
        mask: Mask = self._masks.get(self._key(query), lambda: self._compute_mask(query))
        return mask

    def _compute_mask(self, query: Query) -> Mask:
        mask = np.ones(len(self._points), bool)
        if query.categories is not None:
            mask &= _among(self._points.category, [CATEGORIES.index(name) for name in query.categories])
        if query.decisions is not None:
            names = (*DECISIONS, UNDECIDED)  # -1, no decision, is the last place
            decided = [names.index(name) for name in query.decisions]
            mask &= _among(self.decided, [-1 if place == len(DECISIONS) else place for place in decided])
        for name, places in query.filters:
            if name not in self.filters:
                exist = ", ".join(self.filters) or "none yet: the examples are still being described"
                raise InputError(f"There is no filter '{name}'; there are: {exist}.")
            values = len(self.filters[name].labels)
            if strange := [place for place in places if not 0 <= place < values]:
                raise InputError(
                    f"The filter '{name}' has {values} values, counted from 0, and no {strange[0]}."
                )
            mask &= _among(self.filters[name].codes, self.filters[name].codes_of(places))
        for name, low, high in query.ranges:
            column = self._points.metric(name)  # 32 bits each, so that a bound of 0.2 takes in a value of 0.2
            mask &= (column >= np.float32(low)) & (column <= np.float32(high))
        if query.search:
            mask &= self._masks.get(("search", query.search), lambda: self._hits(query.search))
        if query.polygon is not None:
            polygon = query.polygon
            mask &= self._masks.get(("polygon", polygon), lambda: self._points.polygons.inside(polygon))
        return mask

    def _hits(self, text: str) -> Mask:
        if self.search is None:
            raise InputError("The search index is not ready yet: its progress stands on the page.")
        return self.search.hits(text)


def _among(codes: npt.NDArray[Any], places: Sequence[int]) -> Mask:
    """Which codes are among the places; a table by code, for -1 stands last."""
    table = np.zeros(32_770, bool)  # of 16-bit codes
    table[list(places)] = True
    found: Mask = table[codes]
    return found
