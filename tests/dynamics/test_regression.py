"""Real-valued targets: what an error is worth, and in which unit."""

import numpy as np
import pytest

from dataset_cartography import compute_metrics
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.dynamics.regression import regression_signals, spread, targets_of
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader, LogWriter, Manifest, Rows

TARGETS = np.array([0.0, 2.0, 4.0])  # their standard deviation is √(8/3)
PREDICTIONS = np.array([[0.0, 1.0], [2.5, 2.0], [1.0, 4.5]])  # (examples, epochs)


def record(root, targets=TARGETS, **options):
    manifest = Manifest(task="regression", mode="in_training", id_type="string", examples=3, options=options)
    writer = LogWriter.create(root, manifest, np.array(["a", "b", "c"], object), {})
    for number, predicted in enumerate(PREDICTIONS.T, start=1):
        columns = {
            "example": np.arange(3),
            "global_step": np.full(3, number),
            "squared_error": (predicted - targets) ** 2,
            "target": targets,
            "prediction": predicted,
        }
        writer.write_part(number, columns)
        writer.close_epoch(number, number)
    return LogReader(root)


def test_the_scale_is_that_of_the_targets(tmp_path):
    signals = load_dynamics(record(tmp_path)).signals
    errors = np.abs(PREDICTIONS - TARGETS[:, None]) / np.sqrt(8 / 3)
    np.testing.assert_allclose(signals["gold_probability"], 2.0 ** -((errors / 0.6745) ** 2), rtol=1e-6)
    np.testing.assert_allclose(signals["loss"], -np.log(signals["gold_probability"]), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(signals["margin"], 0.6745 - errors, rtol=1e-5)
    np.testing.assert_array_equal(signals["correct"], errors <= 0.6745)
    np.testing.assert_array_equal(signals["correct"], signals["gold_probability"] >= 0.5)


def test_always_saying_the_mean_is_right_for_half_of_normal_targets_with_a_probability_of_half():
    targets = np.random.default_rng(0).normal(3, 2, 200_000)
    rows = Rows(
        {"example": np.arange(len(targets)), "squared_error": (targets - 3) ** 2}, np.ones(len(targets))
    )
    signals = regression_signals(rows, spread(targets), Reading())
    assert signals["correct"].mean() == pytest.approx(0.5, abs=0.005)
    assert signals["gold_probability"].mean() == pytest.approx(0.497, abs=0.002)


def test_the_spread_of_several_outputs_is_the_error_of_their_means():
    targets = np.array([[0.0, 1.0], [4.0, 1.0], [np.nan, 9.0]])
    assert spread(targets) == pytest.approx(np.sqrt((4 + 0) / 2))
    assert spread(np.full(3, np.nan)) == 0


def test_targets_are_read_over_all_epochs(tmp_path):
    np.testing.assert_array_equal(targets_of(record(tmp_path)), TARGETS)


@pytest.mark.parametrize(
    ("options", "reading"),
    [
        ({"target_scale": 2.0}, Reading()),
        ({}, Reading(scale=2.0)),
        ({"target_scale": 9.0}, Reading(scale=2.0)),
    ],
)
def test_the_scale_can_be_told(options, reading, tmp_path):
    signals = load_dynamics(record(tmp_path, **options), reading=reading).signals
    np.testing.assert_allclose(
        signals["loss"][0], [0, np.log(2) * (1 / 2 / 0.6745) ** 2], rtol=1e-6, atol=1e-12
    )


def test_the_map_tells_the_predicted_values(tmp_path):
    record(tmp_path)
    df = compute_metrics(tmp_path, reading=Reading(tolerance=1.0))
    assert df["prediction"].tolist() == [1.0, 2.0, 4.5]
    facts = df.attrs["cartography"]
    assert facts["gold_probability"] == "2^-(error/h)², h = 1 σ, σ = the targets' standard deviation"
    assert facts["correct"] == "the error is at most 1 σ"
    assert facts["reading"] == {"scale": None, "tolerance": 1.0}


def test_targets_that_do_not_differ_need_a_scale(tmp_path):
    log = record(tmp_path, targets=np.full(3, 2.0))
    with pytest.raises(InputError) as caught:
        load_dynamics(log)
    assert str(caught.value) == (
        f"The targets of '{tmp_path}' do not differ, so that their standard deviation cannot be the scale of errors: "
        "give one (--scale, Reading(scale=…))."
    )
    assert load_dynamics(log, reading=Reading(scale=1.0)).signals["correct"][1].tolist() == [1, 1]
