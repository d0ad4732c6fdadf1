"""Edge (extra: train): the rows of a dataset that can be used, and those that cannot."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import datasets

from dataset_cartography.errors import InputError

log = logging.getLogger(__name__)


class LeftOut(NamedTuple):
    """A row that cannot be used: its id, its number (from 0, in the dataset as given) and why."""

    id: int | str
    row: int
    reason: str


class Repaired(NamedTuple):
    """A row that was mended: its id, its number (from 0, in the dataset as given) and how."""

    id: int | str
    row: int
    repair: str


class Checked(NamedTuple):
    """Examples, faulty ones repaired or left out."""

    kept: datasets.Dataset
    left_out: list[LeftOut]
    repaired: list[Repaired]


def leave_out(
    examples: datasets.Dataset, faults: Sequence[str | None], repairs: Sequence[str | None] | None = None
) -> Checked:
    """Leave out the faulty rows; counts go to the log.

    Args:
        examples: With a column `id`; repaired already, where they can be.
        faults: (rows,) Why a row cannot be used; None or empty where it can.
        repairs: (rows,) How a row was repaired; None or empty where it was not.

    Returns:
        The rows kept (the very examples if none is faulty), those left out, and those repaired.

    Raises:
        InputError: No row is left.
    """
    faulty = [row for row, fault in enumerate(faults) if fault]
    mended = [row for row, repair in enumerate(repairs or ()) if repair and not faults[row]]
    left_out = [
        LeftOut(id_, row, faults[row] or "") for id_, row in zip(_ids(examples, faulty), faulty, strict=True)
    ]
    repaired = [
        Repaired(id_, row, (repairs or ())[row] or "")
        for id_, row in zip(_ids(examples, mended), mended, strict=True)
    ]
    if len(faulty) == len(examples):
        shown = f" The first: {left_out[0].reason}." if left_out else ""
        raise InputError(f"Nothing usable is left: all {len(examples)} rows are faulty.{shown}")
    kept = examples
    if faulty:
        lost = set(faulty)
        kept = examples.select([row for row in range(len(examples)) if row not in lost])
        log.warning("%d of %d rows left out as faulty", len(faulty), len(examples))
    if mended:
        log.warning("%d of %d rows repaired", len(mended), len(examples))
    return Checked(kept, left_out, repaired)


def _ids(examples: datasets.Dataset, rows: list[int]) -> list[Any]:
    return examples.select(rows)["id"][:] if rows else []
