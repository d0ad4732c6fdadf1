import math

import numpy as np
import pytest

from dataset_cartography.regions import ThresholdRule, assign_categories
from dataset_cartography.uncertainty import merge_runs, stability_table
from dataset_cartography.uncertainty.stable import with_probabilities
from seeds import record_seed


@pytest.fixture
def merged(tmp_path):
    return merge_runs([record_seed(tmp_path / f"seed{seed}", seed) for seed in (1, 2, 3)])


def test_stable_is_what_another_run_repeats_with_the_probability_asked(merged):
    own = np.array([row[f"{row['category']}_probability"] for _, row in merged.iterrows()])
    assert merged["stable"].tolist() == (own >= 0.8).tolist()
    df = assign_categories(merged.drop(columns="category"))
    places = [df[name].to_numpy()[None, :] for name in ("confidence", "variability")]
    strict = with_probabilities(df, *places, ThresholdRule(), (0.1, 0.1), stable_from=1.0)
    assert not strict["stable"].any()


def test_regions_in_numbers(merged):
    table = stability_table(merged)
    for name in ("easy", "ambiguous", "hard"):
        rows = merged[merged["category"] == name]
        assert table.loc[name].to_dict() == pytest.approx(
            {
                "examples": len(rows),
                "not_stable": int((~rows["stable"]).sum()),
                "repeated": rows[f"{name}_probability"].mean(),
            },
            nan_ok=True,
        )
    assert table.loc["all", "examples"] == len(merged)
    assert table.loc["all", "not_stable"] == (~merged["stable"]).sum()


def test_an_example_without_a_place_is_in_no_region(merged):
    df = merged.copy()
    df.loc["e0", ["category", "easy_probability", "ambiguous_probability", "hard_probability"]] = np.nan
    assert stability_table(df).loc["all", "examples"] == len(merged) - 1
    empty = stability_table(merged.iloc[:0])
    assert empty["examples"].tolist() == [0, 0, 0, 0]
    assert math.isnan(empty.loc["all", "repeated"])
