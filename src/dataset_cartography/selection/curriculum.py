"""In which order examples are learnt: from one end of a metric, or as competence grows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS
from dataset_cartography.selection.order import metric_values
from dataset_cartography.selection.weights import ranked

CURRICULA = ("easy_first", "hard_first", "competence")
"""What an order can be called."""

START = 0.01
"""The competence that training begins with, Platanios et al.'s."""

GROWING = 0.5
"""The share of the training's steps after which all examples are within competence."""

Rows = NDArray[np.intp]


def difficulty(df: pd.DataFrame, metric: str = "confidence") -> "pd.Series[float]":
    """Say how hard examples are: by their rank in a metric, from 0 (the easiest) to 1 (the hardest).

    Of n examples that have a value, the one of rank k from the easy end (equal values share their mean rank) has
    (k - 1) / (n - 1). An example without a value is put in the middle, at 1/2.

    Args:
        df: The map.
        metric: One with a hard end.

    Returns:
        By id, for `order_examples`; `attrs` says how it was made.

    Raises:
        InputError: There is no such metric, or neither of its ends is the hard one.
    """
    values = metric_values(df, metric)
    hard = METRICS[metric].hard_end if metric in METRICS else None
    if hard is None:
        known = ", ".join(name for name, each in METRICS.items() if each.hard_end and name in df.columns)
        raise InputError(
            f"Neither end of '{metric}' is the hard one; an order can be made by: {known or 'none'}."
        )
    ranks = ranked(values if hard == "high" else -values)
    series = pd.Series(np.where(np.isnan(ranks), 0.5, ranks), index=df.index, name="difficulty")
    series.attrs = {"metric": metric}
    return series


def competence(step: int, duration: int, start: float = START) -> float:
    """Give the share of the examples, the easiest first, that a model is competent for: Platanios et al.'s c(t).

        c(t) = min(1, sqrt(t (1 - c0^2) / T + c0^2))

    Args:
        step: t, optimizer steps made.
        duration: T, the steps until all examples are within competence; 0: from the beginning.
        start: c0, above 0 and at most 1.

    Source:
        Platanios, Stretcu, Neubig, Poczos and Mitchell (2019), Competence-based Curriculum Learning for Neural Machine
        Translation, arXiv 1903.09848, equation 7 with p = 2 ("square root").

    Example:
        >>> [round(competence(step, 100, 0.1), 3) for step in (0, 25, 100, 1000)]
        [0.1, 0.507, 1.0, 1.0]
    """
    if step >= duration:  # exactly 1, which the root itself may miss by its rounding
        return 1.0
    return min(1.0, math.sqrt(step * (1 - start**2) / duration + start**2))


@dataclass(frozen=True)
class Curriculum:
    """The order of a training's rows; it stands on what is given here alone, so that it is the same on every rank.

    Args:
        kind: One of `CURRICULA`.
        difficulty: (rows,) how hard each row's example is.
        examples: (rows,) the number of each row's example, from 0: the windows of one example go together.
        seed: Decides what is left to chance.
        duration: T of `competence`.
        start: c0 of `competence`.
    """

    kind: Literal["easy_first", "hard_first", "competence"]
    difficulty: NDArray[np.float64]
    examples: Rows
    seed: int = 0
    duration: int = 0
    start: float = START

    def epoch(self, number: int, step_rows: int, steps: int) -> Iterator[Rows]:
        """Give an epoch's rows, an optimizer step's at a time.

        "easy_first" and "hard_first" go through all rows by difficulty; equal ones, and the windows of different
        examples, in an order that is drawn anew every epoch. "competence" draws each step's rows, none twice, from all
        rows of the easiest ceil(c(t) n) of the n examples, equally hard ones in a drawn order; of as many more as it
        takes to fill the step. So an example may come several times in an epoch, or not at all. Once an epoch begins
        with c(t) = 1, it goes through all rows in a drawn order.

        Args:
            number: The epoch's, from 0.
            step_rows: Rows of an optimizer step: processes x batch size x gradient accumulation.
            steps: Optimizer steps of an epoch, by which t goes on from epoch to epoch.

        Yields:
            (step_rows,) rows; fewer in the last step. As many in all as there are rows.
        """
        rows = len(self.difficulty)
        if self.kind != "competence":
            hard = self.difficulty if self.kind == "easy_first" else -self.difficulty
            order = np.lexsort((np.arange(rows), self._drawn(number)[self.examples], hard))
        elif competence(number * steps, self.duration, self.start) == 1:
            order = np.random.default_rng((self.seed, 0, number)).permutation(rows)
        else:
            yield from self._competent(number * steps, step_rows)
            return
        for begin in range(0, rows, step_rows):
            yield order[begin : begin + step_rows]

    def _competent(self, step: int, step_rows: int) -> Iterator[Rows]:
        rows = len(self.difficulty)
        # The order of difficulty, in which the chance that parts equals stays: who is competent for one stays it.
        order = np.lexsort((np.arange(rows), self._drawn(-1)[self.examples], self.difficulty))
        # After which row of the order each example's rows end.
        ends = np.flatnonzero(np.append(np.diff(self.examples[order]) != 0, True)) + 1
        for begin in range(0, rows, step_rows):
            size = min(step_rows, rows - begin)
            known = math.ceil(round(competence(step, self.duration, self.start) * len(ends), 9))
            pool = max(int(ends[known - 1]), size)
            chosen = np.random.default_rng((self.seed, 1, step)).choice(pool, size, replace=False)
            yield order[chosen]
            step += 1

    def _drawn(self, number: int) -> Rows:
        """A place for each example, by chance; -1: of all epochs."""
        return np.random.default_rng((self.seed, 2, number + 1)).permutation(int(self.examples.max()) + 1)
