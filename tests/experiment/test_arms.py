import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.experiment import SUBSETS, make_arms, make_cells
from dataset_cartography.selection import select_examples


@pytest.fixture
def df():
    draw = np.random.default_rng(0)
    ids = [f"e{number:03}" for number in range(200)]
    columns = {"confidence": draw.random(200), "variability": draw.random(200) / 2, "label": ["a", "b"] * 100}
    return pd.DataFrame(columns, index=ids)


def cells_of(df, subsets=SUBSETS, fractions=(0.25,), seeds=(0, 1), **more):
    cells = make_cells(make_arms(df, subsets, strata="label", **more), fractions, seeds)
    return {cell.name: cell for cell in cells}


def test_every_arm_has_its_size_and_the_full_data_comes_first(df):
    cells = cells_of(df, fractions=(0.25, 0.1))
    assert next(iter(cells)) == "full-seed0"
    assert {name: len(cell.ids) for name, cell in cells.items() if name.endswith("seed1")} == {
        "full-seed1": 200,
        **{f"{arm}-0.25-seed1": 50 for arm in SUBSETS},
        **{f"{arm}-0.1-seed1": 20 for arm in SUBSETS},
    }
    assert [cell.seed for cell in cells.values()] == [0] * 11 + [1] * 11


def test_regions_are_the_ends_of_the_metrics_that_the_paper_takes(df):
    cells = cells_of(df)
    by_confidence = df["confidence"].sort_values().index
    assert set(cells["hard-0.25-seed0"].ids) == set(by_confidence[:50])
    assert set(cells["easy-0.25-seed0"].ids) == set(by_confidence[-50:])
    assert set(cells["ambiguous-0.25-seed0"].ids) == set(df["variability"].nlargest(50).index)


def test_what_a_metric_chooses_is_one_set_and_what_chance_chooses_is_drawn_with_every_seed(df):
    cells = cells_of(df)
    for arm in ("easy", "hard", "ambiguous"):
        assert set(cells[f"{arm}-0.25-seed0"].ids) == set(cells[f"{arm}-0.25-seed1"].ids)
    for arm in ("random", "stratified"):
        assert set(cells[f"{arm}-0.25-seed0"].ids) != set(cells[f"{arm}-0.25-seed1"].ids)


def test_stratified_keeps_the_shares(df):
    df["label"] = ["a"] * 160 + ["b"] * 40
    chosen = cells_of(df)["stratified-0.25-seed0"].ids
    assert df.loc[list(chosen), "label"].value_counts().to_dict() == {"a": 40, "b": 10}


def test_random_is_trained_though_only_hard_is_asked_for_since_it_is_the_control(df):
    arms = make_arms(df, ["hard"], strata="label")
    assert [(arm.name, arm.control) for arm in arms] == [("full", None), ("random", None), ("hard", "random")]


def test_an_own_selection_is_in_the_maps_order_and_has_as_many_at_random_beside_it(df):
    cells = cells_of(df, subsets=(), selections={"mine": ["e007", "e001", "e003"]})
    assert cells["mine-seed0"].ids == ("e001", "e003", "e007")
    assert len(cells["random-as-mine-seed0"].ids) == 3
    assert cells["random-as-mine-seed0"].ids != cells["random-as-mine-seed1"].ids
    assert sorted(cells) == sorted(
        f"{arm}-seed{seed}" for arm in ("full", "mine", "random-as-mine") for seed in (0, 1)
    )


def test_cleaned_corrected_and_as_many_removed_at_random(df):
    more = {"suspects": ["e001", "e002", "e003"], "unmended": ["e002"], "corrected": "corrected.jsonl"}
    cells = cells_of(df, subsets=(), **more)
    assert set(df.index) - set(cells["cleaned-seed0"].ids) == {"e001", "e002", "e003"}
    assert len(cells["random_removal-seed0"].ids) == 197
    assert set(cells["random_removal-seed0"].ids) != set(cells["random_removal-seed1"].ids)
    assert set(df.index) - set(cells["corrected-seed0"].ids) == {"e002"}
    assert cells["corrected-seed0"].dataset == "corrected.jsonl"
    assert cells["cleaned-seed0"].dataset is None


def test_the_order_of_the_maps_rows_changes_no_arm(df):
    shuffled = df.sample(frac=1, random_state=1)
    one, other = cells_of(df), cells_of(shuffled)
    assert {name: set(cell.ids) for name, cell in one.items()} == {
        name: set(cell.ids) for name, cell in other.items()
    }


def test_random_is_what_select_examples_draws(df):
    expected = select_examples(df, fraction=0.25, by="random", seed=1)
    assert cells_of(df)["random-0.25-seed1"].ids == tuple(expected)


@pytest.mark.parametrize(
    "name", ["full", "easy", "cleaned", "random-as-me", "a/b", "..", "", "x" * 41, "a b"]
)
def test_a_name_that_is_taken_or_no_folders_is_refused(df, name):
    with pytest.raises(InputError) as refusal:
        make_arms(df, [], strata="label", selections={name: ["e001"]})
    assert str(refusal.value) == (
        f"A selection cannot be called {name!r}: give it a name of up to 40 letters, digits, '_', '-' and '.' that is "
        "none of ambiguous, cleaned, corrected, easy, full, hard, random, random_removal, stratified and does not "
        "begin with 'random'."
    )


def test_an_id_that_is_not_on_the_map_is_named(df):
    with pytest.raises(InputError) as refusal:
        make_arms(df, [], strata="label", selections={"mine": ["e001", "nobody"]})
    assert str(refusal.value) == (
        "1 of the 2 ids of the selection 'mine', such as 'nobody', are not on the map, or were never seen in training."
    )
    with pytest.raises(InputError) as refusal:
        make_arms(df, [], strata="label", selections={"mine": []})
    assert str(refusal.value) == "The selection 'mine' holds no ids."


def test_an_unknown_arm_is_refused(df):
    with pytest.raises(InputError) as refusal:
        make_arms(df, ["odd"], strata="label")
    assert str(refusal.value) == "Unknown arm 'odd'; choose from random, stratified, easy, hard, ambiguous."
