"""Texts that are nearly the same, found by MinHash in time that grows with their characters, not with their pairs.

The likeness of two texts is the share of five-character pieces of their words that both have (Jaccard), letters
folded and signs left out. One-permutation MinHash (Li, Owen and Zhang 2012) with optimal densification (Shrivastava
2017) estimates it from 64 numbers a text; texts that agree in a band of four are compared (Broder 1997).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

LIKE = 0.75  # share of the 64 numbers that are equal, from which on texts count as nearly the same
_PIECE = 5  # bytes
_NUMBERS, _BAND = 64, 4
_CHUNK = 250_000  # bytes of text hashed at once, so that it stays in the processor's cache
_EMPTY = np.uint64(2**64 - 1)


def near_duplicate_groups(columns: Sequence[Sequence[str]]) -> "NDArray[np.int64]":
    """Group examples all of whose texts are nearly the same as the group's first.

    Groups that share an example are one, so its most distant members may be less alike. Examples without any words
    stand alone.

    Args:
        columns: texts as `words.fold` leaves them, one sequence per column, each with one per example; at least one.

    Returns:
        (examples,) the place of the first example of each one's group.
    """
    places, signatures = zip(*(_signatures_of(texts) for texts in columns), strict=True)
    total = len(places[0])
    worded = np.zeros(total, dtype=bool)
    for place, signature in zip(places, signatures, strict=True):
        worded |= (signature != _EMPTY).any(axis=1)[place]
    group = np.arange(total)
    for start in range(0, _NUMBERS, _BAND):
        key = np.zeros(total, dtype=np.uint64)
        for place, signature in zip(places, signatures, strict=True):
            for number in range(start, start + _BAND):
                key = _mixed(key ^ signature[:, number][place])
        first, other = _same_key(key, worded)
        for place, signature in zip(places, signatures, strict=True):
            like = np.mean(signature[place[first]] == signature[place[other]], axis=1) >= LIKE
            first, other = first[like], other[like]
        group = _joined(group, first, other)
    return group


def _signatures_of(texts: Sequence[str]) -> "tuple[NDArray[np.int64], Hashes]":
    """The place of each text among the distinct ones, and (distinct, numbers) their MinHash."""
    place, distinct = pd.factorize(np.array(texts, dtype=object))
    encoded = [text.encode("utf-8", "surrogatepass") for text in distinct]
    ends = np.cumsum([len(text) for text in encoded])
    bounds = np.searchsorted(ends, np.arange(0, ends[-1] if len(ends) else 0, _CHUNK))
    bounds = np.unique([*bounds, len(encoded)])
    chunks = [_signatures(encoded[start:end]) for start, end in pairwise(bounds)]
    return place, np.concatenate(chunks) if chunks else np.full((len(encoded), _NUMBERS), _EMPTY)


def _signatures(encoded: list[bytes]) -> "Hashes":
    """(texts, numbers) the smallest hash of the pieces that fall into each of the bins."""
    signature = np.full(len(encoded) * _NUMBERS, _EMPTY)
    # Between any two texts as many signs as a piece can reach over, so that none holds letters of both.
    spaced = [b"_" * (_PIECE - 1) + text if text else b"" for text in encoded]
    data = np.frombuffer(b"".join([*spaced, b"_" * (_PIECE - 1)]), dtype=np.uint8)
    pieces = np.zeros(len(data) - _PIECE + 1, dtype=np.uint64)
    for offset in range(_PIECE):
        pieces = pieces << np.uint64(8) | data[offset : offset + len(pieces)]
    hashed = _mixed(pieces)
    bins = np.repeat(np.arange(len(encoded)) * _NUMBERS, [len(text) for text in spaced])
    bins += (hashed % np.uint64(_NUMBERS)).astype(np.int64)
    np.minimum.at(signature, bins, hashed >> np.uint64(8))
    return _densified(signature.reshape(len(encoded), _NUMBERS))


def _densified(signature: "Hashes") -> "Hashes":
    """Fill the empty bins of a text from its full ones, at places that depend on the bin alone."""
    text, empty = np.nonzero((signature == _EMPTY) & (signature != _EMPTY).any(axis=1, keepdims=True))
    full, attempt = signature.copy(), 0
    while len(text):
        attempt += 1
        source = _mixed(empty.astype(np.uint64) + np.uint64(attempt << 16)) % np.uint64(_NUMBERS)
        found = signature[text, source.astype(np.int64)]
        full[text, empty] = found
        missing = found == _EMPTY
        text, empty = text[missing], empty[missing]
    return full


def _same_key(key: "Hashes", worded: "NDArray[np.bool_]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Pairs of the first with each other example of the same key."""
    chosen = np.flatnonzero(worded)
    order = chosen[np.argsort(key[chosen], kind="stable")]
    new = np.ones(len(order), dtype=bool)
    new[1:] = key[order[1:]] != key[order[:-1]]
    first = order[np.flatnonzero(new)[np.cumsum(new) - 1]] if len(order) else order
    return first[~new], order[~new]


def _joined(
    group: "NDArray[np.int64]", first: "NDArray[np.int64]", other: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """The groups, those of every pair made one, each named by its first example."""
    while True:
        low = np.minimum(group[first], group[other])
        joined = group.copy()
        np.minimum.at(joined, group[first], low)
        np.minimum.at(joined, group[other], low)
        joined = joined[joined]
        if np.array_equal(joined, group):
            return group
        group = joined


def _mixed(values: Any) -> Any:
    """Numbers spread over 64 bits (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
