"""From scores to probabilities: a logistic model whose coefficients depend on what the whole run looks like.

The same score means more in a run that tells labels apart than in one that hardly learned. So the log-odds that a
label is wrong are a sum over what is known of the example, with weights that are linear in what is known of the run:

    log-odds = w₀(run) + w₁(run) · score + w₂ · score² / 5 + w₃(run) · rank + w₄ · correctness

The weights are in `calibration.json`, fitted by `python benchmarks/label_errors --fit` on simulated trainings and on
the datasets of that benchmark; with one of these left out, the benchmark says how well they hold for it.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.metrics.base import Array
from dataset_cartography.metrics.reductions import mean

RUN_FACTS = ("skew", "tail", "first_right", "last_right", "never_learned", "stability", "first_p", "first_q")
"""What is known of a run; see `describe_run`."""
_OWN = ("one", "score", "score^2", "rank", "correctness")
FEATURES = (
    *_OWN,
    *RUN_FACTS,
    *(f"score*{name}" for name in RUN_FACTS),
    *(f"rank*{name}" for name in RUN_FACTS),
)
"""What the log-odds are a sum of, in the order of the weights."""
_FILE = "calibration.json"
_SUREST = 0.99
"""No run in itself makes surer than that."""
_FEWEST = 20
"""Examples that a run must have to be described; fewer get the share of wrong labels in the fitted runs."""


class Calibration(NamedTuple):
    """What was fitted.

    Attributes:
        weights: (features,) of `FEATURES`, in log-odds.
        lowest: (run facts,) the least that each had in the fitted runs: nothing is said beyond.
        highest: (run facts,) the most.
        usual: Share of wrong labels in the fitted runs.
    """

    weights: Array
    lowest: Array
    highest: Array
    usual: float

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Calibration":
        """From JSON."""
        if tuple(raw["features"]) != FEATURES:
            raise ValueError(f"{_FILE} was fitted to other features: fit it anew.")
        weights, lowest, highest = (np.array(raw[name]) for name in ("weights", "lowest", "highest"))
        return cls(weights, lowest, highest, float(raw["usual"]))

    def to_json(self) -> dict[str, Any]:
        """As `of` reads it; six digits say all that the fit knows."""
        numbers = {
            name: [float(f"{value:.6g}") for value in getattr(self, name)]
            for name in ("weights", "lowest", "highest")
        }
        return {"features": FEATURES, **numbers, "usual": float(f"{self.usual:.6g}")}

    def probability(self, evidence: Evidence, score: Array) -> Array:
        """Estimate the probability that each label is wrong; it never falls as the score rises.

        Args:
            evidence: Of the run.
            score: (examples,), higher is more suspicious; NaN where unknown.

        Returns:
            (examples,) 0 to 0.99, NaN where the score is.
        """
        known = np.flatnonzero(~np.isnan(score))
        probability = np.full(len(score), np.nan)
        if len(known) < _FEWEST:
            probability[known] = self.usual
            return probability
        facts = np.clip(describe_run(evidence, score), self.lowest, self.highest)
        odds = _of_examples(evidence, score)[known] @ self._slopes(facts)
        # Equal scores have one probability, and no higher score a lower one.
        scores, which = np.unique(score[known], return_inverse=True)
        highest = np.full(len(scores), -np.inf)
        np.maximum.at(highest, which, odds)
        rising = 1 / (1 + np.exp(-np.maximum.accumulate(highest)))
        probability[known] = np.minimum(rising, _SUREST)[which]
        return probability

    def _slopes(self, facts: Array) -> Array:
        """What each thing known of an example weighs in a run of such facts; the weights of `features`, summed up."""
        own, constant, score, rank = np.split(self.weights, len(_OWN) + len(facts) * np.arange(3))
        slopes: Array = own + np.array([constant @ facts, score @ facts, 0, rank @ facts, 0])
        return slopes


@cache
def load_calibration() -> Calibration:
    """The calibration that comes with the package."""
    raw = files("dataset_cartography.label_errors").joinpath(_FILE).read_text(encoding="utf-8")
    return Calibration.of(json.loads(raw))


def describe_run(evidence: Evidence, score: Array) -> Array:
    """What a run looks like, (run facts,), in the order of `RUN_FACTS`.

    - `skew`, `tail`: the third and the logarithm of the fourth standardised moment of the scores: how far apart the
      suspicious ones stand.
    - `first_right`, `last_right`: share of examples whose margin is above 0 in the first and in the last epoch.
    - `never_learned`: share with no margin above 0.
    - `stability`: rank correlation of the first epoch's margins with the last one's.
    - `first_p`, `first_q`: mean probability of the label and of the best other one in the first epoch: how many labels
      there are, and how much of the task was known before.
    """
    known = ~np.isnan(score)
    margin = evidence.dynamics.signals["margin"][known]
    gold, other = evidence.dynamics.signals["gold_probability"][known], evidence.other_probability[known]
    standard = (score[known] - score[known].mean()) / (score[known].std() or 1)
    right = np.where(np.isnan(margin), np.nan, margin > 0)
    return np.array(
        [
            (standard**3).mean(),
            np.log(max(float((standard**4).mean()), 1.0)),
            _mean_or_half(right[:, 0]),
            _mean_or_half(right[:, -1]),
            (mean(right) == 0).mean(),
            _rank_correlation(margin[:, 0], margin[:, -1]),
            _mean_or_half(gold[:, 0]),
            _mean_or_half(other[:, 0]),
        ]
    )


def features(evidence: Evidence, score: Array, facts: Array) -> Array:
    """(examples, features) of `FEATURES`, to fit weights to; NaN where the score is."""
    own = _of_examples(evidence, score)
    _, scores, _, rank, _ = own.T
    return np.column_stack(
        [own, np.broadcast_to(facts, (len(own), len(facts))), np.outer(scores, facts), np.outer(rank, facts)]
    )


def _of_examples(evidence: Evidence, score: Array) -> Array:
    """(examples, 5): one, the score, its square / 5, the log-odds of its rank, and the share of margins above 0."""
    known = ~np.isnan(score)
    _, which, times = np.unique(score[known], return_inverse=True, return_counts=True)
    above = ((np.cumsum(times) - times / 2) / known.sum())[which]
    rank = np.full(len(score), np.nan)
    rank[known] = np.log(above / (1 - above))
    margin = evidence.dynamics.signals["margin"]
    correctness = mean(np.where(np.isnan(margin), np.nan, margin > 0))
    return np.column_stack([np.ones(len(score)), score, score**2 / 5, rank, correctness])


def _mean_or_half(shares: Array) -> float:
    """Of an epoch's shares; a half where it saw no example."""
    return 0.5 if np.isnan(shares).all() else float(np.nanmean(shares))


def _rank_correlation(one: Array, two: Array) -> float:
    """Spearman's, of the pairs where both are known; ties by their order; 0 where there is nothing to compare."""
    both = ~(np.isnan(one) | np.isnan(two))
    if both.sum() < 2:
        return 0.0
    first, second = (np.argsort(np.argsort(each[both], kind="stable")) for each in (one, two))
    return float(np.corrcoef(first, second)[0, 1])
