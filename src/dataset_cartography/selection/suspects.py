"""Which of the suspected label errors to leave out."""

from typing import Any

import pandas as pd

from dataset_cartography.errors import InputError, MissingColumnError


def suspected_errors(
    ranking: pd.DataFrame, *, first: int | None = None, probability: float | None = None
) -> list[Any]:
    """Take the ids from the front of a ranking of suspected label errors.

    Args:
        ranking: As `find_label_errors` gives it: the index is the id; columns `rank` (from 1) and `probability`
            (that the label is wrong, 0 to 1).
        first: Those of the first so many ranks.
        probability: Those of at least this probability. One of the two is given.

    Returns:
        The ids, the most suspicious first; for `select_examples(exclude=…)`.

    Raises:
        MissingColumnError: The ranking lacks the column.
        InputError: None or both are given, one is out of range, or there are fewer than `first`.

    Example:
        >>> ranking = pd.DataFrame({"rank": [1, 2, 3], "probability": [0.9, 0.6, 0.1]}, index=["c", "a", "b"])
        >>> suspected_errors(ranking, first=1), suspected_errors(ranking, probability=0.5)
        (['c'], ['c', 'a'])
    """
    if first is not None and probability is not None:
        raise InputError("Give one of first and probability: both say which suspected errors.")
    for name in ("rank", "probability"):
        if name not in ranking.columns:
            hint = "Give what find_label_errors returned."
            raise MissingColumnError.of(name, [str(each) for each in ranking.columns], "the ranking", hint)
    ranked = ranking.sort_values("rank", kind="stable")
    if first is not None:
        if not 1 <= first <= len(ranked):
            raise InputError(
                f"Cannot leave out the first {first:,} suspected errors: the ranking has {len(ranked):,} examples."
            )
        return ranked.index[:first].tolist()
    if probability is None:
        raise InputError("Say which suspected errors: the first so many, or those from a probability on.")
    if not 0 < probability <= 1:
        raise InputError(
            f"The probability of a suspected error must be above 0 and at most 1; got {probability}."
        )
    return ranked.index[(ranked["probability"] >= probability).to_numpy(dtype=bool, na_value=False)].tolist()
