import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.selection import select_examples
from dataset_cartography.selection.where import truth_of


@pytest.fixture
def df():
    return pd.DataFrame(
        {
            "confidence": [0.9, 0.2, np.nan, 0.5],
            "category": pd.Categorical(
                ["easy", "hard", None, "ambiguous"], ["easy", "ambiguous", "hard"], ordered=True
            ),
            "never_learned": pd.array([False, True, None, False], dtype="boolean"),
            "first_learned_epoch": pd.array([1, None, None, 3], dtype="Int64"),
            "label": ["yes", "no", None, "it's"],
        },
        index=pd.Index([7, 8, 9, 10], name="example_id"),
    )


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("confidence > 0.4", [7, 10]),
        ("not confidence > 0.4", [8]),
        ("category != 'ambiguous'", [7, 8]),
        ("category in ('easy', 'hard') and not never_learned", [7]),
        ("first_learned_epoch <= 2", [7]),
        ('label == "it\'s"', [10]),
        ("label != 'yes'", [8, 10]),
        ("example_id in (7, 9)", [7, 9]),
        ("never_learned or example_id == 9", [8, 9]),
        ("confidence < 99999999999999999999999", [7, 8, 10]),
    ],
)
def test_examples_of_which_it_holds(df, where, ids):
    assert df.index[truth_of(df, where).holds].tolist() == ids
    assert sorted(select_examples(df, where=where)) == ids


def test_a_selection_says_why_others_are_left_out(df):
    selection = select_examples(df, where="confidence > 0.4", by="confidence", n=1)
    assert selection == [10]
    assert selection.how["where"] == "confidence > 0.4"
    assert selection.how["left_out"] == {
        "where not (confidence > 0.4)": 1,
        "without the values that confidence > 0.4 asks for": 1,
    }


def test_an_unknown_column_names_those_that_there_are(df):
    with pytest.raises(MissingColumnError) as caught:
        select_examples(df, where="region == 'easy'")
    assert str(caught.value) == (
        "Column 'region' not found in the map; its columns are: 'confidence', 'category', 'never_learned', "
        "'first_learned_epoch', 'label', 'example_id'. It is named in \"region == 'easy'\"."
    )


def test_none_left_is_refused(df):
    with pytest.raises(InputError) as caught:
        select_examples(df, where="confidence > 1")
    assert str(caught.value) == (
        "No example can be chosen of the map's 4 (3 where not (confidence > 1), 1 without the values that confidence "
        "> 1 asks for)."
    )


def test_large_ids_keep_their_last_digits():
    ids = np.array([2**63 + 5, 2**63 + 6], dtype=np.uint64)
    df = pd.DataFrame({"confidence": [0.1, 0.2]}, index=pd.Index(ids, name="example_id"))
    assert truth_of(df, f"example_id == {2**63 + 6}").holds.tolist() == [False, True]
    assert truth_of(df, "example_id > -1").holds.tolist() == [True, True]
