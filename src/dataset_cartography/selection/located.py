"""Ids that somebody gives, found on a map or in a dataset."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError


def located(index: pd.Index, ids: Iterable[Any], what: str, where: str = "on the map") -> NDArray[np.intp]:
    """Find the row of each id.

    Args:
        index: The ids that there are, all different.
        ids: Those to find. They are compared as they are; only if none is found, as text, so that 7 finds "7".
        what: What they are, for the message ("to be left out").
        where: What `index` stands for.

    Returns:
        (ids,) the row of each, -1 where there is none.

    Raises:
        InputError: None of them is there.
    """
    wanted = pd.Index(list(ids), dtype=object)
    rows = index.get_indexer(wanted)
    if (rows < 0).all():
        texts = index.map(str)
        rows = texts.get_indexer(wanted.map(str)) if texts.is_unique else rows
    if len(wanted) and (rows < 0).all():
        first = f"where the first is {index.tolist()[0]!r}" if len(index) else "where there are none"
        raise InputError(
            f"None of the {len(wanted):,} ids {what}, such as {wanted.tolist()[0]!r}, is {where}, {first}."
        )
    return np.asarray(rows, dtype=np.intp)


def all_located(
    index: pd.Index, ids: Sequence[Any], what: str, where: str, *, told: str, absent: str
) -> NDArray[np.intp]:
    """Find the row of each id, as `located` does, where each has to be there.

    Args:
        index: As for `located`.
        ids: As for `located`.
        what: As for `located`.
        where: As for `located`.
        told: All that are to be found, in the message ("the 3 ids that were chosen").
        absent: What those that are missing are, in the message ("not in the dataset: …").

    Raises:
        InputError: One of them is not there; the sentence says how many are not, and names one.
    """
    rows = located(index, ids, what, where)
    if missing := int((rows < 0).sum()):
        first = ids[int(np.argmax(rows < 0))]
        raise InputError(f"{missing:,} of {told}, such as {first!r}, are {absent}")
    return rows
