"""What can be chosen of a map's examples, and why the others cannot."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.selection.located import located

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Pool:
    """The examples of a map that can be chosen; it only ever gets smaller.

    Attributes:
        left_out: How many were left out, by the reason, in the order of the reasons.
        notes: Sentences about ids that are not on the map.
    """

    def __init__(self, index: pd.Index) -> None:
        self.left_out: dict[str, int] = {}
        self.notes: list[str] = []
        self._index = index
        self._kept = np.ones(len(index), dtype=bool)

    def keep(self, mask: Mask, why: str) -> None:
        """Keep those of a mask of the map's rows; why the others go."""
        lost = int((self._kept & ~mask).sum())
        if lost:
            self.left_out[why] = lost
        self._kept &= mask

    def restrict(self, among: Iterable[Any] | None, exclude: Iterable[Any] | pd.DataFrame | None) -> None:
        """Keep what is among some ids and not among others.

        Raises:
            InputError: None of them is on the map.
        """
        if among is not None:
            self.keep(self._mask(among, "to choose among"), "not among the ids given")
        if exclude is not None:
            ids = exclude.index if isinstance(exclude, pd.DataFrame) else exclude
            self.keep(~self._mask(ids, "to leave out"), "excluded")

    def keep_first(self, sequence: Rows, groups: "pd.Series[Any]", why: str) -> None:
        """Keep the first of each group in a sequence of all rows in the pool; missing groups stand alone."""
        codes = pd.factorize(groups)[0][sequence]
        again = pd.Series(codes).duplicated().to_numpy() & (codes >= 0)
        first = np.zeros(len(self._kept), dtype=bool)
        first[sequence[~again]] = True
        self.keep(first, why)

    def rows(self, mask: Mask) -> Rows:
        """Those in the pool of a mask of the map's rows."""
        return np.flatnonzero(self._kept & mask)

    def told(self) -> str:
        """What there is, and why part of it cannot be chosen."""
        reasons = ", ".join(f"{count:,} {why}" for why, count in self.left_out.items())
        return f"the map's {len(self._index):,}" + (f" ({reasons})" if reasons else "")

    def _mask(self, ids: Iterable[Any], what: str) -> Mask:
        rows = located(self._index, ids, what)
        if unknown := int((rows < 0).sum()):
            self.notes.append(f"{unknown:,} of the {len(rows):,} ids {what} are not on the map")
        mask = np.zeros(len(self._kept), dtype=bool)
        mask[rows[rows >= 0]] = True
        return mask
