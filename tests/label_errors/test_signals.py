"""Each signal against its formula, and AUM and EL2N against those who made them."""

import numpy as np
import pytest
import torch

from dataset_cartography.label_errors import SIGNALS, Evidence
from dataset_cartography.signals.classification import classification_signals
from made_dynamics import make_dynamics

NAN = float("nan")


def values(name, **dynamics):
    return SIGNALS[name](Evidence(make_dynamics(**dynamics))).tolist()


def test_metrics_are_turned_so_that_more_is_more_suspicious():
    case = {"gold": [[0.25, 0.75]], "margin": [[-1.0, 3.0]], "predictions": [[1, 0]]}
    assert values("unlikely", **case) == [0.5]
    assert values("low_aum", **case) == [-1.0]
    assert values("damped_aum", **case) == pytest.approx([(np.log(2) - np.log(4)) / 2])
    assert values("mean_loss", **case) == pytest.approx([-np.log(0.25 * 0.75) / 2])
    assert values("last_loss", **case) == pytest.approx([-np.log(0.75)])


def test_never_learned_counts_above_everything_that_was():
    case = {
        "gold": [[0.1, 0.1, 0.1], [0.9, 0.1, 0.9], [0.1, 0.1, 0.9], [0.9, 0.9, 0.9]],
        "margin": [[-1, -1, -1], [1, -1, 1], [-1, -1, 1], [1, 1, 1]],
        "predictions": [[1, 1, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]],
    }
    assert values("never_learned", **case) == [1, 0, 0, 0]
    assert values("forgetting", **case) == [3, 1, 0, 0]
    assert values("first_learned", **case) == [4, 1, 3, 1]


def test_memorised_late_is_high_only_for_what_was_unlikely_and_then_learned():
    gold = [[0.1, 0.1, 0.5, 0.9], [0.9, 0.9, 0.9, 0.9], [0.1, 0.1, 0.1, 0.1]]
    late = values("memorised_late", gold=gold, margin=np.ones((3, 4)), predictions=np.zeros((3, 4)))
    assert late == pytest.approx([0.81, 0.09, 0.09])


def test_behind_and_distance_weigh_the_label_against_the_best_other_one():
    case = {"gold": [[0.2]], "margin": [[np.log(0.2 / 0.7)]], "predictions": [[1]]}
    assert values("behind", **case) == pytest.approx([0.5])
    assert values("distance", **case) == pytest.approx([np.hypot(0.8, 0.7)])


def test_an_example_never_seen_has_no_evidence():
    case = {"gold": [[NAN, NAN]], "margin": [[NAN, NAN]], "predictions": [[NAN, NAN]]}
    for name, signal in SIGNALS.items():
        if signal.needs is None and name != "alternative_agreement":
            assert np.isnan(values(name, **case)).all(), name


def test_el2n_is_there_only_where_it_was_recorded():
    case = {"gold": [[0.5]], "margin": [[0.1]], "predictions": [[0]]}
    assert not SIGNALS["el2n"].is_recorded(Evidence(make_dynamics(**case)))


def of_logits(logits, labels):
    """Evidence of (epochs, examples, classes) logits, taken as a recorder does."""
    epochs = [classification_signals(epoch, labels) for epoch in logits]
    columns = {name: torch.stack([epoch[name] for epoch in epochs], dim=1).numpy() for name in epochs[0]}
    dynamics = make_dynamics(
        gold=np.exp(columns["gold_logprob"]),
        margin=columns["margin"],
        predictions=columns["prediction"],
        correct=columns["correct"],
    )
    dynamics.signals["el2n"] = columns["el2n"]
    return Evidence(dynamics)


LOGITS = torch.randn(5, 40, 4, generator=torch.Generator().manual_seed(0)) * 3
LABELS = torch.randint(4, (40,), generator=torch.Generator().manual_seed(1))


def test_aum_is_pleiss_et_als():
    expected = []
    for example, label in enumerate(LABELS.tolist()):
        margins = []
        for epoch in LOGITS:
            row = epoch[example].tolist()
            margins.append(row.pop(label) - max(row))
        expected.append(sum(margins) / len(margins))
    assert (-SIGNALS["low_aum"](of_logits(LOGITS, LABELS))).tolist() == pytest.approx(expected, rel=1e-5)


def test_aum_is_the_aum_packages(tmp_path):
    aum = pytest.importorskip("aum", reason="the authors' package is not installed: pip install aum")
    calculator = aum.AUMCalculator(str(tmp_path), compressed=True)
    for epoch in LOGITS:
        records = calculator.update(epoch, LABELS, list(range(len(LABELS))))
    theirs = [records[example].aum for example in range(len(LABELS))]
    assert (-SIGNALS["low_aum"](of_logits(LOGITS, LABELS))).tolist() == pytest.approx(theirs, rel=1e-5)


def test_el2n_is_paul_et_als():
    chances = LOGITS.softmax(-1).numpy()
    truth = np.eye(4)[LABELS.numpy()]
    expected = np.sqrt(((chances - truth) ** 2).sum(-1)).mean(axis=0)
    np.testing.assert_allclose(SIGNALS["el2n"](of_logits(LOGITS, LABELS)), expected, rtol=1e-5)


def test_of_two_classes_distance_is_el2n():
    evidence = of_logits(LOGITS[..., :2], LABELS % 2)
    np.testing.assert_allclose(SIGNALS["distance"](evidence), SIGNALS["el2n"](evidence), rtol=1e-4)
