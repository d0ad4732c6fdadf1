"""What stands for an example's id in the rows of a stream: the id itself where it is an integer, else a hash of it."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dataset_cartography.errors import InputError

Array = npt.NDArray[Any]


def keys_of(ids: Sequence[Any], name: str, *, carry_text: bool = True) -> dict[str, Any]:
    """A batch's keys.

    Args:
        ids: Its examples' ids.
        name: What they are called, for messages.
        carry_text: Whether string ids can travel with a batch; not where batches are sent between processes.

    Returns:
        The column `row` (int64) and, for string ids, the opaque `ids`.

    Raises:
        InputError: The ids are neither all integers of 64 bits nor all strings.
    """
    if all(type(value) is int for value in ids):
        if odd := [value for value in ids if not -(2**63) <= value < 2**63]:
            raise InputError(
                f"The integer ids of a stream must fit 64 bits, but '{name}' holds {odd[0]}: make them strings."
            )
        return {"row": torch.tensor(ids, dtype=torch.int64)}
    bad = [value for value in ids if not isinstance(value, str) or not value.strip()]
    if bad:
        raise InputError(
            "The ids of a stream must be all integers, or all strings that are not empty, but "
            f"'{name}' holds {bad[0]!r}."
        )
    if not carry_text:
        raise InputError(
            "Batches of this stream are sent from one process to the others, and strings cannot travel with them: "
            "give integer ids, or TrainingArguments(accelerator_config={'dispatch_batches': False})."
        )
    hashes = hash_ids(ids)
    return {"row": torch.from_numpy(hashes), "ids": TextIds(hashes, list(ids))}


class TextIds:
    """Strings that ride in a batch with their hashes: no list and no tensor, so that nothing moves or stacks them.

    Attributes:
        names: The hashes, shape (batch,) int64, and the strings.
    """

    def __init__(self, hashes: Array, values: list[str]) -> None:
        self.names = hashes, values


def hash_ids(ids: Sequence[str]) -> Array:
    """64 bits of BLAKE2b of each id, as int64: the same on every machine."""
    digests = b"".join(
        hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in ids
    )
    return np.frombuffer(digests, "<i8").astype(np.int64)
