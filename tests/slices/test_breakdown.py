import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.slices import breakdown, correlations

CATEGORIES = ["easy", "ambiguous", "hard"]


def map_of(values, categories=None, **columns):
    n = len(values)
    df = pd.DataFrame({"confidence": np.linspace(0, 1, n), "variability": 0.1, "correctness": 0.5} | columns)
    df["by"] = values
    df["category"] = pd.Categorical(categories or ["easy"] * n, CATEGORIES)
    return df


def test_counts_shares_and_means_per_value():
    df = map_of(["a", "b", "a", "a"], ["easy", "hard", "hard", None])
    table = breakdown(df, "by", metrics=("confidence",))
    assert table.index.name == "by"
    assert table.to_dict("index") == {
        "a": {
            "count": 2,
            "easy": 1,
            "ambiguous": 0,
            "hard": 1,
            "easy_share": 0.5,
            "ambiguous_share": 0.0,
            "hard_share": 0.5,
            "mean_confidence": pytest.approx(1 / 3),
        },
        "b": {
            "count": 1,
            "easy": 0,
            "ambiguous": 0,
            "hard": 1,
            "easy_share": 0.0,
            "ambiguous_share": 0.0,
            "hard_share": 1.0,
            "mean_confidence": pytest.approx(1 / 3),
        },
    }


def test_labels_carry_units_and_set_special_values_apart():
    df = map_of([0, 1, 1, 2, 3, 4, 5, 6, 9]).rename(columns={"by": "answer_length"})
    assert breakdown(df, "answer_length")["count"].to_dict() == {
        "0 (no answer)": 1,
        "1 word": 2,
        "2-3 words": 2,
        "4-5 words": 2,
        "6-9 words": 2,
    }
    df = map_of([1, 1, 2]).rename(columns={"by": "windows"})
    assert breakdown(df, "windows")["count"].to_dict() == {"1 window": 2, "2 windows": 1}
    df = map_of([0.0, 0.1, 0.2, 0.3, 0.9, np.nan]).rename(columns={"by": "answer_position"})
    assert breakdown(df, "answer_position", bins=2)["count"].to_dict() == {
        "0-20%": 3,
        "20-90%": 2,
        "undefined (no answer)": 1,
    }


def test_ranges_of_negative_numbers_are_not_written_with_a_hyphen():
    df = map_of([-3, -2, -1, 0, 1, 2])
    assert list(breakdown(df, "by", bins=3).index) == ["-3 to -2", "-1 to 0", "1 to 2"]
    df = map_of([1.5e9, 2.5e9, 3.5e12, 4.5e12])
    assert list(breakdown(df, "by", bins=2).index) == ["1.5e+09 to 2.5e+09", "3.5e+12 to 4.5e+12"]


def test_close_numbers_get_the_digits_that_tell_them_apart():
    df = map_of([0.50001, 0.50002, 0.50003])
    assert breakdown(df, "by").index.tolist() == ["0.50001", "0.50002", "0.50003"]


def test_text_values_of_all_kinds():
    df = map_of(["", None, "x", "x", "\u836f", True])
    assert breakdown(df, "by")["count"].to_dict() == {
        "x": 2,
        "(empty)": 1,
        "(unknown)": 1,
        "True": 1,
        "\u836f": 1,
    }
    df = map_of(pd.Categorical(["low", "high", "low"], ["low", "mid", "high"], ordered=True))
    assert breakdown(df, "by")["count"].to_dict() == {"low": 2, "high": 1}


def test_nothing_in_a_region_gives_an_empty_table():
    assert breakdown(map_of(["a"], [None]), "by").empty
    assert breakdown(map_of([1.5], [None]), "by").empty


@settings(deadline=None)  # the first call may be slow
@given(
    st.lists(st.one_of(st.none(), st.floats(allow_infinity=True, width=32), st.integers(-5, 5)), min_size=1),
    st.integers(1, 6),
)
def test_every_example_is_in_exactly_one_slice(values, bins):
    df = map_of(pd.array([np.nan if value is None else value for value in values], dtype="float64"))
    table = breakdown(df, "by", bins=bins)
    assert table["count"].sum() == len(values)
    assert (table["count"] > 0).all()
    assert table.index.is_unique
    assert len(table) <= bins + 1


def test_errors():
    with pytest.raises(MissingColumnError) as caught:
        breakdown(pd.DataFrame({"a": [1]}), "a")
    assert str(caught.value) == (
        "Column 'category' not found in the map; its columns are: 'a'. Call categorize_examples first."
    )
    with pytest.raises(InputError) as caught:
        breakdown(map_of(["a"]), "by", bins=0)
    assert str(caught.value) == "bins is 0; a breakdown needs at least 1."


@pytest.mark.parametrize("gaps", [False, True])
def test_correlations_agree_with_scipy(gaps):
    rng = np.random.default_rng(0)
    df = pd.DataFrame({"a": rng.normal(size=40), "b": rng.integers(0, 4, 40), "c": 1.0})
    if gaps:
        df.loc[:4, "a"] = np.nan
    table = correlations(df, ["a", "b", "c"])
    both = df.dropna()
    assert table.loc["a", "b"] == pytest.approx(spearmanr(both["a"], both["b"]).statistic)
    assert table["c"].isna().all()
