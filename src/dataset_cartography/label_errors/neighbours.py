"""Evidence beside the log: whether the examples whose texts are most alike have the same label.

Embeddings say which those are. How much they count in a ranking follows from how far neighbours agree in the dataset
at hand: much where texts of one label lie together, nothing where they do not, as with relations of two sentences.
"""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.label_errors.standard import standard_score
from dataset_cartography.metrics.base import Array

NEIGHBOURS = 10
_CLOSEST_AGREEMENT = 0.9  # from which on neighbours count no more: the odds of agreement grow without bound
_BLOCK = 16_000_000  # similarities held at once: 64 MB
_MANY = 50_000  # examples from which on it takes minutes

logger = logging.getLogger(__name__)


class Neighbours(NamedTuple):
    """What the labels of the nearest examples say of each label.

    Attributes:
        against: (examples,) -1 to 1: the share of neighbours with the commonest other label minus the share with this
            one, each neighbour weighing as much as it is similar; NaN where the label is not known.
        same: (examples,) How many neighbours have the same label.
        rival: (examples,) The commonest other label among them; -1 where there is none.
        rivals: (examples,) How many have that one.
        number: Neighbours of each example.
        agreement: How far neighbours agree in the dataset beyond what the labels' shares make likely (Cohen's kappa of
            an example and one of its neighbours): 1 always, 0 as by chance.
    """

    against: Array
    same: Array
    rival: Array
    rivals: Array
    number: int
    agreement: float

    @property
    def weight(self) -> float:
        """How much neighbours count in a ranking beside the log: the odds of their agreement, 0 to 9."""
        agreement = min(max(self.agreement, 0.0), _CLOSEST_AGREEMENT)
        return agreement / (1 - agreement)


def find_neighbours(embeddings: Array, labels: Array) -> Neighbours:
    """Compare each label with those of the nearest others by cosine.

    Exact, a block of examples at a time: time grows with the square of their number (see docs/label_errors.md).

    Args:
        embeddings: (examples, dimensions), as `check_embeddings` leaves them.
        labels: (examples,) numbers from 0; -1 where not known: such an example is nobody's neighbour.
    """
    examples, classes = len(labels), int(labels.max(initial=0)) + 1
    voters = np.flatnonzero(labels >= 0)
    count = min(NEIGHBOURS, max(len(voters) - 1, 0))
    if examples > _MANY:
        logger.warning("Comparing %s embeddings with each other takes minutes, or more.", f"{examples:,}")
    against = np.full(examples, np.nan)
    same, rivals = np.zeros(examples, np.int64), np.zeros(examples, np.int64)
    rival = np.full(examples, -1)
    shares = np.zeros(examples)
    normed = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    pool = normed[voters].T
    block = max(1, _BLOCK // max(len(voters), classes, 1))
    for start in range(0, len(voters) if count else 0, block):
        rows = voters[start : start + block]
        likeness = normed[rows] @ pool
        likeness[np.arange(len(rows)), np.arange(start, start + len(rows))] = -np.inf
        nearest = np.argpartition(likeness, -count, axis=1)[:, -count:]
        found = labels[voters[nearest]]
        weights = np.maximum(np.take_along_axis(likeness, nearest, axis=1), 1e-6)
        place = (np.arange(len(rows))[:, None] * classes + found).ravel()
        votes = np.bincount(place, weights.ravel(), len(rows) * classes).reshape(-1, classes)
        votes = votes / votes.sum(axis=1, keepdims=True)
        own = np.take_along_axis(votes, labels[rows][:, None], axis=1)[:, 0]
        np.put_along_axis(votes, labels[rows][:, None], 0, axis=1)
        strongest = votes.argmax(axis=1)
        against[rows] = votes.max(axis=1) - own
        shares[rows] = own
        same[rows] = (found == labels[rows][:, None]).sum(axis=1)
        rival[rows] = np.where(votes.max(axis=1) > 0, strongest, -1)
        rivals[rows] = (found == rival[rows][:, None]).sum(axis=1)
    common = np.bincount(labels[voters], minlength=1) / max(len(voters), 1)
    chance = float(common @ common)
    agreement = (float(shares[voters].mean()) - chance) / (1 - chance) if count and chance < 1 else 0.0
    return Neighbours(against, same, rival, rivals, count, agreement)


def add_neighbours(score: Array, neighbours: Neighbours) -> Array:
    """Add what neighbours say to a score: each in standard deviations from its mean, theirs by `Neighbours.weight`."""
    added = np.nan_to_num(standard_score(neighbours.against)) if neighbours.weight else 0
    total: Array = standard_score(score) + neighbours.weight * added
    return total


def check_embeddings(embeddings: ArrayLike, examples: int) -> Array:
    """Embeddings as (examples, dimensions) of float32.

    Raises:
        InputError: They are of another shape, no numbers, or not finite.
    """
    table = np.asarray(embeddings)
    if table.ndim != 2 or len(table) != examples or table.dtype.kind not in "fiu":
        raise InputError(
            f"The embeddings must be a table of numbers with one row for each of the {examples:,} examples, in the "
            f"log's order; they have the shape {table.shape} and the type {table.dtype}."
        )
    with np.errstate(over="ignore"):  # too large for float32 is infinite, which is refused below
        table = table.astype(np.float32)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        raise InputError(
            f"The embeddings must be finite, but {(~finite).sum():,} of {examples:,} rows are not, the first of them "
            f"row {int(finite.argmin())} (counted from 0)."
        )
    return table


def learned_labels(
    dynamics: Dynamics, ids: Array, examples: pd.DataFrame | None, names: Sequence[str] | None
) -> Array:
    """The labels that a run was trained on, by the model's numbers; -1 where one is not known.

    The log does not hold them, but an example that was once predicted right tells its own, which those given must
    agree with: a label that was changed since would be taken for evidence.

    Args:
        dynamics: Read with `predictions=True`.
        ids: (examples,) in the log's order.
        examples: With the column `label`, index = id.
        names: The labels' names by the model's numbers, where they have names.

    Raises:
        InputError: There are no examples, or their labels are not those that were learned.
        MissingColumnError: They have no labels.
    """
    if examples is None:
        raise InputError(
            "Embeddings are compared by label, and the log holds none: give the examples too "
            "(`examples`, or --dataset)."
        )
    if "label" not in examples:
        raise MissingColumnError.of(
            "label", list(map(str, examples.columns)), "the examples", "Neighbours are compared by it."
        )
    labels = _numbers(examples["label"].reindex(ids), names)
    right = dynamics.signals["correct"] == 1
    at = right.argmax(axis=1)[:, None]
    predicted = np.take_along_axis(next(iter(dynamics.predictions.values())), at, axis=1)[:, 0]
    known = right.any(axis=1) & (labels >= 0)
    differ = known & (labels != np.nan_to_num(predicted, nan=-1))
    if differ.any() or not (labels >= 0).any():
        raise InputError(
            f"The labels of the examples are not those that the run learned: of {int(known.sum()):,} that it predicted "
            f"right, {int(differ.sum()):,} have another label now. Give the examples as the run was trained on them, "
            "planted labels included, or leave the embeddings out."
        )
    return labels


def _numbers(labels: "pd.Series[Any]", names: Sequence[str] | None) -> Array:
    if names:
        place = {str(name): number for number, name in enumerate(names)}
        values = [-1 if pd.isna(label) else place.get(str(label), -1) for label in labels.tolist()]
        return np.array(values, np.int64)
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return labels.cat.codes.to_numpy().astype(np.int64)
    return pd.to_numeric(labels, errors="coerce").fillna(-1).to_numpy().astype(np.int64)
