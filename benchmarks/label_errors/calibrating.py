"""Probabilities: fitted to simulated trainings and to datasets, and how well they hold for one that was left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from choosing import mean_score
from methods import Array, Trained
from simulated import simulate
from sklearn.linear_model import LogisticRegression

from dataset_cartography.label_errors import Evidence
from dataset_cartography.label_errors.calibration import Calibration, describe_run, features
from dataset_cartography.label_errors.review import to_catch

SIMULATIONS = 500
FROM_EACH = 300  # examples of a simulated training
DATASET_WEIGHT = 0.3  # of a dataset, all its cells together; the simulations together have 1
PENALTY = 0.05
BINS = 10
CAUGHT = 0.8
NEAR = 0.25
HALVES = 50


class Fitted(NamedTuple):
    """What is fitted to: examples of one training.

    Attributes:
        features: (examples, features), without the run's facts being kept to any range.
        wrong: (examples,).
        facts: (run facts,) of the training.
        dataset: Which it is of; None if it is simulated.
    """

    features: Array
    wrong: Array
    facts: Array
    dataset: str | None


def simulated_trainings(folder: Path, signals: Sequence[str]) -> list[Fitted]:
    """A random part of each."""
    rng = np.random.default_rng(0)
    fitted = []
    for each in simulate(SIMULATIONS, folder / "simulated"):
        one = fitted_to(each.evidence, each.wrong, signals, None)
        part = rng.permutation(len(one.wrong))[:FROM_EACH]
        fitted.append(one._replace(features=one.features[part].astype(np.float32), wrong=one.wrong[part]))
    return fitted


def fit_all(cells: Sequence[Trained], folder: Path, signals: Sequence[str]) -> Calibration:
    """The calibration that the package ships: by the simulations and all datasets."""
    trainings = [fitted_to(cell.evidence, cell.wrong, signals, cell.facts["dataset"]) for cell in cells]
    return fit([*simulated_trainings(folder, signals), *trainings])


def hold_out(cells: Sequence[Trained], folder: Path, signals: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """How well probabilities hold for each cell, fitted without its dataset.

    Args:
        cells: All.
        folder: Where simulations are kept.
        signals: For each dataset, those chosen without it.

    Returns:
        A row per cell: `dataset`, `error` (the expected calibration error), `expected` (wrong labels expected, as a
        multiple of how many there are), `review` (labels to be reviewed to catch 80%, estimated from the
        probabilities, as a multiple of the truth), `planted` and `planted_near` (the same, estimated from one half of
        the planted labels for the other half, in the mean of many halves, and the share of halves that come within
        `NEAR`).
    """
    rows = []
    for names in dict.fromkeys(signals.values()):
        simulated = simulated_trainings(folder, names)
        trainings = {
            cell.folder.name: fitted_to(cell.evidence, cell.wrong, names, cell.facts["dataset"])
            for cell in cells
        }
        for dataset in [name for name, chosen in signals.items() if chosen == names]:
            others = [each for each in trainings.values() if each.dataset != dataset]
            calibration = fit([*simulated, *others])
            for cell in cells:
                if cell.facts["dataset"] == dataset:
                    score = mean_score(cell.evidence, names)
                    rows.append({"dataset": dataset, **_held(cell, score, calibration)})
    return pd.DataFrame(rows)


def _held(cell: Trained, score: Array, calibration: Calibration) -> dict[str, float]:
    order = np.argsort(-score, kind="stable")
    probability = calibration.probability(cell.evidence, score)[order]
    wrong = cell.wrong[order]
    by_planted = _by_planted(wrong)
    return {
        "error": calibration_error(probability, wrong),
        "expected": float(probability.sum() / wrong.sum()),
        "review": to_catch(probability, CAUGHT) / needed(wrong),
        "planted": float(by_planted.mean()),
        "planted_near": float((abs(by_planted - 1) <= NEAR).mean()),
    }


def _by_planted(wrong: Array) -> Array:
    """What one half of the wrong labels, known, says of the other: estimates as multiples of the truth, (HALVES,)."""
    places, rng = np.flatnonzero(wrong), np.random.default_rng(0)
    ratios = []
    for _ in range(HALVES):
        planted = np.zeros(len(wrong), bool)
        planted[rng.permutation(places)[: len(places) // 2]] = True
        estimate = (~planted[: needed(planted)]).sum()
        ratios.append(estimate / needed(wrong[~planted]))
    return np.array(ratios)


def fitted_to(evidence: Evidence, wrong: Array, signals: Sequence[str], dataset: str | None) -> Fitted:
    """All that a fit takes of a training."""
    score = mean_score(evidence, signals)
    facts = describe_run(evidence, score)
    return Fitted(features(evidence, score, facts), wrong, facts, dataset)


def fit(trainings: Sequence[Fitted]) -> Calibration:
    """Fit a logistic model: the simulations weigh as much as three datasets."""
    rows = np.concatenate([each.features for each in trainings]).astype(float)
    wrong = np.concatenate([each.wrong for each in trainings])
    weight = np.concatenate([np.full(len(each.wrong), 1 / len(each.wrong)) for each in trainings])
    source = np.concatenate([[each.dataset or ""] * len(each.wrong) for each in trainings])
    for name in set(source):
        share = DATASET_WEIGHT if name else 1.0
        weight[source == name] *= share / weight[source == name].sum()
    center, spread = rows[:, 1:].mean(axis=0), rows[:, 1:].std(axis=0)
    model = LogisticRegression(C=PENALTY, max_iter=500).fit(
        (rows[:, 1:] - center) / spread, wrong, sample_weight=weight * len(weight) / weight.sum()
    )
    slopes = model.coef_[0] / spread
    facts = np.stack([each.facts for each in trainings])
    return Calibration(
        weights=np.concatenate([model.intercept_ - slopes @ center, slopes]),
        lowest=np.quantile(facts, 0.01, axis=0),
        highest=np.quantile(facts, 0.99, axis=0),
        usual=float(np.average(wrong, weights=weight)),
    )


def calibration_error(probability: Array, wrong: Array) -> float:
    """Expected calibration error: mean distance of share and mean probability in ten bins of equal width."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(wrong[bins == each].mean() - probability[bins == each].mean()) * (bins == each).mean()
            for each in np.unique(bins)
        )
    )


def needed(wrong: Array) -> int:
    """How many first ones hold 80% of the wrong labels."""
    found = np.cumsum(wrong)
    return int(np.searchsorted(found, CAUGHT * found[-1])) + 1
