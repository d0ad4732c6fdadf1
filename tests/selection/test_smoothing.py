import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.selection import label_smoothing


def test_the_documented_formula():
    df = pd.DataFrame({"variability": [0.0, 0.2, 0.5, np.nan]}, index=["a", "b", "c", "d"])
    for options, wanted in [({}, [0, 0.12, 0.3, 0]), ({"scale": 2, "most": 0.5}, [0, 0.4, 0.5, 0])]:
        epsilon = label_smoothing(df, **options)
        np.testing.assert_allclose(epsilon, wanted)
        assert epsilon.index.tolist() == ["a", "b", "c", "d"]
    assert epsilon.attrs == {"metric": "variability", "scale": 2, "most": 0.5}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scale": -1}, "The scale of label smoothing must be 0 or more, but is -1."),
        ({"scale": float("inf")}, "The scale of label smoothing must be 0 or more, but is inf."),
        ({"most": 1}, "The most label smoothing must be from 0 to below 1, but is 1."),
        (
            {"metric": "aum"},
            "Labels cannot be smoothed by 'aum', which is -2 somewhere: it must be 0 or more.",
        ),
        ({"metric": "doubt"}, "Unknown metric 'doubt'; the map has: variability, aum."),
    ],
)
def test_refusals(options, sentence):
    with pytest.raises(InputError) as caught:
        label_smoothing(pd.DataFrame({"variability": [0.1], "aum": [-2.0]}), **options)
    assert str(caught.value) == sentence
