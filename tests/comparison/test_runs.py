from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.comparison import RunsComparison, compare_maps, compare_runs
from dataset_cartography.comparison.pairs import place_of, shift
from dataset_cartography.errors import InputError


@pytest.fixture
def seeds(make_map):
    """Two runs of one model, and two of another to which other examples are hard."""
    first = {f"a{seed}": make_map(200, seed=seed, noise=0.2) for seed in (1, 2)}
    second = {f"b{seed}": make_map(200, seed=seed, noise=0.2, difficulty=1) for seed in (3, 4)}
    return first, second


def test_every_two_runs_are_compared(seeds):
    found = compare_runs(*seeds, names=("A", "B"))
    pairs = found.pairs.set_index(["first", "second"])
    assert pairs["kind"].to_dict() == {
        ("a1", "a2"): "within A",
        ("b3", "b4"): "within B",
        **dict.fromkeys(product(["a1", "a2"], ["b3", "b4"]), "between"),
    }
    maps = {**seeds[0], **seeds[1]}
    for one, other in combinations(maps, 2):
        figures = compare_maps(maps[one], maps[other]).figures
        for name in ("spearman_confidence", "kappa", "moved_share", "median_shift"):
            assert pairs.loc[(one, other), name] == pytest.approx(figures[name])


def test_the_summary_sets_difference_beside_spread(seeds):
    found = compare_runs(*seeds, names=("A", "B"))
    kappa = found.pairs.loc[found.pairs["kind"] == "between", "kappa"]
    row = found.summary.loc[("kappa", "between")]
    assert row.to_dict() == pytest.approx(
        {"pairs": 4, "lowest": kappa.min(), "mean": kappa.mean(), "highest": kappa.max()}
    )
    assert found.figures["between_kappa"] == pytest.approx(kappa.mean())
    assert found.figures["within_kappa"] > found.figures["between_kappa"]
    assert all(
        found.stands_out(name) for name in ("spearman_confidence", "kappa", "moved_share", "median_shift")
    )


def test_a_figure_that_a_pair_does_not_have_does_not_stand_out(seeds):
    first = {name: df.assign(variability=0.1) for name, df in seeds[0].items()}
    found = compare_runs(first, seeds[1])
    assert found.stands_out("spearman_variability") is None
    assert found.summary["pairs"].loc["spearman_variability"].tolist() == [0, 1, 0]


def test_a_figure_stands_out_in_one_way_to_divide_the_runs_at_most():
    """Whatever the runs are like, so that chance alone gives it to at most one of `splits`."""
    rng = np.random.default_rng(0)
    runs, stood_out = "abcd", 0
    for _ in range(300):
        alike = {
            frozenset(two): value for two, value in zip(combinations(runs, 2), rng.random(6), strict=True)
        }
        found = 0
        for other in "bcd":
            one, two = ("a", other), tuple(name for name in runs if name not in ("a", other))
            kinds = ["within", "within", *["between"] * 4]
            pairs = [frozenset(one), frozenset(two), *(frozenset(pair) for pair in product(one, two))]
            table = pd.DataFrame({"kind": kinds, "kappa": [alike[pair] for pair in pairs]})
            made = RunsComparison(("A", "B"), (one, two), 1, 0, pd.DataFrame(), (), table, pd.DataFrame())
            assert made.splits == 3
            found += made.stands_out("kappa")
        assert found <= 1
        stood_out += found
    assert stood_out > 0


def test_ways_to_divide_runs_of_unequal_numbers():
    empty = pd.DataFrame()
    sizes = {(2, 3): 10, (3, 3): 10, (4, 4): 35, (5, 5): 126}
    for (one, two), splits in sizes.items():
        runs = tuple("a" * one), tuple("b" * two)
        assert RunsComparison(("A", "B"), runs, 1, 0, empty, (), empty, empty).splits == splits


def test_settings_that_do_not_differ_do_not_stand_out(make_map):
    runs = {f"r{seed}": make_map(300, seed=seed) for seed in range(4)}
    first, second = dict(list(runs.items())[:2]), dict(list(runs.items())[2:])
    found = compare_runs(first, second)
    assert not any(found.stands_out(name) for name in ("spearman_confidence", "kappa", "moved_share"))


def test_a_single_run_has_no_spread(seeds):
    found = compare_runs({"a1": seeds[0]["a1"]}, seeds[1], names=("A", "B"))
    assert found.stands_out("kappa") is None
    assert found.pairs["kind"].tolist() == ["within B", "between", "between"]
    assert compare_runs(seeds[0], {"b3": seeds[1]["b3"]}).pairs["kind"].tolist()[0] == "within first"


def test_movers_moved_beyond_the_spread(seeds):
    found = compare_runs(*seeds)
    example = found.movers.index[0]
    places = {name: place_of(df.loc[[example]]) for name, df in {**seeds[0], **seeds[1]}.items()}
    between = np.mean([shift(places[one], places[other]) for one, other in product(*map(list, seeds))])
    within = np.mean([shift(places["a1"], places["a2"]), shift(places["b3"], places["b4"])])
    row = found.movers.loc[example]
    assert (row["shift"], row["spread"], row["beyond"]) == pytest.approx((between, within, between - within))
    assert row["confidence_first"] == pytest.approx(
        np.mean([df.loc[example, "confidence"] for df in seeds[0].values()])
    )
    assert found.movers["beyond"].is_monotonic_decreasing


def test_only_examples_on_all_maps_count(seeds):
    first, second = seeds
    second = {"b3": second["b3"].iloc[10:], "b4": second["b4"].iloc[:-10].iloc[::-1]}
    found = compare_runs(first, second)
    assert (found.examples, found.left_out) == (180, 20)
    assert set(found.movers.index) == set(first["a1"].index[10:-10])


def test_rankings_of_labels_are_compared_where_they_are_given(seeds):
    maps = {**seeds[0], **seeds[1]}
    rankings = {
        name: pd.DataFrame({"rank": range(1, 201), "probability": np.linspace(1, 0, 200)}, index=df.index)
        for name, df in maps.items()
    }
    found = compare_runs(*seeds, suspects=rankings, most_suspects=10)
    assert found.figures["between_suspects_shared_share"] == 1


def test_labels_of_two_versions_are_compared(seeds):
    labels = pd.Series("yes", index=seeds[0]["a1"].index)
    changed = compare_runs(*seeds).movers.index[[0, 4]]
    found = compare_runs(*seeds, labels=(labels, labels.mask(labels.index.isin(changed), "no")))
    assert found.relabelled.ids.tolist() == changed.tolist()
    assert (found.figures["labels"], found.figures["relabelled"]) == (200, 2)
    beyond = found.movers["beyond"]
    assert found.figures["relabelled_median_beyond"] == beyond.iloc[[0, 4]].median()
    assert found.figures["same_label_median_beyond"] == beyond.drop(changed).median()


def test_errors(seeds, make_map):
    first, second = seeds
    for message, (one, two, names) in {
        "Both settings are called 'A': give them two names.": (first, second, ("A", "A")),
        "There are 1 and 1 runs: give one or more of each, together three.": (
            {"a": first["a1"]},
            {"b": second["b3"]},
            ("A", "B"),
        ),
        "There are 2 and 0 runs: give one or more of each, together three.": (first, {}, ("A", "B")),
        "The run 'a1' is named in both settings; a run belongs to one.": (first, first, ("A", "B")),
        "No example has a place on all of the maps, so there is nothing to compare.": (
            {"a": make_map(20)},
            {"b": make_map(20).iloc[:5], "c": make_map(20).iloc[5:]},
            ("A", "B"),
        ),
    }.items():
        with pytest.raises(InputError) as caught:
            compare_runs(one, two, names=names)
        assert str(caught.value) == message
