"""What a log says of the pieces of examples: of every tag, label or token of a sequence that is a decision of its own.

Held as flat arrays, those of an example side by side, so that the pieces of millions of examples can lie in files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.dynamics import UnitDynamics, load_units
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.pages.token_texts import TokenTexts

Array = npt.NDArray[Any]

_FLAT = ("unit", "gold", "prediction", "probability")


class Piece(NamedTuple):
    """The pieces of one example, n of them, in order.

    Attributes:
        unit: (n,) The number of the token or label within the example.
        gold: (n,) The number of its gold label or token.
        prediction: (n,) What the last epoch predicted, -1 where that is not known.
        probability: (n,) The mean gold probability over the epochs, NaN where that is not known.
    """

    unit: Array
    gold: Array
    prediction: Array
    probability: Array


@dataclass(frozen=True)
class Pieces:
    """The pieces of examples.

    Attributes:
        starts: (examples,) where those of an example begin in the other arrays.
        ends: (examples,) where they end.
        unit: As of `Piece`, but of all examples, and so are the next three.
        gold: As there.
        prediction: As there.
        probability: As there.
        texts: Reads tokens by their numbers; None where pieces are no tokens, or the run kept no tokenizer.
    """

    starts: Array
    ends: Array
    unit: Array
    gold: Array
    prediction: Array
    probability: Array
    texts: TokenTexts | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, place: int) -> Piece:
        part = slice(int(self.starts[place]), int(self.ends[place]))
        return Piece(*(getattr(self, name)[part] for name in _FLAT))

    def take(self, places: Sequence[int] | Array) -> "Pieces":
        """Those of some examples, in the order asked for; nothing is copied but where they are."""
        places = np.asarray(places, np.int64)
        return replace(self, starts=self.starts[places], ends=self.ends[places])

    def save(self, folder: Path) -> None:
        """Write to a folder that is there."""
        for name in ("starts", "ends", *_FLAT):
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def open(cls, folder: Path, directory: Path) -> "Pieces":
        """What was saved, mapped from the disk.

        Args:
            folder: As `save` wrote into it.
            directory: The cartography directory, for the tokenizer.
        """
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("starts", "ends", *_FLAT)}
        return cls(**arrays, texts=TokenTexts.of(directory))


def read_pieces(directory: str | Path, index: pd.Index, epochs: Sequence[int] | None = None) -> Pieces | None:
    """Read the pieces of a map's examples.

    Args:
        directory: The cartography directory.
        index: The map's ids; the result is in their order, without pieces where the log does not have an id.
        epochs: The map's epochs (default: all closed ones).

    Returns:
        The pieces; None where there is no log, its examples have none, or their tokens were recorded together.
    """
    directory = Path(directory)
    if not LogPaths(directory).manifest.is_file():
        return None
    log = LogReader(directory)
    numbers = list(log.epochs if epochs is None else epochs)
    if not log.manifest.schema.pooled or not numbers:
        return None
    of_tokens = log.manifest.schema.pieces == "tokens"
    try:
        first = load_units(log, epochs=numbers[-1:])
    except InputError:
        if of_tokens:
            return None
        raise
    key, gold = _key(first), first.gold
    prediction = _whole(first.dynamics.last_prediction["prediction"])
    total, seen = np.zeros(len(key)), np.zeros(len(key), np.int32)
    for number in reversed(numbers):  # an epoch at a time: units are many
        units = first if number == numbers[-1] else load_units(log, epochs=[number])
        own = _key(units)
        if not np.array_equal(own, key):
            known = np.union1d(key, own)
            place = np.searchsorted(known, key)
            gold, prediction = (_spread(values, place, len(known), -1) for values in (gold, prediction))
            total, seen = (_spread(values, place, len(known), 0) for values in (total, seen))
            key = known
            gold[np.searchsorted(key, own)] = units.gold
        values = units.dynamics.signals["gold_probability"][:, 0]
        place, there = np.searchsorted(key, own), ~np.isnan(values)
        total[place[there]] += values[there]
        seen[place[there]] += 1
    example = key >> 32
    bounds = np.searchsorted(example, np.arange(log.size + 1))
    with np.errstate(invalid="ignore"):
        probability = (total / seen).astype(np.float32)
    pieces = Pieces(
        bounds[:-1],
        bounds[1:],
        (key & 0xFFFFFFFF).astype(np.int32),
        gold,
        prediction,
        probability,
        TokenTexts.of(directory) if of_tokens else None,
    )
    return _in_order(pieces, pd.Index(log.ids), index)


def _in_order(pieces: Pieces, ids: pd.Index, index: pd.Index) -> Pieces:
    if ids.equals(index):
        return pieces
    places = ids.get_indexer(index)
    found = pieces.take(np.maximum(places, 0))
    return replace(found, ends=np.where(places >= 0, found.ends, found.starts))


def _key(units: UnitDynamics) -> Array:
    key: Array = units.example.astype(np.int64) << 32 | units.unit
    return key


def _whole(values: Array) -> Array:
    whole: Array = np.where(np.isnan(values), -1, values).astype(np.int32)
    return whole


def _spread(values: Array, places: Array, size: int, missing: float) -> Array:
    spread = np.full(size, missing, values.dtype)
    spread[places] = values
    return spread
