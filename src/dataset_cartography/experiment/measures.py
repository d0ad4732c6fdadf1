"""What an experiment compares, by task: a score of every evaluated example, whose mean is the metric."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.reading import PROBABLE_ERROR

Rows = Sequence[Mapping[str, Any]]
"""What an evaluation writes of its examples, as `eval_predictions.jsonl` has them."""


@dataclass(frozen=True)
class Measure:
    """A metric that is a mean over examples.

    Attributes:
        name: As a plan and its results call it.
        title: For people.
        scores: (examples,) 0 to 1, of the evaluated rows.
    """

    name: str
    title: str
    scores: Callable[[Rows], npt.NDArray[np.float64]]


def _column(name: str) -> Callable[[Rows], npt.NDArray[np.float64]]:
    # What has no token has nothing right.
    return lambda rows: np.array([float(row[name] or 0) for row in rows])


def _within(rows: Rows) -> npt.NDArray[np.float64]:
    """1 where the error is at most the probable error of whoever always says the targets' mean; see `Reading`."""
    targets = np.array([row["label"] for row in rows], np.float64)
    errors = np.abs(np.array([row["error"] for row in rows], np.float64))
    within: npt.NDArray[np.float64] = (errors <= PROBABLE_ERROR * targets.std()).astype(np.float64)
    return within


_F1 = Measure("f1", "F1", _column("f1"))
_ACCURACY = Measure("accuracy", "accuracy", _column("correct"))
_TOKENS = Measure(
    "mean_token_accuracy", "target tokens right, the mean over examples", _column("token_accuracy")
)
_BY_TASK = {
    "qa": _F1,
    "multi-label": Measure("exact_match", "examples with every label right", _column("correct")),
    "token-classification": Measure(
        "sentence_accuracy", "sentences with every tag right", _column("correct")
    ),
    "regression": Measure(
        "within_tolerance", f"values within {PROBABLE_ERROR:g} standard deviations of the targets", _within
    ),
    "seq2seq": _TOKENS,
    "causal-lm": _TOKENS,
}
MEASURES = {measure.name: measure for measure in (_F1, _ACCURACY, *_BY_TASK.values())}
"""By the name that a plan has."""


def measure_of(task: str) -> Measure:
    """What an experiment of a task compares: of those with one label an example, the accuracy."""
    return _BY_TASK.get(task, _ACCURACY)
