import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from dataset_cartography import categorize_examples
from dataset_cartography.comparison import compare_maps
from dataset_cartography.errors import InputError


@pytest.fixture
def two(make_map):
    return make_map(200, seed=1), make_map(200, seed=2)


def test_the_numbers_are_scipys_on_the_raw_columns(two):
    first, second = two
    found = compare_maps(first, second.iloc[::-1])
    names = [
        "confidence",
        "variability",
        "correctness",
        "first_learned_epoch",
        "never_learned",
        "epochs_seen",
    ]
    assert list(found.correlations.index) == names
    for name in names[:-1]:
        x, y = (df[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for df in two)
        row = found.correlations.loc[name]
        assert row["spearman"] == pytest.approx(stats.spearmanr(x, y, nan_policy="omit").statistic, abs=1e-12)
        known = ~np.isnan(x) & ~np.isnan(y)
        assert row["pearson"] == pytest.approx(stats.pearsonr(x[known], y[known]).statistic, abs=1e-12)
        assert row["examples"] == known.sum()
        assert row["low"] < row["spearman"] < row["high"]
        assert row["mean_first"] == pytest.approx(x[known].mean())
        assert row["mean_second"] == pytest.approx(y[known].mean())
    assert found.correlations.loc["epochs_seen", ["spearman", "low", "high", "pearson"]].isna().all()


def test_regions_are_those_of_the_maps(two):
    first, second = (categorize_examples(df, "quantile") for df in two)
    found = compare_maps(first, second)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(first["category"], second["category"]))
    crossed = pd.crosstab(first["category"], second["category"])
    assert found.transitions.to_numpy().tolist() == crossed.to_numpy().tolist()
    assert found.moved == (first["category"] != second["category"]).sum()
    np.testing.assert_allclose(found.row_shares.sum(axis=1), 1)


def test_maps_without_regions_get_the_default_ones(two):
    found = compare_maps(*two)
    again = compare_maps(*map(categorize_examples, two))
    assert found.transitions.equals(again.transitions)
    assert "category" not in two[0]


def test_movers_are_all_examples_with_both_places(two):
    first, second = two
    movers = compare_maps(first, second).movers
    shifts = np.hypot(
        (second["variability"] - first["variability"]) / 0.5, second["confidence"] - first["confidence"]
    )
    pd.testing.assert_series_equal(
        movers["shift"], shifts.sort_values(ascending=False), check_names=False, rtol=1e-12
    )
    assert movers["confidence_first"].equals(
        first["confidence"].reindex(movers.index).rename("confidence_first")
    )
    assert list(movers.columns[1:3]) == ["category_first", "category_second"]


def test_examples_of_one_map_alone_are_counted(two):
    first, second = two[0].iloc[:150].copy(), two[1].iloc[20:]
    first.iloc[30, first.columns.get_loc("confidence")] = np.nan
    found = compare_maps(first, second)
    assert (found.examples, found.only_first, found.only_second, found.unplaced) == (129, 20, 50, 1)
    assert found.transitions.to_numpy().sum() == 129


def test_a_map_and_itself(two):
    found = compare_maps(two[0], two[0])
    assert found.figures["moved_share"] == found.figures["largest_shift"] == 0
    assert found.figures["spearman_confidence"] == found.kappa.value == 1
    assert list(found.movers.index) == sorted(found.movers.index)


def test_figures_are_numbers_with_names_that_conditions_can_say(two):
    figures = compare_maps(*two).figures
    assert all(name.isidentifier() for name in figures)
    assert {type(value) for value in figures.values()} <= {int, float}
    assert json.loads(json.dumps(figures, allow_nan=True))["examples"] == 200
    regions = sum(
        figures[f"{a}_to_{b}"]
        for a in ("easy", "ambiguous", "hard")
        for b in ("easy", "ambiguous", "hard")
        if a != b
    )
    assert regions == figures["moved"]
    assert figures["change_confidence"] == pytest.approx(
        two[1]["confidence"].mean() - two[0]["confidence"].mean()
    )


def test_rankings_of_labels_are_compared_where_they_are_given(two):
    ranking = pd.DataFrame({"rank": range(1, 201), "probability": np.linspace(1, 0, 200)}, index=two[0].index)
    found = compare_maps(*two, suspects=(ranking, ranking.iloc[::-1]), most_suspects=10)
    assert found.figures["suspects_shared_share"] == 1
    assert found.suspects.by_chance == 0.5
    assert compare_maps(*two).suspects is None


def test_what_was_recorded_differently_comes_along(make_map):
    found = compare_maps(
        make_map(30, model="a", epochs=[1, 2]), make_map(30, model="b"), names=("one", "two")
    )
    assert found.differences.loc["model"].to_dict() == {"one": "a", "two": "b"}
    assert found.notes == (
        (
            "'one' and 'two' rest on 2 and 4 epochs, which by itself changes variability and counts; `datamap metrics "
            "--burn_out` makes a map of the first epochs."
        ),
    )


def test_infinite_values_have_ranks_and_no_mean_where_they_are_of_both_signs(two):
    first, second = (df.assign(aum=np.linspace(0, 1, 200), mean_loss=np.linspace(0, 1, 200)) for df in two)
    first.iloc[0, first.columns.get_loc("aum")] = -np.inf
    first.iloc[1, first.columns.get_loc("aum")] = np.inf
    second.iloc[2, second.columns.get_loc("mean_loss")] = np.inf
    found = compare_maps(first, second)
    assert found.correlations.loc["aum", "spearman"] == pytest.approx(
        stats.spearmanr(first["aum"], second["aum"]).statistic
    )
    assert found.correlations.loc["aum", ["pearson", "mean_first"]].isna().all()
    assert found.correlations.loc["mean_loss", "mean_second"] == np.inf
    assert np.isnan(found.figures["change_aum"])
    assert found.figures["change_mean_loss"] == np.inf


def test_labels_of_two_versions_are_compared(two):
    labels = pd.Series("yes", index=two[0].index)
    changed = compare_maps(*two).movers.index[[3, 7]]
    found = compare_maps(*two, labels=(labels, labels.mask(labels.index.isin(changed), "no")))
    assert found.relabelled.ids.tolist() == changed.tolist()
    told = {name: found.figures[name] for name in ("labels", "relabelled")}
    assert told == {"labels": 200, "relabelled": 2}
    shift = found.movers["shift"]
    assert found.figures["relabelled_median_shift"] == shift.iloc[[3, 7]].median()
    assert found.figures["same_label_median_shift"] == shift.drop(changed).median()
    assert compare_maps(*two).relabelled is None


def test_errors(two):
    for message, options in {
        "Both maps are called 'a': give them two names.": {"names": ("a", "a")},
        "level is 1; give the share of intervals that hold the truth, between 0 and 1.": {"level": 1},
    }.items():
        with pytest.raises(InputError) as caught:
            compare_maps(*two, **options)
        assert str(caught.value) == message
