"""What chance decides of each example: from the seed and its id alone, whatever the order of the rows."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")

_BITS = 53  # of a float's fraction


class Draws(NamedTuple):
    """The numbers drawn for examples.

    Attributes:
        order: (examples,) int64, their positions in the order in which they are drawn.
        chances: (examples,) a number from 0 to below 1 for each, by position.
    """

    order: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]


def draw(ids: Sequence[Any], seed: int) -> Draws:
    """Draw for each example, from the SHA-256 of seed and id: the same on every machine and in every order of rows.

    Args:
        ids: The examples' ids, all different.
        seed: Any integer.
    """
    keys = (f"{seed}:{example_id}".encode() for example_id in ids)
    digests = b"".join(hashlib.sha256(key).digest() for key in keys)
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, 4)
    # Two keys of 128 bits are never the same in practice.
    order = np.lexsort((words[:, 1], words[:, 0]))
    chances = (words[:, 2] >> np.uint64(64 - _BITS)).astype(np.float64) / 2.0**_BITS
    return Draws(order.astype(np.int64), chances)


def split(chance: float, count: int) -> tuple[int, float]:
    """One of so many, each as likely as the others, and a chance that is left for what is decided next."""
    place = int(chance * count)
    return place, chance * count - place


def pick(items: Sequence[T], chance: float) -> T:
    """One of the items, each as likely as the others."""
    return items[int(chance * len(items))]
