import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.regions import Region, categorize_examples, summarize_regions


@pytest.fixture
def df():
    return pd.DataFrame(
        {
            "confidence": [0.9, 0.8, 0.6, 0.25, 0.1, np.nan],
            "variability": [0.0, 0.1, 0.4, 0.3, 0.1, np.nan],
        }
    )


def test_counts_shares_and_medians(df):
    summary = summarize_regions(categorize_examples(df))
    assert summary.regions == (
        Region("easy", 2, 0.4, pytest.approx(0.85), pytest.approx(0.05), None),
        Region("ambiguous", 2, 0.4, pytest.approx(0.425), pytest.approx(0.35), None),
        Region("hard", 1, 0.2, 0.1, 0.1, None),
    )
    assert (summary.uncategorized, summary.high_confidence, summary.ambiguous_high_confidence) == (1, 0.5, 1)


def test_what_counts_as_high_confidence_can_be_chosen(df):
    assert summarize_regions(categorize_examples(df), high_confidence=0.25).ambiguous_high_confidence == 2


def test_stability_is_averaged_over_those_that_have_one(df):
    stability = np.array([1.0, 0.5, np.nan, 0.25, np.nan, np.nan])
    summary = summarize_regions(categorize_examples(df), stability)
    assert [region.stability for region in summary.regions] == [
        0.75,
        0.25,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_an_empty_region_has_no_median(df):
    hard = summarize_regions(categorize_examples(df.head(4))).regions[2]
    assert (hard.count, hard.share) == (0, 0.0)
    assert np.isnan([hard.median_confidence, hard.median_variability]).all()


def test_as_a_table(df):
    table = summarize_regions(categorize_examples(df)).to_frame()
    assert table["count"].to_dict() == {"easy": 2, "ambiguous": 2, "hard": 1}
    assert list(table.columns) == ["count", "share", "median_confidence", "median_variability", "stability"]


def test_a_map_without_categories_is_refused(df):
    with pytest.raises(MissingColumnError) as error:
        summarize_regions(df)
    assert str(error.value) == (
        "Column 'category' not found in the map; its columns are: 'confidence', 'variability'. "
        "Call categorize_examples(df) first."
    )
