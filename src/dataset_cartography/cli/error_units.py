"""`datamap errors --units`: every tag, or every label of a set, with a place of its own in the ranking."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from dataset_cartography.cli.plant import print_planted
from dataset_cartography.errors import MissingFileError
from dataset_cartography.log import LogReader
from dataset_cartography.pages import shortened
from dataset_cartography.pages.wrong_labels import suggestion_words
from dataset_cartography.tasks.noise import planted_report, planted_units, read_planted, unit_keys

_RANKED_BY = "`datamap errors --units`, the most suspicious first"
_AROUND = 8  # tokens on either side
_LONGEST = 40  # characters of a token or label


def describe_units(
    first: pd.DataFrame, examples: pd.DataFrame | None
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A heading, and fields with their names, for each of the first of a ranking of units.

    Args:
        first: As `find_label_errors(units=True)` gives it.
        examples: The run's, index = id, where they can be read.
    """
    for example_id, row in zip(first.index.tolist(), first.to_dict("records"), strict=True):
        unit = int(row["unit"])
        of_label = row["given"] in ("absent", "present") and row["text"] is not None
        name = f"label {unit}" if of_label else f"token {unit}"
        text = f" '{shortened(str(row['text']), _LONGEST)}'" if row["text"] is not None else ""
        instead = f" -> {row['suggested']} ({suggestion_words(row)})" if row["suggested"] is not None else ""
        fields = [("given", f"{row['given']}{instead}"), ("why", row["reason"])]
        if examples is not None and example_id in examples.index:
            fields.append(("text", _text(examples.loc[example_id], unit)))
        yield f"{example_id}, {name}{text}", fields


def print_planted_units(ranking: pd.DataFrame, root: Path) -> None:
    """Say how well a ranking of units finds those that were planted in the run."""
    try:
        planted = read_planted(root)
    except MissingFileError as error:
        print(f"\nHow well planted labels are found cannot be said. {error}")
        return
    labels = LogReader(root).manifest.provenance.get("labels")
    keys = unit_keys(ranking.index, ranking["unit"])
    print_planted(planted_report(keys, planted_units(planted, labels)), _RANKED_BY, "tags and labels")


def _text(example: pd.Series, unit: int) -> str:
    """What the unit is part of: a sentence with its token in brackets, or a text."""
    tokens: Any = example.get("tokens")
    if tokens is None:
        return str(example.get("text", ""))
    words = [f"[{word}]" if place == unit else str(word) for place, word in enumerate(tokens)]
    begin, end = max(0, unit - _AROUND), unit + _AROUND + 1
    return f"{'… ' * (begin > 0)}{' '.join(words[begin:end])}{' …' * (end < len(words))}"
