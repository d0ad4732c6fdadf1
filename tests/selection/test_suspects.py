import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.selection import select_examples, suspected_errors


@pytest.fixture
def ranking():
    """A ranking whose rows are in another order than its ranks."""
    columns = {"rank": [3, 1, 2, 4], "probability": [0.5, 0.9, 0.7, np.nan]}
    return pd.DataFrame(columns, index=pd.Index([30, 10, 20, 40], name="example_id"))


def test_the_first_ranks_or_all_from_a_probability_on(ranking):
    assert suspected_errors(ranking, first=2) == [10, 20]
    assert suspected_errors(ranking, first=4) == [10, 20, 30, 40]
    assert suspected_errors(ranking, probability=0.5) == [10, 20, 30]
    assert suspected_errors(ranking, probability=0.51) == [10, 20]
    assert suspected_errors(ranking, probability=1) == []


def test_they_are_left_out(ranking):
    df = pd.DataFrame({"confidence": [0.1, 0.2, 0.3, 0.4]}, index=[10, 20, 30, 40])
    suspected = suspected_errors(ranking, first=2)
    assert select_examples(df, n=2, by="confidence", exclude=suspected) == [30, 40]


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ({}, "Say which suspected errors: the first so many, or those from a probability on."),
        (
            {"first": 1, "probability": 0.5},
            "Give one of first and probability: both say which suspected errors.",
        ),
        ({"first": 0}, "Cannot leave out the first 0 suspected errors: the ranking has 4 examples."),
        ({"first": 5}, "Cannot leave out the first 5 suspected errors: the ranking has 4 examples."),
        ({"probability": 0}, "The probability of a suspected error must be above 0 and at most 1; got 0."),
        (
            {"probability": 1.5},
            "The probability of a suspected error must be above 0 and at most 1; got 1.5.",
        ),
    ],
)
def test_what_cannot_be_said_is_one_sentence(ranking, which, sentence):
    with pytest.raises(InputError) as error:
        suspected_errors(ranking, **which)
    assert str(error.value) == sentence


def test_a_ranking_has_ranks(ranking):
    with pytest.raises(MissingColumnError) as error:
        suspected_errors(ranking[["probability"]], first=1)
    assert str(error.value) == (
        "Column 'rank' not found in the ranking; its columns are: 'probability'. Give what find_label_errors returned."
    )
