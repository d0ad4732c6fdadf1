"""A ranking of labels, as `label_errors.find_label_errors` makes it, in the words that pages and commands show.

Its columns are joined to the map, so that whatever shows a map's examples can say of each how suspicious its label is.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dataset_cartography.label_errors.find import REVIEW
from dataset_cartography.label_errors.looks import SOUND
from dataset_cartography.pages.excerpt import shortened

RANK, PROBABILITY = "wrong_label_rank", "wrong_label_probability"
"""Of the joined columns those that a page can sort by; the rank is the ranking's own order."""

_JOINED = {
    "rank": RANK,
    "probability": PROBABILITY,
    **{name: name for name in ("looks_like", "reason", "suggested", "suggested_start", "suggested_end")},
    **{name: name for name in ("suggested_share", "suggested_probability", "correction")},
}
RANKING_COLUMNS = tuple(_JOINED.values())
"""What a ranking adds to a map; `suggested_start` and `suggested_end` for spans, `correction` where it is written."""

_LONGEST_REASON = 400  # characters
# From which probability on: how a sentence says it.
_DEGREES = (
    (0.9, "almost certainly wrong"),
    (0.7, "probably wrong"),
    (0.5, "more likely wrong than right"),
    (0.2, "possibly wrong"),
    (0.0, "probably right"),
)


def ranking_columns(ranking: pd.DataFrame) -> pd.DataFrame:
    """The columns that a ranking adds to a map, under the names they have there."""
    chosen = {name: joined for name, joined in _JOINED.items() if name in ranking.columns}
    return ranking[list(chosen)].rename(columns=chosen)


def join_ranking(map_df: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """A map with the columns of a ranking, missing for examples that were never seen."""
    columns = ranking_columns(ranking).reindex(map_df.index)
    columns[RANK] = columns[RANK].astype("Int64")
    return map_df.assign(**{str(name): columns[name] for name in columns.columns})


def degree(probability: float) -> str:
    """An estimated probability in words: "probably wrong"; empty where it is not known."""
    if math.isnan(probability):
        return ""
    return next(words for least, words in _DEGREES if probability >= least)


def review_words(ranking: pd.DataFrame) -> str:
    """How many labels are estimated to be wrong, and how many are to be reviewed for most of them, as a sentence.

    Args:
        ranking: All of it, with its `attrs`.
    """
    review = ranking.attrs[REVIEW]
    if math.isnan(review["expected_wrong"]):
        return "How many are wrong is not estimated: a text has no rival that a model could stand by."
    wrong = round(review["expected_wrong"])
    if not wrong:
        return f"Fewer than one of {len(ranking):,} labels is estimated to be wrong."
    return (
        f"About {wrong:,} of {len(ranking):,} labels {'is' if wrong == 1 else 'are'} estimated to be wrong; reviewing "
        f"the first {review['to_catch_80']:,} should find 80% of them."
    )


def suggestion_words(row: Mapping[Any, Any]) -> str:
    """How often the suggested label was predicted, and how likely another label was; empty where neither is known.

    Nor is it of a value, of which hardly two are the same.
    """
    if isinstance(row.get("suggested"), float):
        return ""
    share, probability = (row.get(name, math.nan) for name in ("suggested_share", "suggested_probability"))
    words = []
    if not pd.isna(share):
        words.append(f"predicted in {'every epoch' if share >= 1 else f'{share:.0%} of the epochs'}")
    if not pd.isna(probability):
        words.append(f"best other than the label: {probability:.2f} on average")
    return "; ".join(words)


def suspicion_note(row: Mapping[Any, Any], suggested: str | None) -> str | None:
    """What a ranking says of one example, as a sentence; None of a label that looks sound, or is not ranked.

    Args:
        row: Its row of the map, with a ranking's columns.
        suggested: What the model would put in the label's place, fit to be shown.
    """
    if (probability := row.get(PROBABILITY)) is None or pd.isna(probability) or row["looks_like"] == SOUND:
        return None
    reason = shortened(str(row["reason"]), _LONGEST_REASON).rstrip(".")
    sentence = (
        f"Looks {row['looks_like']} (estimated probability of a wrong label {probability:.2f}): {reason}."
    )
    if suggested is None:
        return sentence
    support = suggestion_words(row)
    return f"{sentence} Suggested instead: “{suggested}”{f', {support}' if support else ''}."


def suggested_number(value: Any, labels: Sequence[str]) -> int | None:
    """The number of a suggested label or choice, which a ranking gives by its name where it has one."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, str):
        return list(labels).index(value) if value in labels else int(value) if value.isdecimal() else None
    return int(value)
