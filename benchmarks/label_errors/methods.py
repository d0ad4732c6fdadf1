"""The methods that are compared: a score for every example of a finished cell, higher is more suspicious.

A further method is one entry of `METHODS`; where it lacks what it needs it gives None, and its place in the table is
empty.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from cells import FACTS, LOG, PLANTED
from neighbours import neighbours_of

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.formats.cleanlab import cleanlab_issues
from dataset_cartography.label_errors import SIGNALS, Evidence
from dataset_cartography.label_errors.neighbours import add_neighbours
from dataset_cartography.log import LogReader, read_probabilities
from dataset_cartography.tasks.noise import read_planted

Array = npt.NDArray[Any]

HAS_CLEANLAB = find_spec("cleanlab") is not None


@dataclass(frozen=True)
class Trained:
    """A finished cell, read again; what scores sees the evidence, and only what evaluates sees `wrong`."""

    folder: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Dataset, kind, share, seed, seconds."""
        facts: dict[str, Any] = json.loads((self.folder / FACTS).read_text(encoding="utf-8"))
        return facts

    @cached_property
    def log(self) -> LogReader:
        """What was recorded."""
        return LogReader(self.folder / LOG)

    @cached_property
    def evidence(self) -> Evidence:
        """What the log says."""
        return Evidence(load_dynamics(self.log, predictions=True))

    @property
    def is_cross_fitted(self) -> bool:
        """Whether there is an out-of-fold log."""
        return self.log.paths.out_of_fold.is_dir()

    @cached_property
    def out_of_fold(self) -> Evidence:
        """What models say that were not trained on the example."""
        return Evidence(load_dynamics(LogReader(self.log.paths.out_of_fold), predictions=True))

    @cached_property
    def wrong(self) -> Array:
        """(examples,) whether a wrong label was planted: the hidden truth."""
        planted = set(read_planted(self.folder / PLANTED)["id"].tolist())
        return np.array([example in planted for example in self.log.ids.tolist()])


def _signal(name: str) -> Callable[[Trained], Array | None]:
    def score(cell: Trained) -> Array | None:
        signal = SIGNALS[name]
        return signal(cell.evidence) if signal.is_recorded(cell.evidence) else None

    return score


def _out_of_fold(name: str) -> Callable[[Trained], Array | None]:
    def score(cell: Trained) -> Array | None:
        return SIGNALS[name](cell.out_of_fold) if cell.is_cross_fitted else None

    return score


def _cleanlab(cell: Trained) -> Array | None:
    """The defaults of cleanlab (Northcutt et al. 2021): what it calls an issue comes first, then by its quality."""
    if not (cell.is_cross_fitted and HAS_CLEANLAB):
        return None
    found = cleanlab_issues(cell.log.paths.root)
    score: Array = found["cleanlab_issue"].to_numpy() + (1 - found["cleanlab_quality"].to_numpy())
    return score


def _cleanlab_score(method: str) -> Callable[[Trained], Array | None]:
    """One of cleanlab's scores alone, out of fold."""

    def score(cell: Trained) -> Array | None:
        if not (cell.is_cross_fitted and HAS_CLEANLAB):
            return None
        from cleanlab.rank import get_label_quality_scores

        found = read_probabilities(cell.log.paths.root)
        quality: Array = get_label_quality_scores(found.given, found.matrix.astype(float), method=method)
        return 1 - quality

    return score


def _data_iq(cell: Trained) -> Array:
    """Data-IQ's hard group first, its lowest confidence at the top, then the others by confidence.

    Hard is a confidence of at most 0.25 with an aleatoric uncertainty, the mean of p(1 - p), of at most its median
    (Seedat et al. 2022).
    """
    gold = cell.evidence.dynamics.signals["gold_probability"].astype(float)
    confidence, aleatoric = np.nanmean(gold, axis=1), np.nanmean(gold * (1 - gold), axis=1)
    hard = (confidence <= 0.25) & (aleatoric <= np.nanmedian(aleatoric))
    score: Array = hard + (1 - confidence)
    return score


def _neighbours(cell: Trained) -> Array | None:
    near = neighbours_of(cell.folder, cell.facts["dataset"], cell.log.ids)
    return None if near is None else near.against


def with_neighbours(cell: Trained, score: Array) -> Array:
    """A score of the log with what neighbours say, where labels are shared and texts embedded; else the score."""
    near = neighbours_of(cell.folder, cell.facts["dataset"], cell.log.ids)
    return score if near is None else add_neighbours(score, near)


def _random(cell: Trained) -> Array:
    return np.random.default_rng(zlib.crc32(cell.folder.name.encode())).random(cell.log.size)


METHODS: dict[str, Callable[[Trained], Array | None]] = {
    "1 - confidence": _signal("unlikely"),
    "AUM": _signal("low_aum"),
    "mean loss": _signal("mean_loss"),
    "EL2N": _signal("el2n"),
    "forgetting": _signal("forgetting"),
    "last-epoch loss": _signal("last_loss"),
    "Data-IQ": _data_iq,
    "neighbours": _neighbours,
    "1 - confidence, out of fold": _out_of_fold("unlikely"),
    "AUM, out of fold": _out_of_fold("low_aum"),
    "cleanlab": _cleanlab,
    "cleanlab self-confidence": _cleanlab_score("self_confidence"),
    "cleanlab normalized margin": _cleanlab_score("normalized_margin"),
    "random": _random,
}
"""All methods by name, in the table's order."""
SINGLE = (
    "1 - confidence",
    "AUM",
    "mean loss",
    "EL2N",
    "forgetting",
    "last-epoch loss",
    "Data-IQ",
)
"""Those that see a run's log and nothing else."""
CROSS_FITTED = (
    "1 - confidence, out of fold",
    "AUM, out of fold",
    "cleanlab",
    "cleanlab self-confidence",
    "cleanlab normalized margin",
)
"""Those that see models that were trained without the example, on the cells that were cross-fitted."""


def average_precision(score: Array, wrong: Array) -> float:
    """Mean, over the wrong labels, of the precision where each is found; unknown scores come last."""
    order = np.argsort(-np.where(np.isnan(score), -np.inf, score), kind="stable")
    places = np.flatnonzero(wrong[order]) + 1
    return float((np.arange(1, len(places) + 1) / places).mean())


def precision_at_count(score: Array, wrong: Array) -> float:
    """Share of wrong labels among as many first ones as there are wrong labels."""
    order = np.argsort(-np.where(np.isnan(score), -np.inf, score), kind="stable")
    return float(wrong[order[: wrong.sum()]].mean())
