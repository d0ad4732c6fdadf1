import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.errors import InputError
from dataset_cartography.selection import loss_weights

VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan")), st.just(0.5)), min_size=1, max_size=30)


@given(VALUES, st.floats(0, 1))
def test_the_documented_formula(values, spread):
    df = pd.DataFrame({"confidence": values})
    known = ~np.isnan(values)
    wanted = np.ones(len(values))
    if known.sum() > 1:  # the lowest confidence is the hard end, and the heaviest
        ranks = (scipy.stats.rankdata(-np.array(values)[known]) - 1) / (known.sum() - 1)
        wanted[known] = 1 - spread + 2 * spread * ranks
    weights = loss_weights(df, "confidence", spread=spread)
    np.testing.assert_allclose(weights, wanted, atol=1e-12)
    assert weights.mean() == pytest.approx(1)
    assert weights.between(1 - spread - 1e-9, 1 + spread + 1e-9).all()


@pytest.mark.parametrize(
    ("metric", "heavy"), [("confidence", "low"), ("last_loss", "high"), ("confidence", "hard")]
)
def test_which_end_is_heavy(metric, heavy):
    df = pd.DataFrame({"confidence": [0.1, 0.5, 0.9], "last_loss": [3.0, 1.0, 0.1]}, index=["a", "b", "c"])
    assert loss_weights(df, metric, heavy=heavy).to_dict() == {"a": 1.5, "b": 1.0, "c": 0.5}


def test_turned_round():
    df = pd.DataFrame({"confidence": [0.1, 0.5, 0.9]}, index=["a", "b", "c"])
    weights = loss_weights(df, "confidence", heavy="easy", spread=1)
    assert weights.to_dict() == {"a": 0.0, "b": 1.0, "c": 2.0}
    assert weights.attrs == {"metric": "confidence", "heavy": "easy", "spread": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"metric": "loss"}, "Unknown metric 'loss'; the map has: confidence, variability."),
        ({"heavy": "both"}, "heavy must be hard, easy, low or high, but is 'both'."),
        ({"spread": 1.5}, "The spread of weights must be from 0 to 1, but is 1.5."),
        ({"spread": float("nan")}, "The spread of weights must be from 0 to 1, but is nan."),
        (
            {"metric": "variability"},
            "Neither end of 'variability' is the hard one: say which counts more, low or high.",
        ),
    ],
)
def test_refusals(options, sentence):
    df = pd.DataFrame({"confidence": [0.1, 0.5], "variability": [0.1, 0.2], "label": ["a", "b"]})
    with pytest.raises(InputError) as caught:
        loss_weights(df, **({"metric": "confidence"} | options))
    assert str(caught.value) == sentence
