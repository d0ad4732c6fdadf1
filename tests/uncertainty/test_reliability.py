import math

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.uncertainty import (
    intraclass_correlation,
    merge_runs,
    reliability_table,
    runs_needed,
    spearman_brown,
)
from dataset_cartography.uncertainty.probability import standard_deviation

# Six subjects rated by four judges: table 2 of Shrout and Fleiss 1979.
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def icc(values):
    """Of (examples, runs), NaN where unknown."""
    count = (~np.isnan(values)).sum(axis=1)
    return intraclass_correlation(np.nanmean(values, axis=1), standard_deviation(values.T), count)


def test_the_example_of_the_paper():
    assert icc(RATINGS) == pytest.approx(0.17, abs=0.005)
    assert spearman_brown(icc(RATINGS), 4) == pytest.approx(0.44, abs=0.005)


def test_unequal_numbers_of_runs_by_the_sums_of_squares():
    values = np.random.default_rng(0).normal(0, 1, (200, 1)) + np.random.default_rng(1).normal(
        0, 0.7, (200, 4)
    )
    values[:60, 3] = values[:20, 2] = np.nan
    long = pd.DataFrame(values).stack().dropna().reset_index(name="x")
    groups = long.groupby("level_0")["x"]
    n, means = groups.size(), groups.mean()
    between = (n * (means - long["x"].mean()) ** 2).sum() / (len(n) - 1)
    within = ((long["x"] - groups.transform("mean")) ** 2).sum() / (len(long) - len(n))
    size = (len(long) - (n**2).sum() / len(long)) / (len(n) - 1)
    assert icc(values) == pytest.approx((between - within) / (between + (size - 1) * within))
    assert icc(values) == pytest.approx(1 / (1 + 0.7**2), abs=0.06)


def test_examples_of_one_run_are_left_out():
    values = np.vstack([RATINGS, [[100, np.nan, np.nan, np.nan]]])
    assert icc(values) == icc(RATINGS)


def test_agreement_and_its_absence():
    assert icc(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])) == 1
    assert icc(np.array([[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]])) < 0
    assert math.isnan(icc(np.ones((3, 2))))
    assert math.isnan(icc(np.array([[1.0, 2.0]])))


def test_the_mean_of_more_runs_is_as_reliable_as_foretold():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (5000, 1)) + rng.normal(0, 1.5, (5000, 6))
    foretold = spearman_brown(icc(values), 3)
    found = np.corrcoef(values[:, :3].mean(axis=1), values[:, 3:].mean(axis=1))[0, 1]
    assert foretold == pytest.approx(found, abs=0.02)


@pytest.mark.parametrize("reliability", [0.1, 0.35, 0.5, 0.9, 0.99, 1.0])
def test_the_fewest_runs_that_reach_the_target(reliability):
    needed = runs_needed(reliability, 0.9)
    assert spearman_brown(reliability, needed) >= 0.9 - 1e-9
    assert needed == 1 or spearman_brown(reliability, needed - 1) < 0.9


def test_no_number_of_runs_is_enough_where_one_says_nothing():
    assert runs_needed(0.0) is None
    assert runs_needed(math.nan) is None
    assert spearman_brown(-0.2, 5) == -0.2


def test_the_table_of_a_merged_map():
    rng = np.random.default_rng(0)
    level = rng.random(300)
    maps = [
        pd.DataFrame({"confidence": np.clip(level + rng.normal(0, 0.1, 300), 0, 1), "variability": 0.1})
        for _ in range(3)
    ]
    table = reliability_table(merge_runs(maps), 0.95)
    values = np.stack([df["confidence"] for df in maps], axis=1)
    assert table.index.tolist() == ["confidence", "variability"]
    assert table.loc["confidence"].to_dict() == pytest.approx(
        {
            "between": math.sqrt(values.var(axis=1, ddof=1).mean()),
            "one_run": icc(values),
            "these_runs": spearman_brown(icc(values), 3),
            "runs_needed": runs_needed(icc(values), 0.95),
        }
    )
    assert table.loc["variability", "between"] == 0
    assert table.loc["variability"].drop("between").isna().all()


def test_refusals():
    df = pd.DataFrame({"confidence": [0.5], "variability": [0.1]})
    with pytest.raises(MissingColumnError) as missing:
        reliability_table(df)
    assert str(missing.value) == (
        "Column 'runs' not found in the map; its columns are: 'confidence', 'variability'. "
        "Merge several runs with merge_runs first."
    )
    with pytest.raises(InputError) as wrong:
        reliability_table(df, 1.0)
    assert str(wrong.value) == "The reliability aimed at is 1; give a number between 0 and 1."
