import pandas as pd
import pytest

from dataset_cartography.experiment.conclusions import conclude
from dataset_cartography.experiment.table import experiment_table
from simulated_experiments import CLEANING, SUBSETS, simulate

SCOPE = (
    "All of it holds for 'pool.jsonl' with this model and these flags, in percentage points of accuracy; other data, a "
    "larger model or a longer training may differ."
)
ONE_MAP = (
    "The map that chose is of one training on the same examples: choosing by it costs that training first, and another "
    "seed's map would choose others in part."
)
AS_MANY_STEPS = (
    "All trainings made as many steps, so that a smaller arm saw each of its examples more often: differences are of "
    "what was trained on, not of how long, and no training time is saved."
)
AS_MANY_EPOCHS = (
    "All trainings saw their examples equally often, so that a smaller arm made fewer steps: what differs from full "
    "may be of the data or of the length of training; what differs from as many at random is of the data."
)


def made_table(plan, verdicts):
    """A table with these differences: (evaluation, arm, fraction) to those from the control and from full."""
    rows = []
    controls = {arm["name"]: arm["control"] for arm in plan["arms"]}
    for (evaluation, arm, fraction), (control, full) in verdicts.items():
        row = {"evaluation": evaluation, "arm": arm, "fraction": fraction, "control": controls[arm]}
        row |= {"examples": 1000 * (fraction if fraction == fraction else 1), "seeds": len(plan["seeds"])}
        row |= {"steps_share": fraction, "seconds_share": fraction + 0.02}
        for kind, found in (("control", control), ("full", full)):
            names = ("verdict", "difference", "low", "high")
            row |= {
                f"{kind}_{name}": value
                for name, value in zip(names, found or [None] + 3 * [float("nan")], strict=True)
            }
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture
def plan():
    return simulate(levels={"full": 0.5}, evaluations=["eval", "ood"])[0]


NAN = float("nan")


def test_what_was_found_comes_first_and_what_was_not_after_it(plan):
    table = made_table(
        plan,
        {
            ("eval", "full", NAN): (None, None),
            ("eval", "random", 0.33): (None, ("worse", -4.0, -6.0, -2.0)),
            ("eval", "easy", 0.33): (("worse", -3.26, -5.5, -1.02), ("worse", -7.3, -9.0, -5.6)),
            ("eval", "ambiguous", 0.33): (("undecided", 1.0, -0.25, 2.25), ("undecided", -3.0, -6.1, 0.1)),
            ("ood", "full", NAN): (None, None),
            ("ood", "random", 0.33): (None, ("undecided", -0.04, -0.9, 0.82)),
            ("ood", "easy", 0.33): (("undecided", 0.1, -1.0, 1.2), ("undecided", 0.06, -3.0, 3.12)),
            ("ood", "ambiguous", 0.33): (("better", 2.6, 0.04, 5.16), ("better", 2.56, 1.0, 4.12)),
        },
    )
    untold = "cannot be told apart from {} at this size (points that would fit)"
    as_many, full = untold.format("as many at random"), untold.format("full")
    cost = "33% of the examples, 33% of the steps, 35% of the time"
    assert conclude({**plan, "equal": "epochs"}, table) == [
        "Out of domain, better than as many at random: ambiguous at 33% by 2.60 points (0.04 to 5.16).",
        "Out of domain, better than full: ambiguous at 33% by 2.6 points (1.0 to 4.1).",
        "In domain, worse than as many at random: easy at 33% by 3.3 points (1.0 to 5.5).",
        f"Out of domain, at most 1 point worse than full: random at 33% (-0.9 to +0.8; {cost}).",
        f"In domain, {as_many}: ambiguous at 33% (-0.2 to +2.2).",
        f"Out of domain, {as_many}: easy at 33% (-1.0 to +1.2).",
        f"In domain, {full}: ambiguous at 33% (-6.1 to +0.1).",
        f"Out of domain, {full}: easy at 33% (-3.0 to +3.1).",
        "In domain, worse than full: random at 33% by 4.0 points (2.0 to 6.0), easy at 33% by 7.3 points (5.6 to 9.0).",
        "5 of 10 intervals of 95% exclude zero; by chance, if nothing differed, about 0.5 would.",
        AS_MANY_EPOCHS,
        ONE_MAP,
        SCOPE,
    ]


def test_many_that_are_worse_than_full_are_told_by_the_first_and_the_last(plan):
    names = [("random", -3.0), ("easy", -9.0), ("ambiguous", -1.5)]
    table = made_table(
        {**plan, "evaluations": {"eval": {}}},
        {
            ("eval", name, fraction): (
                None,
                ("worse", loss / fraction, loss / fraction - 1, loss / fraction + 1),
            )
            for fraction in (0.5, 0.25)
            for name, loss in names
        },
    )
    told = conclude(plan, table)
    assert told[0] == (
        "In domain, 6 arms are worse than full, from ambiguous at 50% by 3.0 points (2.0 to 4.0) to easy at 25% by "
        "36.0 points (35.0 to 37.0)."
    )


def test_equal_steps_save_no_time_and_say_so(plan):
    table = made_table(plan, {("eval", "ambiguous", 0.1): (None, ("undecided", 0.0, -1.0, 1.0))})
    told = conclude({**plan, "fractions": []}, table)
    assert told[0] == (
        "In domain, at most 1 point worse than full: ambiguous at 10% (-1.0 to +1.0; 10% of the examples)."
    )
    assert AS_MANY_STEPS in told


def test_cleaning_is_held_against_removing_at_random():
    levels = {"full": 0.6, "random_removal": 0.6, "cleaned": 0.85}
    plan, results, scores = simulate(CLEANING, levels=levels, fractions=[], seed=1)
    table = experiment_table(plan, results, scores)
    found = table[table["arm"] == "cleaned"].iloc[0]
    numbers = {
        kind: [f"{found[f'{kind}_{name}']:.1f}" for name in ("difference", "low", "high")]
        for kind in ("control", "full")
    }
    first, second, *_ = conclude(plan, table)
    by, low, high = numbers["control"]
    what = "better than removing as many at random: cleaned"
    assert first == f"In domain, {what} by {by} points ({low} to {high})."
    by, low, high = numbers["full"]
    assert second == f"In domain, better than full: cleaned by {by} points ({low} to {high})."


def test_one_seed_concludes_nothing():
    plan, results, scores = simulate(levels={"full": 0.9, "easy": 0.2}, seeds=[3])
    (told,) = conclude(plan, experiment_table(plan, results, scores))
    assert told == (
        "Nothing can be concluded: with one seed each, another training could turn any difference round, and the "
        "intervals know of the evaluation examples only. Three seeds or more tell how far trainings lie apart."
    )


def test_cells_that_are_wanting_conclude_nothing():
    levels = {"full": 0.9, "random": 0.6, "easy": 0.2, "ambiguous": 0.9}
    plan, results, scores = simulate(
        levels=levels, unfinished=["easy-0.33-seed2", *(f"ambiguous-0.33-seed{seed}" for seed in range(3))]
    )
    told = conclude(plan, experiment_table(plan, results, scores))
    assert told[0].startswith("In domain, worse than full: random at 33% by ")
    assert told[1] == (
        "4 of 12 trainings are not finished, and nothing is concluded where they are needed: easy at 33% (2 of 3 "
        "seeds), ambiguous at 33% (0 of 3 seeds)."
    )
    assert told[2] == "1 of 1 intervals of 95% exclude zero; by chance, if nothing differed, about 0.1 would."
    assert not any("easy" in sentence for sentence in told[2:])


def test_nothing_yet():
    plan, results, _ = simulate(levels={"full": 0.9})
    first, second = conclude(plan, experiment_table(plan, results.iloc[:0], {}))
    assert first == "Nothing can be concluded: no comparison has all of its seeds yet."
    wanting = [
        f"{name} (0 of 3 seeds)" for name in ("full", "random at 33%", "easy at 33%", "ambiguous at 33%")
    ]
    assert second == (
        "12 of 12 trainings are not finished, and nothing is concluded where they are needed: "
        f"{', '.join(wanting)}."
    )


def test_long_lists_are_cut():
    fractions = [k / 20 for k in range(1, 11)]
    arms = SUBSETS[:2]
    plan, results, scores = simulate(arms, levels={"full": 0.5}, fractions=fractions, seed=1)
    table = experiment_table(plan, results, scores)
    undecided = table["full_verdict"] == "undecided"
    assert undecided.sum() > 8
    told = conclude(plan, table)[0]
    assert told.endswith(f", and {undecided.sum() - 8} more.")


def test_arms_that_no_map_chose_say_nothing_of_maps(plan):
    table = made_table(plan, {("eval", "random", 0.33): (None, ("worse", -4.0, -6.0, -2.0))})
    assert ONE_MAP not in conclude({**plan, "arms": SUBSETS[:2]}, table)


def test_scores_that_are_all_the_same_match_nothing(plan):
    same, easy = ("undecided", 0.0, 0.0, 0.0), "easy at 33% (no score differs)"
    told = conclude(plan, made_table(plan, {("eval", "easy", 0.33): (same, same)}))
    assert told[:2] == [
        f"In domain, cannot be told apart from {other} at this size (points that would fit): {easy}."
        for other in ("as many at random", "full")
    ]


def test_an_evaluation_on_one_text_alone_concludes_nothing():
    plan, results, scores = simulate(levels={"full": 0.9, "easy": 0.2})
    alike = pd.Series("one text", index=scores["full-seed0"]["eval"].index)
    table = experiment_table(plan, results, scores, {"eval": alike})
    assert table["full_difference"].notna().sum() == 3
    assert table["full_low"].isna().all()
    assert set(table["full_verdict"].dropna()) == {"open"}
    first, second = conclude(plan, table)
    assert first == "Nothing can be concluded: no comparison has an interval."
    assert second == (
        "In domain, there are no intervals: all that is evaluated is one example, or of one text, and says nothing of "
        "others."
    )
