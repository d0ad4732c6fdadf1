"""Regression: squared errors, values and targets, by hand."""

import pytest
import torch

from dataset_cartography.signals import regression_signals


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("column", [False, True])
def test_one_output(dtype, column):
    predictions, targets = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([3.0, -2.0, float("nan")])
    shape = (-1, 1) if column else (-1,)
    signals = regression_signals(predictions.to(dtype).reshape(shape), targets.to(dtype).reshape(shape))
    assert {name: values.shape for name, values in signals.items()} == dict.fromkeys(
        ("squared_error", "target", "prediction"), (3,)
    )
    assert signals["squared_error"][:2].tolist() == [4.0, 0.0]
    assert signals["squared_error"][2].isnan()
    assert signals["prediction"].tolist() == [1.0, -2.0, 0.5]
    assert signals["target"][:2].tolist() == [3.0, -2.0]


def test_several_outputs_have_the_mean_of_their_errors_and_no_one_value():
    signals = regression_signals(torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 5.0]]))
    assert signals["squared_error"].tolist() == [(1 + 9) / 2]
    assert signals["target"].isnan().all()
    assert signals["prediction"].isnan().all()


def test_nothing_is_kept_of_the_graph():
    signals = regression_signals(torch.ones(2, requires_grad=True) * 2, torch.ones(2))
    assert not any(values.requires_grad for values in signals.values())
