"""Which signals together: their standard scores within the dataset are averaged, and which ones is chosen by evidence.

The choice for a dataset is made on all the other datasets, so that its figure is one for data never seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from methods import Array, Trained, average_precision

from dataset_cartography.label_errors import SIGNALS, Evidence
from dataset_cartography.label_errors.standard import standard_score

# Continuous, and there for every task.
CANDIDATES = ("low_aum", "damped_aum", "unlikely", "mean_loss", "deviance", "distance", "behind")
MOST = 3


class Choice(NamedTuple):
    """Signals to average, and how far they stay behind the best single one where they stay furthest behind it."""

    signals: tuple[str, ...]
    behind: float


def mean_score(evidence: Evidence, signals: Iterable[str]) -> Array:
    """The mean of the signals' standard scores."""
    score: Array = np.mean([standard_score(SIGNALS[name](evidence)) for name in signals], axis=0)
    return score


def precisions(cells: Sequence[Trained]) -> pd.DataFrame:
    """Average precision of every candidate combination (columns) on every cell, with the cell's dataset as index."""
    subsets = [subset for size in range(1, MOST + 1) for subset in combinations(CANDIDATES, size)]
    rows = []
    for cell in cells:
        scores = {name: mean_score(cell.evidence, [name]) for name in CANDIDATES}
        rows.append(
            [
                average_precision(np.mean([scores[name] for name in each], axis=0), cell.wrong)
                for each in subsets
            ]
        )
    datasets = pd.Index([cell.facts["dataset"] for cell in cells], name="dataset")
    return pd.DataFrame(rows, columns=pd.Index(subsets, tupleize_cols=False), index=datasets)


def choose(table: pd.DataFrame) -> Choice:
    """The combination that stays least behind the best single signal, on the dataset where it does so most.

    Which signal is best differs between datasets: a combination is to be near it everywhere. Of those that tie, as
    every one does that is never behind, the first.
    """
    means = table.groupby(level="dataset").mean()
    single = [each for each in means.columns if len(each) == 1]
    best = means.loc[:, means.columns.isin(single)].max(axis=1)
    behind = means.rsub(best, axis=0).max()
    place = int(behind.to_numpy().argmin())
    return Choice(table.columns[place], float(behind.iloc[place]))


def leave_one_out(table: pd.DataFrame) -> Mapping[str, Choice]:
    """For each dataset the choice made on all others; empty with one dataset only."""
    names = list(dict.fromkeys(table.index))
    return {name: choose(table[table.index != name]) for name in names} if len(names) > 1 else {}
