"""Example ids: made from content where a dataset has none, checked where it has."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.errors import InputError

HASH_PREFIX = "h"  # a letter, so that nothing reads an id as a number
HASH_DIGITS = 16  # 64 bits; two contents that share them are given all 64 digits instead
SHOWN = 5


def generate_hash_ids(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Make one id a row from the row's content, the same on every machine and with every version.

    An id is ``h`` and the first 16 hexadecimal digits of the SHA-256 of the row's canonical JSON; exact
    repeats of a row are numbered from the second on (``h3f2a…``, ``h3f2a…-2``), in row order.

    Args:
        columns: Column name to its values, all of one length; values are anything JSON can say, and NumPy
            arrays and scalars. The order of the columns does not matter.

    Returns:
        One id a row, all different.

    Raises:
        InputError: The columns differ in length or hold values that JSON cannot say.
    """
    return number_repeats(content_digests(columns))


def content_digests(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """The full SHA-256 (64 hexadecimal digits) of each row: the part that can be done in batches."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Cannot make ids from columns of different lengths: {lengths}.")
    names = sorted(columns)
    try:
        return [
            hashlib.sha256(_canonical(dict(zip(names, row, strict=True))).encode("ascii")).hexdigest()
            for row in zip(*(columns[name] for name in names), strict=True)
        ]
    except (TypeError, ValueError) as error:
        raise InputError(f"Cannot make ids from the columns {', '.join(names)}: {error}.") from error


def number_repeats(digests: Sequence[str]) -> list[str]:
    """Turn full digests into ids: shortened where that stays unambiguous, repeats numbered in row order."""
    short_of = {digest: digest[:HASH_DIGITS] for digest in digests}
    sharing = Counter(short_of.values())
    seen: Counter[str] = Counter()
    ids = []
    for digest in digests:
        seen[digest] += 1
        kept = short_of[digest] if sharing[short_of[digest]] == 1 else digest
        ids.append(f"{HASH_PREFIX}{kept}" + (f"-{seen[digest]}" if seen[digest] > 1 else ""))
    return ids


def check_unique_ids(ids: Sequence[Any] | npt.NDArray[Any], where: str) -> None:
    """Raise where an id the user gave occurs twice.

    Args:
        ids: The ids in row order.
        where: What holds them, for the message ("train.jsonl").

    Raises:
        InputError: Names up to 5 repeated ids with the rows (counted from 0) they stand in.
    """
    values = ids.tolist() if isinstance(ids, np.ndarray) else ids
    if len(set(values)) == len(values):
        return
    rows: dict[Any, list[int]] = {}
    for row, value in enumerate(values):
        rows.setdefault(value, []).append(row)
    repeated = {value: where_found for value, where_found in rows.items() if len(where_found) > 1}
    shown = "; ".join(
        f"{value!r} in rows {_listed(found)}" for value, found in islice(repeated.items(), SHOWN)
    )
    raise InputError(
        f"Duplicate example ids in {where}, {len(repeated)} in number: "
        f"{shown}{'; …' if len(repeated) > SHOWN else ''} (rows counted from 0). "
        "Make the ids unique, or remove the id column to have ids made from the content."
    )


def as_id_array(ids: Sequence[Any] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Bring ids into the one form the package uses: int64 if all are integers, else strings.

    A mix of integers and strings becomes strings, if they stay as many different ones.

    Args:
        ids: Integers (not booleans) or strings, of Python or NumPy.

    Returns:
        An array of the same length, of dtype int64 or object (of str).

    Raises:
        InputError: An id is null, empty, of another type or no text that UTF-8 can say, or a mix of integers and
            strings clashes.
    """
    values = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    missing = [row for row, value in enumerate(values) if _is_missing(value)]
    if missing:
        raise InputError(
            f"Empty example ids in rows {_listed(missing)} (counted from 0), {len(missing)} in number. "
            "Fill them, or remove the id column to have ids made from the content."
        )
    kinds = set(map(type, values))
    integers = {kind for kind in kinds if issubclass(kind, (int, np.integer)) and kind is not bool}
    strings = {kind for kind in kinds if issubclass(kind, str)}
    if others := kinds - integers - strings:
        row, value = next((row, value) for row, value in enumerate(values) if type(value) in others)
        raise InputError(
            f"Example ids must be integers or strings, but row {row} (counted from 0) holds {value!r} "
            f"({type(value).__name__}). Convert the id column."
        )
    if unwritable := [
        row for row, value in enumerate(values) if isinstance(value, str) and not is_utf8(value)
    ]:
        raise InputError(
            f"Example ids must be text that can be written as UTF-8, but row {unwritable[0]} (counted from 0) holds "
            f"{values[unwritable[0]]!r}, which has half of a surrogate pair ({len(unwritable)} such in number). Mend "
            "the id column, or remove it to have ids made from the content."
        )
    if integers and not strings:
        try:
            return np.array(values, dtype=np.int64)
        except OverflowError:  # beyond 64 bits they are names, not numbers
            pass
    texts = [str(value) for value in values]
    if integers and strings and len(set(texts)) < len(set(values)):
        clashing = next(text for text, count in Counter(map(str, set(values))).items() if count > 1)
        raise InputError(
            f"Example ids mix integers and strings that read the same ({clashing} and {clashing!r}). "
            "Give them all one type."
        )
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8: half of a surrogate pair, which JSON can say, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_missing(value: Any) -> bool:
    # NaN is what pandas makes of an empty cell, and the one value that differs from itself.
    return value is None or (isinstance(value, str) and not value.strip()) or bool(value != value)


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(str(row) for row in rows[:SHOWN]) + (", …" if len(rows) > SHOWN else "")


def _canonical(row: Mapping[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON")
