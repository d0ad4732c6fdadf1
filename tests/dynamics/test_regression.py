"""Real-valued targets: what an error is worth, and in which unit."""

import numpy as np
import pytest

from dataset_cartography import compute_metrics
from dataset_cartography.dynamics import Reading, load_dynamics
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader, LogWriter, Manifest

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
    variance = 8 / 3
    squared = (PREDICTIONS - TARGETS[:, None]) ** 2
    np.testing.assert_allclose(signals["gold_probability"], np.exp(-squared / (2 * variance)), rtol=1e-6)
    np.testing.assert_allclose(signals["loss"], squared / (2 * variance), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(signals["margin"], 0.5 - np.sqrt(squared / variance), rtol=1e-5)
    np.testing.assert_array_equal(signals["correct"], np.sqrt(squared) <= 0.5 * np.sqrt(variance))


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
    np.testing.assert_allclose(signals["loss"][0], [0, 1 / 8], rtol=1e-6, atol=1e-12)


def test_the_map_tells_the_predicted_values(tmp_path):
    record(tmp_path)
    df = compute_metrics(tmp_path, reading=Reading(tolerance=1.0))
    assert df["prediction"].tolist() == [1.0, 2.0, 4.5]
    facts = df.attrs["cartography"]
    assert facts["gold_probability"] == "exp(-error²/2σ²), σ = the targets' standard deviation"
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
