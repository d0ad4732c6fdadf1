import numpy as np
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import METRICS, Metric, compute

PROBABILITY = np.array([[0.25, 0.75], [1.0, np.nan]])


def message_of(*arguments):
    with pytest.raises(InputError) as error:
        compute(*arguments)
    return str(error.value)


def test_all_that_the_signals_allow_in_display_order():
    values = compute(None, {"gold_probability": PROBABILITY, "correct": PROBABILITY > 0.5}, [1, 2])
    assert list(values) == [
        "confidence",
        "variability",
        "correctness",
        "forgetting_events",
        "first_learned_epoch",
        "never_learned",
        "threshold_closeness",
        "variability_ci",
        "last_gold_probability",
        "last_correct",
        "epochs_seen",
    ]


def test_named_metrics_in_the_order_asked_for():
    values = compute(["epochs_seen", "confidence"], {"gold_probability": PROBABILITY}, [1, 2])
    assert {name: column.tolist() for name, column in values.items()} == {
        "epochs_seen": [2, 1],
        "confidence": [0.5, 1.0],
    }
    assert list(values) == ["epochs_seen", "confidence"]


def test_epoch_numbers_reach_the_metric_that_needs_them():
    values = compute(["first_learned_epoch"], {"correct": np.array([[0.0, 1.0], [1.0, 1.0]])}, [4, 7])
    assert values["first_learned_epoch"].tolist() == [7.0, 4.0]


def test_no_example_keeps_the_dtypes():
    values = compute(["confidence", "epochs_seen"], {"gold_probability": np.empty((0, 3))}, [1, 2, 3])
    assert {name: (column.shape, column.dtype.name) for name, column in values.items()} == {
        "confidence": ((0,), "float64"),
        "epochs_seen": ((0,), "int64"),
    }


def test_no_signal_allows_no_metric():
    assert compute(None, {}, [1, 2]) == {}


def test_an_unknown_metric_is_named_with_those_that_exist():
    assert message_of(["confidance"], {"gold_probability": PROBABILITY}, [1, 2]) == (
        "Unknown metric 'confidance'; the metrics are: confidence, variability, correctness, unit_accuracy, "
        "forgetting_events, first_learned_epoch, never_learned, threshold_closeness, aum, mean_loss, el2n, "
        "variability_ci, last_gold_probability, last_correct, last_loss, epochs_seen, presentations."
    )


def test_a_missing_signal_is_named_with_the_metrics_possible():
    assert message_of(["confidence", "aum"], {"gold_probability": PROBABILITY}, [1, 2]) == (
        "Metric 'aum' needs the signal 'margin', which was not recorded; with the signals there are, these "
        "metrics are possible: confidence, variability, threshold_closeness, variability_ci, "
        "last_gold_probability, epochs_seen."
    )


def test_signals_of_different_shapes_are_refused():
    signals = {"gold_probability": PROBABILITY, "margin": np.ones((2, 3))}
    assert message_of(None, signals, [1, 2]) == (
        "Signal 'margin' has shape (2, 3); 2 examples and 2 epochs need (2, 2)."
    )


def test_epoch_numbers_must_rise():
    assert message_of(None, {"gold_probability": PROBABILITY}, [2, 1]) == (
        "Epoch numbers must rise from column to column; got [2, 1]."
    )


def test_a_metric_that_returns_the_wrong_shape_is_named(monkeypatch):
    grand_mean = Metric("grand_mean", "grand mean", np.nanmean, (0, 1), "low", ("gold_probability",), "none")
    monkeypatch.setitem(METRICS, "grand_mean", grand_mean)
    assert message_of(["grand_mean"], {"gold_probability": PROBABILITY}, [1, 2]) == (
        "Metric 'grand_mean' must return one value per example, shape (2,); its function returned shape ()."
    )
