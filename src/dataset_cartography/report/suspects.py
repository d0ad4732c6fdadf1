"""The labels to look at first: the head of a ranking, each example with why, and what might stand there instead."""

from dataclasses import dataclass, replace

import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.pages import Alignment
from dataset_cartography.pages.answers import model_labels, suggestions
from dataset_cartography.pages.excerpt import shortened
from dataset_cartography.pages.wrong_labels import (
    RANKING_COLUMNS,
    degree,
    review_words,
    suggestion_words,
)
from dataset_cartography.report.samples import Sample, take_samples

SHOWN = 15
_LONGEST_REASON = 400  # characters


@dataclass(frozen=True)
class Suspect:
    """One example whose label is suspected.

    Attributes:
        sample: the example.
        category: its region; empty where it has none.
        rank: its place in the ranking, from 1.
        probability: estimated, that the label is wrong.
        degree: the same in words.
        looks_like: "wrong", "ambiguous", "hard" or "sound".
        reason: why, in words.
        suggested: what might stand in the label's place, None if nothing.
        support: how often and how surely that was predicted; empty without it.
    """

    sample: Sample
    category: str
    rank: int
    probability: float
    degree: str
    looks_like: str
    reason: str
    suggested: str | None
    support: str


@dataclass(frozen=True)
class Suspects:
    """What a ranking of labels says.

    Attributes:
        ranking: all of it, most suspicious first.
        first: the first of those that have an example.
        review: how many labels are estimated to be wrong, and how many are to be reviewed, as a sentence.
    """

    ranking: pd.DataFrame
    first: list[Suspect]
    review: str


def find_suspects(
    alignment: Alignment, ranking: pd.DataFrame, probabilities: pd.DataFrame | None = None
) -> Suspects:
    """Gather the labels to look at first.

    Args:
        alignment: the map, with the ranking's columns, and its examples.
        ranking: as `find_label_errors` makes it.
        probabilities: gold probability by example and epoch, if known.
    """
    chosen = ranking[ranking.index.isin(alignment.map_df.index)].head(SHOWN)
    ids = chosen.index.tolist()
    head = alignment.take(alignment.map_df.index.get_indexer(pd.Index(ids)))
    rows, examples = head.map_df, head.examples
    labels = model_labels(alignment.map_df.attrs.get(FACTS, {}))
    # Without the ranking's own columns, which would be a note too.
    plain = replace(head, map_df=rows.drop(columns=[name for name in RANKING_COLUMNS if name in rows]))
    first = [
        Suspect(
            sample=sample,
            category=category if isinstance(category, str) else "",
            rank=int(row["rank"]),
            probability=float(row["probability"]),
            degree=degree(row["probability"]),
            looks_like=str(row["looks_like"]),
            reason=shortened(str(row["reason"]), _LONGEST_REASON),
            suggested=suggested,
            support="" if suggested is None else suggestion_words(row),
        )
        for sample, category, row, suggested in zip(
            take_samples(plain, ids, probabilities),
            rows["category"].tolist(),
            chosen.to_dict("records"),
            suggestions(rows, examples, labels=labels),
            strict=True,
        )
    ]
    return Suspects(ranking, first, review_words(ranking))
