import doctest
import logging

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.regions import (
    QuantileRule,
    ThresholdRule,
    categorize_examples,
    get_examples_by_category,
    rule_of,
    rules,
)


@pytest.fixture
def df():
    return pd.DataFrame(
        {"confidence": [0.9, 0.1, 0.6, np.nan, 0.95], "variability": [0.05, 0.1, 0.4, np.nan, 0.0]},
        index=pd.Index(["a", "b", "c", "d", "e"], name="example_id"),
    )


def test_categories_are_ordered_and_the_map_is_copied(df):
    categorized = categorize_examples(df)
    assert categorized["category"].astype(object).where(categorized["category"].notna(), None).tolist() == [
        "easy",
        "hard",
        "ambiguous",
        None,
        "easy",
    ]
    assert categorized["category"].cat.ordered
    assert categorized["category"].cat.categories.tolist() == ["easy", "ambiguous", "hard"]
    assert list(df.columns) == ["confidence", "variability"]
    assert categorized.index.equals(df.index)


def test_quantile_method(df):
    categorized = categorize_examples(
        df, method="quantile", confidence_threshold=1 / 3, variability_threshold=0.75
    )
    assert categorized["category"].dropna().tolist() == ["easy", "hard", "ambiguous", "easy"]


def test_categorizing_again_replaces_the_categories(df):
    again = categorize_examples(categorize_examples(df), variability_threshold=0.45)
    assert again["category"].dropna().tolist() == ["easy", "hard", "easy", "easy"]


def test_the_rule_is_noted_and_survives_parquet(df, tmp_path):
    assert rule_of(df) == ThresholdRule()
    chosen = categorize_examples(df, confidence_threshold=np.float32(0.25))
    chosen.to_parquet(tmp_path / "map.parquet")
    assert rule_of(pd.read_parquet(tmp_path / "map.parquet")) == ThresholdRule(confidence=0.25)
    assert isinstance(rule_of(categorize_examples(df, method="quantile")), QuantileRule)


def test_numbers_written_as_text_are_read_and_others_refused(df):
    text = df.astype({"confidence": object})
    assert categorize_examples(text)["category"].notna().sum() == 4
    text.loc["a", "confidence"] = "high"
    with pytest.raises(InputError) as error:
        categorize_examples(text)
    assert str(error.value) == (
        "Column 'confidence' of the map must hold numbers; could not convert string to float: 'high'."
    )


def test_a_missing_column_is_named(df):
    with pytest.raises(MissingColumnError) as error:
        categorize_examples(df.drop(columns="variability"))
    assert str(error.value) == (
        "Column 'variability' not found in the map; its columns are: 'confidence'. "
        "Load the map with load_cartography_metrics(cartography_dir)."
    )


def test_most_examples_in_one_category_is_said(caplog):
    df = pd.DataFrame({"confidence": [0.9] * 9 + [0.1, np.nan], "variability": [0.1] * 10 + [np.nan]})
    with caplog.at_level(logging.WARNING):
        categorize_examples(df)
    (message,) = caplog.messages
    assert message == (
        "90% of the 10 examples are easy with a confidence threshold of 0.5 and a variability threshold of "
        '0.2; the method "quantile" divides them by rank instead.'
    )


def test_nothing_is_said_of_even_maps_quantiles_and_empty_maps(df, caplog):
    with caplog.at_level(logging.WARNING):
        categorize_examples(df)
        categorize_examples(df.head(1), method="quantile")
        categorize_examples(df.head(0))
    assert caplog.messages == []


@pytest.fixture
def typical():
    rows = {
        "easy-1": (0.9, 0.1, "easy"),
        "easy-2": (0.9, 0.05, "easy"),
        "easy-3": (0.99, 0.1, "easy"),
        "amb-b": (0.4, 0.3, "ambiguous"),
        "amb-a": (0.6, 0.3, "ambiguous"),
        "amb-c": (0.5, 0.3, "ambiguous"),
        "amb-d": (0.1, 0.4, "ambiguous"),
        "hard-1": (0.2, 0.1, "hard"),
        "hard-2": (0.1, 0.1, "hard"),
        "none": (np.nan, np.nan, None),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["confidence", "variability", "category"])


@pytest.mark.parametrize(
    ("category", "ids"),
    [
        ("easy", ["easy-3", "easy-2", "easy-1"]),
        ("ambiguous", ["amb-d", "amb-c", "amb-a", "amb-b"]),
        ("hard", ["hard-2", "hard-1"]),
    ],
)
def test_most_typical_first_in_any_row_order(typical, category, ids):
    # 0.4 and 0.6 are equally near 0.5 on paper and a rounding error apart in floats.
    typical["confidence"] = typical["confidence"].replace({0.4: 0.375, 0.6: 0.625})
    assert get_examples_by_category(typical, category) == ids
    assert get_examples_by_category(typical, category, n=2) == ids[:2]
    assert get_examples_by_category(typical, category, n=0) == []
    for seed in range(5):
        assert get_examples_by_category(typical.sample(frac=1, random_state=seed), category) == ids


def test_integer_ids_stay_plain_integers():
    df = pd.DataFrame(
        {"confidence": [0.9] * 3, "variability": [0.1] * 3, "category": ["easy"] * 3}, index=[10, 9, 2]
    )
    ids = get_examples_by_category(df, "easy")
    assert ids == [10, 2, 9]  # ties by the id as text
    assert {type(one) for one in ids} == {int}


def test_a_category_read_from_text_will_do(typical):
    assert get_examples_by_category(typical.astype({"category": "string"}), "hard") == ["hard-2", "hard-1"]
    assert get_examples_by_category(typical.head(3), "hard") == []


def test_get_examples_refusals(typical, df):
    with pytest.raises(InputError) as error:
        get_examples_by_category(typical, "Hard")
    assert str(error.value) == "Unknown category 'Hard'; choose one of: easy, ambiguous, hard."
    with pytest.raises(InputError) as error:
        get_examples_by_category(typical, "hard", n=-1)
    assert str(error.value) == "n must be 0 or more; got -1."
    with pytest.raises(MissingColumnError) as missing:
        get_examples_by_category(df, "hard")
    assert str(missing.value) == (
        "Column 'category' not found in the map; its columns are: 'confidence', 'variability'. "
        "Call categorize_examples(df) first."
    )


def test_docstring_examples_run():
    assert doctest.testmod(rules) == doctest.TestResults(failed=0, attempted=2)
