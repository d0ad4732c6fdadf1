"""Probabilities: what they may be, whatever the run."""

import json

import numpy as np
import pytest

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.label_errors import Evidence
from dataset_cartography.label_errors.calibration import (
    FEATURES,
    RUN_FACTS,
    Calibration,
    describe_run,
    features,
    load_calibration,
)
from dataset_cartography.label_errors.ranking import rank_labels


def evidence_of(margin: np.ndarray, other: float = 0.5) -> Evidence:
    """Of margins (examples, epochs), NaN where not seen: p and q are as of two labels that share 1 - other."""
    gold = (1 - other) / (1 + np.exp(-margin))
    signals = {
        "gold_probability": gold,
        "margin": margin,
        "loss": -np.log(gold),
        "correct": np.where(np.isnan(margin), np.nan, margin > 0),
    }
    epochs = tuple(range(1, margin.shape[1] + 1))
    return Evidence(Dynamics(epochs, signals, {}, {}, tuple(0 for _ in epochs)))


def run(wrong: int = 20, sound: int = 380, epochs: int = 5) -> Evidence:
    """Sound labels are learned, wrong ones are not."""
    rng = np.random.default_rng(0)
    rising = np.linspace(0, 4, epochs)
    margin = np.concatenate([rng.normal(rising, 1, (sound, epochs)), rng.normal(-3, 1, (wrong, epochs))])
    return evidence_of(margin)


def test_labels_that_stand_apart_are_probably_wrong_and_the_others_are_not():
    ranking = rank_labels(run())

    assert ranking.probability[-20:].mean() > 0.5
    assert ranking.probability[:-20].mean() < 0.05


def test_the_probability_never_falls_as_the_score_rises():
    ranking = rank_labels(run())
    order = np.argsort(ranking.score)

    assert (np.diff(ranking.probability[order]) >= 0).all()
    assert 0 <= ranking.probability.min() <= ranking.probability.max() <= 0.99


def test_an_example_never_seen_has_none_and_changes_no_other():
    margin = run().dynamics.signals["margin"]
    unseen = np.vstack([margin, np.full((1, margin.shape[1]), np.nan)])

    ranking, before = rank_labels(evidence_of(unseen)), rank_labels(evidence_of(margin))

    assert np.isnan(ranking.score[-1])
    assert np.isnan(ranking.probability[-1])
    np.testing.assert_allclose(ranking.probability[:-1], before.probability, rtol=1e-12)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_short_runs_have_finite_probabilities(epochs):
    assert np.isfinite(rank_labels(run(epochs=epochs)).probability).all()


def test_runs_in_which_nothing_differs_have_finite_probabilities():
    assert np.isfinite(rank_labels(evidence_of(np.full((100, 3), 2.0))).probability).all()


def test_too_few_examples_to_describe_get_the_usual_share():
    ranking = rank_labels(run(wrong=1, sound=9))

    assert set(ranking.probability.tolist()) == {load_calibration().usual}


def test_what_is_known_of_a_run():
    margin = np.repeat([[1.0, 2.0], [-1.0, 3.0], [-2.0, -1.0], [4.0, 5.0]], 5, axis=0)
    evidence = evidence_of(margin)
    facts = dict(zip(RUN_FACTS, describe_run(evidence, -margin.mean(axis=1)), strict=True))

    assert facts["first_right"] == 0.5
    assert facts["last_right"] == 0.75
    assert facts["never_learned"] == 0.25
    assert facts["first_p"] == pytest.approx(evidence.dynamics.signals["gold_probability"][:, 0].mean())


def test_log_odds_are_the_sum_that_the_module_states():
    evidence = run()
    score = -evidence.dynamics.signals["margin"].mean(axis=1)
    facts = describe_run(evidence, score)
    rows = dict(zip(FEATURES, features(evidence, score, facts).T, strict=True))

    np.testing.assert_allclose(rows["score^2"], score**2 / 5)
    np.testing.assert_allclose(rows["score*skew"], score * facts[RUN_FACTS.index("skew")])
    odds = features(evidence, score, np.clip(facts, load_calibration().lowest, load_calibration().highest))
    expected = np.minimum(1 / (1 + np.exp(-(odds @ load_calibration().weights).max())), 0.99)
    assert load_calibration().probability(evidence, score).max() == pytest.approx(expected)
    assert rows["rank"].max() == pytest.approx(np.log((len(score) - 0.5) / 0.5))


def test_a_calibration_survives_json_and_refuses_that_of_other_features():
    calibration = load_calibration()
    again = Calibration.of(json.loads(json.dumps(calibration.to_json())))

    np.testing.assert_array_equal(again.weights, calibration.weights)
    with pytest.raises(ValueError, match="was fitted to other features: fit it anew"):
        Calibration.of(calibration.to_json() | {"features": ["one"]})


def test_equal_scores_have_one_probability():
    margin = np.repeat(run(wrong=4, sound=36).dynamics.signals["margin"], 3, axis=0)
    ranking = rank_labels(evidence_of(margin))

    for score in np.unique(ranking.score):
        assert len(set(ranking.probability[ranking.score == score].tolist())) == 1


def test_an_infinite_margin_counts_as_the_most_extreme_one():
    evidence = run()
    evidence.dynamics.signals["margin"][0], evidence.dynamics.signals["margin"][-1] = np.inf, -np.inf
    ranking = rank_labels(evidence)

    assert np.isfinite(ranking.probability).all()
    assert ranking.score[0] == ranking.score.min()
    assert ranking.score[-1] == ranking.score.max()
