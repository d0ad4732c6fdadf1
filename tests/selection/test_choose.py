"""What is chosen: exactly as many, each once, whatever the order of the rows."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography import categorize_examples
from dataset_cartography.datamap import FACTS
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.regions import assign_categories, get_examples_by_category
from dataset_cartography.selection import select_examples

# Few values, so that there are ties.
VALUES = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, np.nan])


@st.composite
def maps(draw):
    """A categorized map with ties, unseen examples and the columns `label` and `group` (of near-duplicates)."""
    n = draw(st.integers(1, 30))
    confidence = draw(st.lists(VALUES, min_size=n, max_size=n))
    columns = {
        "confidence": confidence,
        "variability": [value / 2 for value in draw(st.lists(VALUES, min_size=n, max_size=n))],
        "label": draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=n, max_size=n)),
        "group": draw(st.lists(st.sampled_from([1, 2, 3, 4, None]), min_size=n, max_size=n)),
    }
    df = pd.DataFrame(columns, index=pd.Index(range(100, 100 + n), name="example_id"))
    df["label"] = df["label"].astype(object)
    return assign_categories(df)


@st.composite
def rules(draw):
    """Arguments that say what can be chosen and in which order."""
    rule = {"seed": draw(st.integers(0, 3))}
    if categories := draw(st.lists(st.sampled_from(["easy", "ambiguous", "hard"]), max_size=2, unique=True)):
        rule["category"] = categories
    by = draw(st.sampled_from([None, "random", "confidence", "variability"]))
    if by:
        rule["by"] = by
    if by in ("confidence", "variability"):
        rule["end"] = draw(st.sampled_from(["low", "high", "both"]))
    return rule


SHARED = st.sampled_from([{}, {"balance": "label"}, {"easy_floor": 0.3}, {"stratify": "label"}])


def chosen_of(df, rule):
    """The selection, or None where there are not as many."""
    try:
        return select_examples(df, **rule)
    except InputError as error:
        if "can be chosen of the map's" in str(error):
            return None
        raise


@settings(max_examples=100, deadline=None)
@given(maps(), rules(), SHARED, st.integers(1, 30), st.booleans())
def test_exactly_as_many_each_once_of_what_was_asked_for(df, rule, shared, n, thinned):
    duplicates = df["group"] if thinned else None
    ids = chosen_of(df, {**rule, **shared, "n": n, "duplicates": duplicates})
    if ids is None:
        return
    assert len(ids) == n == len(set(ids)) == ids.how["chosen"]
    assert set(ids) <= set(df.index)
    rows = df.loc[ids]
    categories = set(rule.get("category", ["easy", "ambiguous", "hard"]))
    if "category" in rule:
        assert set(rows["category"]) <= categories | ({"easy"} if "easy_floor" in shared else set())
    if shared.get("easy_floor"):
        assert (rows["category"] == "easy").sum() >= 0.3 * n
    elif "end" in rule:
        assert rows[rule["by"]].notna().all()
    if {"balance", "stratify"} & set(shared):
        assert rows["label"].notna().all()
    if thinned:
        assert rows["group"].dropna().is_unique


@settings(max_examples=100, deadline=None)
@given(maps(), rules(), SHARED, st.integers(1, 30), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(df, rule, shared, n, thinned, chance):
    rows = list(range(len(df)))
    chance.shuffle(rows)
    other = df.iloc[rows]
    rule = {**rule, **shared, "n": n}
    first = chosen_of(df, {**rule, "duplicates": df["group"] if thinned else None})
    assert chosen_of(other, {**rule, "duplicates": other["group"] if thinned else None}) == first


@settings(max_examples=100, deadline=None)
@given(
    maps(), rules(), SHARED.filter(lambda shared: "stratify" not in shared), st.integers(1, 30), st.booleans()
)
def test_a_smaller_selection_is_part_of_a_larger_one(df, rule, shared, n, thinned):
    rule = {**rule, **shared, "duplicates": df["group"] if thinned else None}
    larger, smaller = (chosen_of(df, {**rule, "n": size}) for size in (n + 1, n))
    if larger is not None:
        assert set(smaller) < set(larger)


@settings(max_examples=100, deadline=None)
@given(maps(), rules(), st.integers(1, 30))
def test_balanced_groups_differ_by_one_at_most_where_none_runs_out(df, rule, n):
    whole = chosen_of(df[df["label"].notna()], rule) or []
    ids = chosen_of(df, {**rule, "n": n, "balance": "label"})
    if ids is None:
        assert n > len(whole)
        return
    available = df.loc[list(whole), "label"].value_counts()
    counts = df.loc[ids, "label"].value_counts().reindex(available.index, fill_value=0)
    assert ids.how["groups"] == {**dict.fromkeys(df["label"].dropna(), 0), **counts.to_dict()}
    not_exhausted = counts[counts < available]
    assert not_exhausted.empty or counts.max() - not_exhausted.min() <= 1


@settings(max_examples=100, deadline=None)
@given(maps(), rules(), st.integers(1, 30))
def test_stratified_groups_keep_their_shares(df, rule, n):
    whole = chosen_of(df[df["label"].notna()], rule) or []
    ids = chosen_of(df, {**rule, "n": n, "stratify": "label"})
    if ids is None:
        assert n > len(whole)
        return
    share = df.loc[list(whole), "label"].value_counts() / len(whole)
    counts = df.loc[ids, "label"].value_counts().reindex(share.index, fill_value=0)
    exact = share * n
    assert (counts >= np.floor(exact - 1e-9)).all()
    assert (counts <= np.ceil(exact + 1e-9)).all()
    # Who got one more had no smaller remainder than who did not.
    up = counts > np.floor(exact + 1e-9)
    remainder = exact - np.floor(exact + 1e-9)
    if up.any() and not up.all():
        assert remainder[up].min() >= remainder[~up].max() - 1e-9


@settings(max_examples=100, deadline=None)
@given(maps(), st.integers(1, 15), st.sampled_from(["low", "high", "both"]))
def test_a_metrics_ends_are_those_of_a_sort(df, n, end):
    values = df["confidence"].dropna().sort_values()
    ids = chosen_of(df, {"n": n, "by": "confidence", "end": end})
    if ids is None:
        assert n > len(values)
        return
    low = {"low": n, "high": 0, "both": (n + 1) // 2}[end]
    expected = [*values[:low], *values[len(values) - (n - low) :]]
    assert sorted(df.loc[ids, "confidence"]) == expected


@pytest.fixture
def df():
    confidence = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, np.nan]
    variability = [0.1, 0.0, 0.3, 0.4, 0.1, 0.3, 0.1, 0.0, 0.1, np.nan]
    columns = {"confidence": confidence, "variability": variability, "label": list("aaaaabbbcc")}
    return categorize_examples(pd.DataFrame(columns, index=list("ABCDEFGHIJ")))


@pytest.mark.parametrize(
    ("fraction", "count"), [(0.1, 1), (0.3, 3), (0.33, 3), (0.67, 7), (0.99, 10), (1.0, 10), (1, 10)]
)
def test_a_fraction_is_of_the_whole_map_to_the_nearest_number(df, fraction, count):
    assert len(select_examples(df, fraction=fraction, by="random")) == count


def test_ends_go_by_what_the_metric_says_of_itself(df):
    df["mean_loss"] = -df["confidence"]
    for by in ("confidence", "mean_loss"):
        assert select_examples(df, n=2, by=by) == ["I", "H"]
        assert select_examples(df, n=2, by=by, end="hard") == ["I", "H"]
        assert select_examples(df, n=2, by=by, end="easy") == ["A", "B"]
        assert select_examples(df, n=3, by=by, end="both") == ["I", "A", "H"]
    assert select_examples(df, n=1, by="variability", end="high") == ["D"]


def test_of_a_single_region_the_most_typical_come_first(df):
    for category in ("easy", "ambiguous", "hard"):
        assert select_examples(df, category=category) == get_examples_by_category(df, category)
        assert select_examples(df, n=1, category=category) == get_examples_by_category(df, category, 1)
    assert select_examples(df, n=2, category="hard") == ["I", "H"]
    two = select_examples(df, category=["easy", "hard"])
    assert sorted(two) == ["A", "B", "E", "G", "H", "I"]


def test_chance_goes_by_the_seed(df):
    picked = [tuple(select_examples(df, n=5, by="random", seed=seed)) for seed in range(20)]
    assert len(set(picked)) > 15
    assert picked[3] == tuple(select_examples(df, n=5, seed=3))
    # Seed and id alone decide, by SHA-256: the same on every machine.
    drawn = sorted(df.index, key=lambda id_: hashlib.sha256(f"select:3:{id_}".encode()).digest())
    assert picked[3] == tuple(drawn[:5])


def test_chance_takes_every_example_as_often(df):
    counts = pd.Series(
        [id_ for seed in range(400) for id_ in select_examples(df, n=3, seed=seed)]
    ).value_counts()
    # 400 draws of 3 in 10: 120 each, with a standard deviation of 9.2.
    assert len(counts) == 10
    assert counts.between(80, 160).all()


def test_the_easy_floor_adds_easy_examples_to_another_region(df):
    ids = select_examples(df, n=4, category="ambiguous", easy_floor=0.25)
    assert ids[:3] == get_examples_by_category(df, "ambiguous")
    assert ids[3] in ("A", "B", "E")
    assert ids.how["rule"] == (
        "ambiguous examples, the most typical first; 1 of them easy ones, drawn at random"
    )
    assert ids.how["left_out"] == {"not ambiguous or easy": 4}
    # 0.1 * 30 is more than 3 to a computer.
    many = pd.concat([df.set_index(df.index + str(number)) for number in range(10)])
    many = select_examples(many, n=30, category="hard", easy_floor=0.1)
    assert many.how["rule"].startswith("hard examples, the most typical first; 3 of them")


def test_of_near_duplicates_the_first_in_the_order_is_kept(df):
    groups = pd.Series({"G": 1, "H": 1, "I": 1, "A": 2, "B": 2})
    assert select_examples(df, n=3, by="confidence", duplicates=groups) == ["I", "F", "E"]
    assert select_examples(df, n=3, by="confidence", end="easy", duplicates=groups) == ["A", "C", "D"]
    # The ends take turns among those that are left.
    assert select_examples(df, n=4, by="confidence", end="both", duplicates=groups) == ["I", "A", "F", "C"]
    ids = select_examples(df, category="hard", duplicates=groups, exclude=["I"])
    assert ids == ["H"]
    assert ids.how["left_out"] == {"excluded": 1, "not hard": 7, "near-duplicates of others": 1}


def test_ids_can_be_left_out_and_chosen_among(df):
    ids = select_examples(df, by="confidence", among=["I", "H", "A", "nobody"], exclude=["H", "E"])
    assert ids == ["I", "A"]
    assert ids.how["left_out"] == {"not among the ids given": 7, "excluded": 1}
    assert ids.notes == ["1 of the 4 ids to choose among are not on the map"]
    frame = pd.DataFrame({"rank": [1, 2]}, index=["I", "H"])
    assert select_examples(df, n=1, by="confidence", exclude=frame) == ["G"]
    assert select_examples(df, n=1, by="confidence", exclude=[]) == ["I"]


def test_integer_ids_stay_integers_and_are_found_as_text(df):
    df.index = range(10)
    ids = select_examples(df, n=2, by="confidence", exclude=["8"])
    assert ids == [7, 6]
    assert [type(id_) for id_ in ids] == [int, int]


def test_groups_can_come_from_a_series(df):
    group = pd.Series({"I": "x", "H": "x", "G": "x", "B": "y", "A": "y", "unknown": "z"}, name="ward")
    ids = select_examples(df, n=4, by="confidence", balance=group)
    assert sorted(ids) == ["A", "B", "H", "I"]
    assert ids.how["groups"] == {"x": 2, "y": 2}
    assert ids.how["groups_could_be_chosen"] == {"x": 3, "y": 2}
    assert ids.how["left_out"] == {"without a value of 'confidence'": 1, "without a value of 'ward'": 4}
    assert (
        ids.how["rule"] == "all examples, the lowest confidence first; of each ward as many as of the others"
    )
    shares = select_examples(df, n=3, stratify="category", by="confidence")
    assert sorted(shares) == ["E", "F", "I"]
    assert shares.how["groups"] == {"easy": 1, "ambiguous": 1, "hard": 1}


def test_how_it_was_chosen_can_be_written_as_json(df):
    df.attrs[FACTS] = {"dataset": "demo", "epochs": [1, 2], "coverage": [], "task": "qa"}
    ids = select_examples(df, n=2, category="hard", seed=7)
    assert json.loads(json.dumps(ids.how)) == {
        "rule": "hard examples, the most typical first",
        "seed": 7,
        "chosen": 2,
        "could_be_chosen": 3,
        "of": 10,
        "left_out": {"not hard": 7},
        "map": {"dataset": "demo", "task": "qa", "epochs": [1, 2]},
        "regions": {"method": "threshold", "confidence_threshold": None, "variability_threshold": None},
    }


REFUSED = [
    ({"n": 0}, "n must be a whole number of at least 1; got 0."),
    ({"n": 2.5}, "n must be a whole number of at least 1; got 2.5."),
    ({"n": True}, "n must be a whole number of at least 1; got True."),
    ({"fraction": 0}, "The fraction must be above 0 and at most 1; got 0."),
    ({"fraction": 1.01}, "The fraction must be above 0 and at most 1; got 1.01."),
    ({"fraction": float("nan")}, "The fraction must be above 0 and at most 1; got nan."),
    ({"fraction": 0.01}, "A fraction of 0.01 of the 10 examples of the map is less than one example."),
    ({"n": 1, "fraction": 0.5}, "Give one of n and fraction: both say how many."),
    ({"n": 11}, "11 examples are asked for, and only 10 can be chosen of the map's 10."),
    (
        {"n": 10, "by": "confidence"},
        "10 examples are asked for, and only 9 can be chosen of the map's 10 (1 without a value of 'confidence').",
    ),
    (
        {"n": 4, "category": "hard", "exclude": ["I"]},
        "4 examples are asked for, and only 2 can be chosen of the map's 10 (1 excluded, 7 not hard).",
    ),
    (
        {"category": "hard", "exclude": list("EFGHI")},
        "No example can be chosen of the map's 10 (5 excluded, 5 not hard).",
    ),
    (
        {"n": 8, "category": "hard", "easy_floor": 0.5},
        "4 easy examples are to be among those chosen, and only 3 can be chosen of the map's 10 (4 not hard or easy).",
    ),
    (
        {"n": 6, "category": "hard", "easy_floor": 0.2},
        "4 examples are asked for beside the easy ones, and only 3 can be chosen of the map's 10 (4 not hard or easy).",
    ),
    ({"easy_floor": 0.1}, "An easy floor is a share of those chosen: give n or fraction too."),
    ({"n": 1, "easy_floor": 1.1}, "The easy floor must be between 0 and 1; got 1.1."),
    (
        {"n": 5, "easy_floor": 0.1, "balance": "label"},
        (
            "An easy floor goes with neither balance nor stratify: select the easy examples by themselves, and "
            "join the two selections."
        ),
    ),
    (
        {"n": 5, "stratify": "label", "balance": "label"},
        "Give one of balance and stratify: equal numbers and the given shares exclude each other.",
    ),
    (
        {"balance": "label"},
        "Groups are balanced or stratified in a part of the examples: give n or fraction too.",
    ),
    ({"category": "harder"}, "Unknown category 'harder'; choose from: easy, ambiguous, hard."),
    ({"by": "loss"}, "Unknown metric 'loss'; the map has: confidence, variability. Or choose by 'random'."),
    ({"by": "label"}, "Unknown metric 'label'; the map has: confidence, variability. Or choose by 'random'."),
    ({"by": "confidence", "end": "top"}, "Unknown end 'top'; choose one of: hard, easy, low, high, both."),
    (
        {"by": "variability"},
        "Neither end of 'variability' is the hard one: give the end low, high or both.",
    ),
    ({"end": "low"}, "The end 'low' is a metric's: say which with by."),
    (
        {"exclude": ["x", "y"]},
        "None of the 2 ids to leave out, such as 'x', is on the map, where the first is 'A'.",
    ),
    (
        {"duplicates": pd.Series([1, 1], index=["A", "A"])},
        "The values that say what is a near-duplicate have the id 'A' more than once.",
    ),
    (
        {"n": 1, "balance": pd.Series([[1], [2]], index=["A", "B"], name="answers")},
        "Cannot group by 'answers': its values are lists or objects, not labels.",
    ),
]


@pytest.mark.parametrize(("rule", "sentence"), REFUSED)
def test_what_cannot_be_chosen_is_one_sentence(df, rule, sentence):
    with pytest.raises(InputError) as error:
        select_examples(df, **rule)
    assert str(error.value) == sentence


def test_a_map_must_have_what_a_rule_needs(df):
    with pytest.raises(MissingColumnError) as error:
        select_examples(df.drop(columns="category"), category="hard")
    assert str(error.value) == (
        "Column 'category' not found in the map; its columns are: 'confidence', 'variability', 'label'. Call "
        "categorize_examples(df) first."
    )
    with pytest.raises(MissingColumnError) as error:
        select_examples(df, n=1, balance="ward")
    assert str(error.value) == (
        "Column 'ward' not found in the map; its columns are: 'confidence', 'variability', 'label', 'category'. "
        "Give a column of the dataset as a series indexed by id."
    )
    with pytest.raises(InputError) as repeated:
        select_examples(df.set_index(pd.Index(["A"] * 10)))
    assert str(repeated.value) == "The map has the id 'A' more than once."
