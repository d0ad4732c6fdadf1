"""What was predicted in every epoch: read only where it is asked for."""

import numpy as np

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.log import LogReader
from logs import make_log, rows


def log_of(root, predictions):
    """A log whose epochs hold these predictions; None where an example was not seen."""
    writer = make_log(root, examples=len(predictions[0]))
    for number, epoch in enumerate(predictions, start=1):
        seen = [example for example, prediction in enumerate(epoch) if prediction is not None]
        columns = rows(seen, step=number)
        columns["prediction"] = np.array([epoch[example] for example in seen])
        writer.write_part(number, columns)
        writer.close_epoch(number, number)
    return LogReader(root)


def test_predictions_stand_beside_the_signals(tmp_path):
    log = log_of(tmp_path, [[0, 1, 2], [0, None, 1]])
    dynamics = load_dynamics(log, predictions=True)
    np.testing.assert_array_equal(dynamics.predictions["prediction"], [[0, 0], [1, np.nan], [2, 1]])
    np.testing.assert_array_equal(dynamics.last_prediction["prediction"], [0, np.nan, 1])


def test_unasked_only_the_last_epochs_predictions_are_read(tmp_path):
    log = log_of(tmp_path, [[0, 1, 2], [2, 2, 2]])
    dynamics = load_dynamics(log)
    assert dynamics.predictions == {}
    np.testing.assert_array_equal(dynamics.last_prediction["prediction"], [2, 2, 2])
    assert load_dynamics(log, epochs=[1]).last_prediction["prediction"].tolist() == [0, 1, 2]
