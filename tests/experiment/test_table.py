import io

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.paired import paired_difference
from dataset_cartography.experiment.table import COLUMNS, experiment_table
from simulated_experiments import CLEANING, SUBSETS, simulate

OTHER_EXAMPLES = (
    "The cell 'easy-0.33-seed1' scored other examples of its evaluation 'eval' than the cells before it: run all of "
    "them with the same evaluation data."
)
LEVELS = {"full": 0.8, "random": 0.7, "easy": 0.5, "ambiguous": 0.7}


def row_of(table, arm, fraction=np.nan, evaluation="eval"):
    same = table["fraction"].isna() if np.isnan(fraction) else table["fraction"] == fraction
    (found,) = table[(table["arm"] == arm) & same & (table["evaluation"] == evaluation)].to_dict("records")
    return found


def stacked(scores, arm, seeds, evaluation="eval"):
    return np.array([scores[f"{arm}-seed{seed}"][evaluation] for seed in seeds])


def test_a_row_per_evaluation_fraction_and_arm_in_the_plans_order():
    plan, results, scores = simulate(levels=LEVELS, fractions=[0.33, 0.1], evaluations=["eval", "ood"])
    table = experiment_table(plan, results.sample(frac=1, random_state=0), scores)
    assert list(table.columns) == COLUMNS
    names = [(name, fraction) for fraction in (0.33, 0.1) for name in ("random", "easy", "ambiguous")]
    expected = [(evaluation, *each) for evaluation in ("eval", "ood") for each in [("full", -1), *names]]
    rows = table.fillna({"fraction": -1})[["evaluation", "arm", "fraction"]]
    assert list(rows.itertuples(index=False, name=None)) == expected


def test_means_spreads_and_costs_are_those_of_the_cells():
    plan, results, scores = simulate(levels=LEVELS, equal="epochs")
    found = row_of(experiment_table(plan, results, scores), "easy", 0.33)
    cells = results[results["arm"] == "easy"]
    assert found["mean"] == pytest.approx(np.mean(cells["eval"]))
    assert found["sd"] == pytest.approx(np.std(cells["eval"], ddof=1))
    assert (found["examples"], found["seeds"], found["planned"], found["evaluated"]) == (330, 3, 3, 400)
    assert (found["steps"], found["seconds"]) == pytest.approx((33, 6.6))
    assert (found["steps_share"], found["seconds_share"]) == pytest.approx((0.33, 0.33))


def test_differences_are_paired_by_seed_and_example_in_points():
    plan, results, scores = simulate(levels=LEVELS)
    # A cell that scored the same examples in another order.
    scores["easy-0.33-seed1"]["eval"] = scores["easy-0.33-seed1"]["eval"].iloc[::-1]
    found = row_of(experiment_table(plan, results, scores), "easy", 0.33)
    scores["easy-0.33-seed1"]["eval"] = scores["easy-0.33-seed1"]["eval"].iloc[::-1]
    easy = stacked(scores, "easy-0.33", (0, 1, 2))
    for kind, other in (("control", "random-0.33"), ("full", "full")):
        expected = paired_difference(easy, stacked(scores, other, (0, 1, 2)))
        told = [found[f"{kind}_{name}"] for name in ("difference", "low", "high", "seeds", "verdict")]
        assert told[:3] == pytest.approx([100 * value for value in expected[:3]])
        assert told[3:] == [3, "worse"]
    assert found["control"] == "random"


def test_only_an_interval_that_excludes_zero_is_better_or_worse():
    plan, results, scores = simulate(levels=LEVELS)
    table = experiment_table(plan, results, scores)
    verdicts = {name: row_of(table, name, 0.33)["control_verdict"] for name in ("easy", "ambiguous")}
    assert verdicts == {"easy": "worse", "ambiguous": "undecided"}
    for _, row in table[table["control"].notna()].iterrows():
        outside = row["control_low"] > 0 or row["control_high"] < 0
        assert outside == (row["control_verdict"] in ("better", "worse"))
    turned = experiment_table(*simulate(levels={**LEVELS, "easy": 0.9}))
    assert row_of(turned, "easy", 0.33)["control_verdict"] == "better"


def test_full_and_controls_have_no_control():
    plan, results, scores = simulate(levels=LEVELS)
    table = experiment_table(plan, results, scores)
    full, random = row_of(table, "full"), row_of(table, "random", 0.33)
    assert pd.isna([full["control"], full["control_verdict"], full["full_verdict"], random["control"]]).all()
    assert random["full_verdict"] == "worse"
    assert (full["steps_share"], full["seconds_share"]) == (1, 1)


def test_arms_without_fraction_are_compared_with_theirs():
    levels = {"full": 0.7, "random_removal": 0.7, "cleaned": 0.85}
    table = experiment_table(*simulate(CLEANING, levels=levels, fractions=[]))
    found = row_of(table, "cleaned")
    assert (found["control"], found["control_verdict"], found["full_verdict"]) == (
        "random_removal",
        "better",
        "better",
    )


def test_unfinished_cells_leave_the_verdict_open_and_pair_what_both_have():
    plan, results, scores = simulate(
        levels=LEVELS, unfinished=["easy-0.33-seed2", "random-0.33-seed1", "ambiguous-0.33-seed0"]
    )
    found = row_of(experiment_table(plan, results, scores), "easy", 0.33)
    assert (found["seeds"], found["planned"], found["control_seeds"], found["full_seeds"]) == (2, 3, 1, 2)
    assert (found["control_verdict"], found["full_verdict"]) == ("open", "open")
    expected = paired_difference(stacked(scores, "easy-0.33", [0]), stacked(scores, "random-0.33", [0]))
    assert found["control_low"] == pytest.approx(100 * expected.low)


def test_one_planned_seed_has_an_interval_and_no_verdict():
    table = experiment_table(*simulate(levels=LEVELS, seeds=[7]))
    found = row_of(table, "easy", 0.33)
    assert found["control_high"] < 0
    assert (found["control_verdict"], found["control_seeds"]) == ("open", 1)
    assert np.isnan(found["sd"])


def test_arms_without_finished_cells_have_no_row():
    unfinished = [f"{name}-seed{seed}" for name in ("full", "random-0.33") for seed in range(3)]
    plan, results, scores = simulate(levels=LEVELS, unfinished=unfinished)
    table = experiment_table(plan, results, scores)
    assert list(table["arm"]) == ["easy", "ambiguous"]
    found = row_of(table, "easy", 0.33)
    assert (found["control_verdict"], found["full_verdict"], found["control_seeds"]) == ("open", "open", 0)
    assert np.isnan([found["control_low"], found["full_low"], found["steps_share"]]).all()
    assert list(experiment_table(plan, results.iloc[:0], {}).columns) == COLUMNS


def test_seeds_and_arms_that_are_not_planned_are_left_out():
    plan, results, scores = simulate(levels=LEVELS, seeds=[0, 1, 2, 3])
    table = experiment_table({**plan, "seeds": [0, 2], "arms": SUBSETS[:3]}, results, scores)
    assert list(table["arm"]) == ["full", "random", "easy"]
    assert list(table["seeds"]) == [2, 2, 2]
    assert row_of(table, "full")["mean"] == results.query("arm == 'full' and seed in (0, 2)")["eval"].mean()


def test_groups_of_examples_widen_the_interval():
    plan, results, scores = simulate(levels=LEVELS)
    ids = scores["full-seed0"]["eval"].index
    alone = row_of(experiment_table(plan, results, scores), "easy", 0.33)
    groups = pd.Series(np.arange(400) // 100, index=ids)
    found = row_of(experiment_table(plan, results, scores, {"eval": groups.iloc[::-1]}), "easy", 0.33)
    expected = paired_difference(
        *(stacked(scores, name, (0, 1, 2)) for name in ("easy-0.33", "random-0.33")), clusters=groups
    )
    assert (found["control_low"], found["control_high"]) == pytest.approx(
        (100 * expected.low, 100 * expected.high)
    )
    assert found["control_low"] != alone["control_low"]


def test_a_table_in_a_file_is_the_same_table():
    table = experiment_table(*simulate(levels=LEVELS, evaluations=["eval", "ood"]))
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    pd.testing.assert_frame_equal(read, table, check_dtype=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda scores: scores["easy-0.33-seed1"].pop("eval"),
            "The cell 'easy-0.33-seed1' is finished, but has no scores of its evaluation 'eval'.",
        ),
        (
            lambda scores: scores["easy-0.33-seed1"].update(eval=scores["full-seed0"]["eval"].iloc[:-1]),
            OTHER_EXAMPLES,
        ),
        (
            lambda scores: scores["easy-0.33-seed1"].update(
                eval=scores["full-seed0"]["eval"].rename(str.upper)
            ),
            OTHER_EXAMPLES,
        ),
        (
            lambda scores: scores["easy-0.33-seed1"]["eval"].__setitem__(slice(0, 2), np.nan),
            "The cell 'easy-0.33-seed1' has no score for 2 of the 400 examples of its evaluation 'eval'.",
        ),
    ],
)
def test_scores_that_cannot_be_paired_are_refused(change, message):
    plan, results, scores = simulate(levels=LEVELS)
    change(scores)
    with pytest.raises(InputError) as error:
        experiment_table(plan, results, scores)
    assert str(error.value) == message
