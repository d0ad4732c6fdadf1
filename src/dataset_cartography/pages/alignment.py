"""The rows of a map beside the examples they were recorded from, matched by id."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.pages.pieces import Pieces


@dataclass(frozen=True)
class Alignment:
    """The part of a map whose examples are known, and what was left out.

    Attributes:
        map_df: the rows of the map that have an example, in the map's order and with its ids.
        examples: the examples of those rows, on the same index.
        map_only: rows of the map without an example.
        examples_only: examples without a row in the map.
        pieces: what the log says of their tags, labels or tokens, in their order; None where that is not known.
    """

    map_df: pd.DataFrame
    examples: pd.DataFrame
    map_only: int
    examples_only: int
    pieces: Pieces | None = None

    def take(self, places: Any) -> "Alignment":
        """Some of its examples, by their places, in the order asked for."""
        pieces = None if self.pieces is None else self.pieces.take(places)
        return Alignment(self.map_df.iloc[places], self.examples.iloc[places], 0, 0, pieces)


def align(map_df: pd.DataFrame, examples: pd.DataFrame, pieces: Pieces | None = None) -> Alignment:
    """Match a map and examples by id.

    Ids are compared as they are; only if none matches, as text, so that 7 finds "7" (but not "007").

    Args:
        map_df: The map.
        examples: The examples; index = id.
        pieces: As `read_pieces` reads them for the map.

    Raises:
        InputError: an id occurs twice, or nothing matches.
    """
    _check_unique(map_df.index, "The map has")
    _check_unique(examples.index, "The examples have")
    places = examples.index.get_indexer(map_df.index)
    if not (places >= 0).any():
        map_texts, example_texts = map_df.index.map(str), examples.index.map(str)
        if example_texts.is_unique and map_texts.is_unique:
            places = example_texts.get_indexer(map_texts)
    known = places >= 0
    if not known.any():
        raise InputError(
            f"None of the map's {len(map_df):,} ids is among the {len(examples):,} ids of the examples: "
            f"the map has {_first(map_df.index)}, the examples have {_first(examples.index)}. "
            "Give the dataset and split that the map was recorded on."
        )
    chosen = examples.iloc[places[known]].set_axis(map_df.index[known])
    matched = int(known.sum())
    kept = None if pieces is None else pieces.take(known.nonzero()[0])
    return Alignment(map_df[known], chosen, len(map_df) - matched, len(examples) - matched, kept)


def _check_unique(index: pd.Index, owner: str) -> None:
    repeated = index[index.duplicated()].unique()
    if len(repeated):
        raise InputError(
            f"{owner} {len(repeated):,} ids more than once, for example {_first(repeated)}; "
            "every id must stand for one example."
        )


def _first(index: pd.Index) -> str:
    return repr(index[:1].tolist()[0]) if len(index) else "none"
