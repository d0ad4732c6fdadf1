import pytest

from dataset_cartography.comparison.facts import check_comparable, differing_facts
from dataset_cartography.errors import InputError
from dataset_cartography.regions import assign_categories


def maps(make_map, one, two):
    made = make_map(20, **one), make_map(20, **two)
    return {name: assign_categories(df) for name, df in zip("AB", made, strict=True)}


def test_only_what_differs_is_told_the_important_first(make_map):
    one = {
        "versions": {"torch": "2.13"},
        "training": {"seed": 1, "lr": 0.1},
        "model": "m",
        "labels": ["x", "y"],
    }
    two = {"versions": {"torch": "2.12"}, "training": {"seed": 2, "lr": 0.1}, "model": "n", "coverage": [1]}
    found = differing_facts(maps(make_map, one, two))
    assert found.to_dict("index") == {
        "model": {"A": "m", "B": "n"},
        "labels": {"A": "x, y", "B": None},
        "training: seed": {"A": 1, "B": 2},
        "versions: torch": {"A": "2.13", "B": "2.12"},
    }
    assert list(found.index) == ["model", "labels", "training: seed", "versions: torch"]


def test_a_group_that_a_map_has_nothing_of_is_one_row(make_map):
    one = {"training": {"seed": 1}}
    two = {"training": {"seed": 1}, "cross_fit": {"number of folds": 3, "seed": 42, "deep": {"a_b": 1}}}
    found = differing_facts(maps(make_map, one, two))
    assert found.to_dict("index") == {
        "cross fit": {"A": None, "B": "number of folds 3, seed 42, deep: a b 1"}
    }


def test_what_two_groups_repeat_is_told_once(make_map):
    plans = [
        {"model": name, "training": {"seed": seed}, "cross_fit": {"model": name, "seed": 42, "folds": folds}}
        for name, seed, folds in (("m", 1, 3), ("n", 2, 5))
    ]
    found = differing_facts(maps(make_map, *plans))
    assert list(found.index) == ["model", "training: seed", "cross fit: folds"]


def test_maps_of_one_region_are_said_to_be(make_map):
    made = {name: make_map(20, seed=seed).assign(category="hard") for seed, name in enumerate("AB")}
    assert check_comparable(made)[0] == (
        'All examples of these maps are hard, so that none changes region: the rule "quantile" would divide them.'
    )


def test_a_map_that_tells_nothing_differs_in_nothing(make_map):
    found = maps(make_map, {"model": "m"}, {})
    found["B"].attrs.pop("cartography")
    assert differing_facts(found).empty
    assert check_comparable(found) == [
        "'B' does not say what was recorded, so that it may differ in more than is told here."
    ]


def test_maps_of_different_tasks_are_refused(make_map):
    with pytest.raises(InputError) as caught:
        check_comparable(maps(make_map, {"task": "qa"}, {"task": "nli"}))
    assert str(caught.value) == (
        "'A' is a map of the task 'qa' and 'B' of 'nli': their numbers do not mean the same. Compare maps of one task."
    )


def test_evaluated_examples_are_not_trained_ones(make_map):
    with pytest.raises(InputError) as caught:
        check_comparable(maps(make_map, {"mode": "evaluation"}, {"mode": "in_training"}))
    assert str(caught.value) == (
        "'A' was recorded in evaluation passes and 'B' recorded in training: examples that a model learnt from cannot "
        "be compared with examples that it did not. Compare maps of one kind."
    )


@pytest.mark.parametrize(
    ("one", "two", "sentence"),
    [
        (
            {"mode": "in_training"},
            {"mode": "epoch_end"},
            "'A' was recorded in training and 'B' recorded in a pass after each epoch, which by itself moves examples.",
        ),
        (
            {"gold_probability": "P(start)·P(end)"},
            {"gold_probability": "√"},
            "'A' and 'B' define the gold probability differently: compare their ranks, not their values.",
        ),
        ({"correct": "exact"}, {"correct": "argmax"}, "'A' and 'B' call different things correct."),
        (
            {"epochs": [1, 2, 3]},
            {"epochs": [1, 2, 3, 4, 5]},
            (
                "'A' and 'B' rest on 3 and 5 epochs, which by itself changes variability and counts; `datamap metrics "
                "--burn_out` makes a map of the first epochs."
            ),
        ),
        ({"labels": ["a", "b"]}, {"labels": ["a", "c"]}, "'A' and 'B' have other labels to choose from."),
        (
            {},
            {"planted_labels": {"share": 0.1, "kind": "uniform", "seed": 0, "count": 2}},
            (
                "'B': 2 of the labels that this run learnt (10%) were made wrong on purpose (uniform, seed 0), to "
                "measure how well they are found; labels shown beside the map are the dataset's own."
            ),
        ),
    ],
)
def test_what_qualifies_a_comparison_is_said(make_map, one, two, sentence):
    assert check_comparable(maps(make_map, one, two)) == [sentence]


def test_what_does_not_matter_is_not_said(make_map):
    one, two = {"labels": ["a", "b"], "mode": "imported"}, {"labels": ["b", "a"], "mode": "in_training"}
    assert check_comparable(maps(make_map, one, two)) == []


def test_other_rules_of_regions_are_said(make_map):
    made = {"A": assign_categories(make_map(20)), "B": assign_categories(make_map(20), "quantile")}
    assert check_comparable(made) == [
        "The maps are divided into regions by different rules, so that examples change region by them alone."
    ]


def test_of_several_maps_the_first_two_are_named(make_map):
    runs = {name: assign_categories(make_map(20, correct=name[0])) for name in ("a1", "a2", "b1", "b2")}
    assert check_comparable(runs) == ["'a1' and 'b1' call different things correct."]
