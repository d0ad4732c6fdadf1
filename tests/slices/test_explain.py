import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.slices import describe_examples, explain
from dataset_cartography.tasks.demo import generate_demo_examples
from simulated_maps import categories, demo_shares, hard_where, words

N = 2_000


def frame(seed=1, n=N):
    """Columns that cause nothing, and one that may: "source", with the value "ward" in a quarter of the rows."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "source": words(rng, n, ["ward", "clinic", "home", "lab"]),
            "answer_length": rng.integers(0, 9, n),
            "shift": words(rng, n, ["day", "night"]),
            "weight": rng.normal(size=n),
        }
    )


def named(found):
    return [(rule.region, *rule.conditions) for rule in found.rules]


def test_a_cause_is_named_in_words_and_numbers():
    slices = frame()
    ward = slices["source"] == "ward"
    category = hard_where(ward, 0.5, 0.2)
    found = explain(category, slices)
    assert named(found) == [("hard", ("source", "ward"))]
    rule, hard = found.rules[0], category == "hard"
    assert rule.count == ward.sum()
    assert rule.share_inside == pytest.approx(hard[ward].mean())
    assert rule.share_outside == pytest.approx(hard[~ward].mean())
    assert rule.difference == pytest.approx(rule.share_inside - rule.share_outside)
    assert 0.2 < rule.low < rule.difference < rule.high < 0.45
    assert rule.adjusted_p < 1e-20
    assert "\n".join(found.words) == (
        "Of the 478 examples whose “source” is “ward”, 53% are hard, against 20% of the rest "
        "(difference 33 points, 24 to 41)."
    )


def test_every_slice_has_its_effect_in_both_regions():
    slices = frame()
    category = hard_where(slices["source"] == "ward", 0.5, 0.2)
    found = explain(category, slices)
    table = found.effects
    assert list(table) == [
        "region",
        "feature",
        "title",
        "slice",
        "count",
        "share_inside",
        "share_outside",
        "difference",
        "low",
        "high",
        "p",
        "adjusted_p",
    ]
    # four sources, no answer and four lengths, two shifts, four quarters; 26 pairs of each two features
    assert len(table) == 2 * (4 + 5 + 2 + 4)
    assert found.tested > len(table)
    assert table.loc[0, ["region", "title", "slice"]].tolist() == ["hard", "source", "ward"]
    assert {"Answer length"} == set(table.loc[table["feature"] == "answer_length", "title"])
    row = table[(table["region"] == "ambiguous") & (table["slice"] == "night")].iloc[0]
    night, ambiguous = slices["shift"] == "night", category == "ambiguous"
    cross = pd.crosstab(~night, ~ambiguous)
    sides = [fisher_exact(cross, alternative=side).pvalue for side in ("greater", "less")]
    assert row["p"] == pytest.approx(min(1, 2 * min(sides)))
    assert row["count"] == night.sum()
    assert row["adjusted_p"] >= row["p"]
    assert row["low"] < row["difference"] < row["high"]


def test_echoes_of_a_cause_are_not_named_but_what_is_nearly_the_same_is():
    slices = frame()
    ward = (slices["source"] == "ward").to_numpy()
    rng = np.random.default_rng(2)
    slices["floor"] = np.where(ward ^ (rng.random(N) < 0.02), "third", "other")
    slices["doctor"] = np.where(ward ^ (rng.random(N) < 0.3), "Ito", "Ngo")
    found = explain(hard_where(ward, 0.6, 0.2), slices)
    assert named(found) == [("hard", ("source", "ward"))]
    assert found.words[0].endswith("Nearly the same examples: “floor” is “third”.")


def test_two_causes_are_named_one_after_the_other():
    slices = frame()
    ward, night = slices["source"] == "ward", slices["shift"] == "night"
    shares = np.full((N, 3), [0.6, 0.2, 0.2])
    shares[ward] = [0.2, 0.2, 0.6]
    shares[night & ~ward] = [0.4, 0.4, 0.2]
    found = explain(categories(shares), slices)
    assert named(found)[0] == ("hard", ("source", "ward"))
    assert ("ambiguous", ("shift", "night")) in [rule[:2] for rule in named(found)[1:]]
    assert all("; what is named before does not account for it." in words for words in found.words[1:])
    assert len(explain(categories(shares), slices, max_rules=1).rules) == 1
    assert explain(categories(shares), slices, max_rules=0).rules == ()


def test_a_pair_is_named_where_it_says_clearly_more():
    slices = frame()
    both = (slices["source"] == "ward") & (slices["shift"] == "night")
    found = explain(hard_where(both, 0.8, 0.2), slices)
    assert named(found) == [("hard", ("source", "ward"), ("shift", "night"))]
    assert found.words[0].startswith(
        "Of the 228 examples whose “source” is “ward” and “shift” is “night”, 79% are hard,"
    )


def test_a_pair_that_tells_hardly_more_does_not_go_before_a_single_slice():
    rng, n = np.random.default_rng(5), 700
    template, low = words(rng, n, ["dose", "date", "finding", "reason", "lab"]), rng.random(n) < 0.5
    dose = template == "dose"
    slices = pd.DataFrame(
        {
            "template": template,
            "answer_length": np.where(dose | (rng.random(n) < 0.12), 2, rng.choice([1, 3], n)),
            "overlap": np.where(low, "low", "high"),
        }
    )
    category = hard_where(low, np.where(dose, 0.8, 0.25), np.where(dose, 0.45, 0.2), seed=5)
    assert named(explain(category, slices))[0] == ("hard", ("template", "dose"))


def test_a_column_of_the_dataset_is_named_before_its_echo_among_the_features():
    slices = frame()
    slices.insert(0, "question_type", np.where(slices["source"] == "ward", "when", "what"))
    found = explain(hard_where(slices["source"] == "ward", 0.5, 0.2), slices)
    assert named(found) == [("hard", ("source", "ward"))]
    assert found.words[0].endswith("Nearly the same examples: question type is “when”.")


def test_features_have_their_titles_and_others_those_given():
    slices = frame()[["answer_length", "source"]]
    found = explain(
        hard_where(slices["answer_length"] == 0, 0.6, 0.2), slices, titles={"source": "Where from"}
    )
    assert found.words[0].startswith("Of the 216 examples whose answer length is 0 (no answer), 54% are hard")
    assert set(found.effects["title"]) == {"Answer length", "Where from"}


def test_nothing_to_name():
    found = explain(hard_where(np.zeros(N), 0, 0.3), frame())
    assert found.rules == ()
    assert "\n".join(found.words) == (
        f"None of {found.tested} comparisons of slices with the rest shows clearly more hard or ambiguous examples "
        "than chance would (at 0.05 for all together)."
    )
    for slices in (frame().assign(id=range(N))[["id"]].astype(str), pd.DataFrame(index=range(N))):
        nothing = explain(hard_where(np.zeros(N), 0, 0.3), slices)
        assert nothing.words == ("No slice of the examples is large enough to be compared with the rest.",)
        assert nothing.tested == len(nothing.effects) == 0
    for empty in (explain(pd.Series([], dtype=object), frame()[:0]), explain(pd.Series([None] * N), frame())):
        assert empty.words == ("No slice of the examples is large enough to be compared with the rest.",)


def test_the_order_of_rows_columns_and_the_index_do_not_matter():
    slices = frame()
    category = hard_where(slices["source"] == "ward", 0.5, 0.2)
    order = np.random.default_rng(0).permutation(N)
    ids = pd.Index([f"id-{number}" for number in range(N)], name="example_id")
    turned = explain(category[order].set_axis(ids), slices.iloc[order].set_axis(ids))
    once = explain(category, slices)
    assert turned.rules == once.rules == explain(category, slices).rules
    pd.testing.assert_frame_equal(turned.effects, once.effects)


def test_examples_without_a_category_do_not_count():
    slices = frame()
    category = hard_where(slices["source"] == "ward", 0.5, 0.2)
    category[: N // 2] = None
    half = explain(category[N // 2 :], slices[N // 2 :])
    assert explain(category, slices).rules == half.rules


HOSTILE = "night”, 99% are hard. Ignore “this\n\u202e<script>alert(1)</script>" + "x" * 1_000


def test_hostile_names_and_values_stay_in_their_quotes():
    slices = frame().rename(columns={"source": HOSTILE}).replace("ward", HOSTILE)
    found = explain(hard_where(slices[HOSTILE] == HOSTILE, 0.5, 0.2), slices)
    quoted = '“night", 99% are hard. Ignore "this ⟨U+202E⟩<scr…”'
    assert found.words[0].startswith(f"Of the 478 examples whose {quoted} is {quoted}, 53% are hard")
    assert found.rules[0].conditions == ((HOSTILE, HOSTILE),)


def test_columns_of_every_kind():
    slices = frame()
    ward = slices["source"] == "ward"
    slices["lists"] = [[1]] * N
    slices["many"] = [f"value {number}" for number in range(N)]
    slices["constant"] = 1.5
    slices["gone"] = None
    slices["gaps"] = slices["weight"].where(~ward)
    slices["whole"] = pd.array(np.where(ward, None, 3), dtype="Int64")
    slices["truth"] = ward
    slices["complex"] = 1j
    slices[("a", 1)] = pd.Categorical(np.where(ward, "b", None), ["b", "unused"])
    slices["label"] = np.where(ward, 7, np.arange(N) % 7)
    slices = pd.concat([slices, slices[["source"]]], axis=1)
    found = explain(hard_where(ward, 0.5, 0.2), slices, max_rules=1)
    assert found.rules[0].count == ward.sum()
    features = set(found.effects["feature"])
    assert features == {
        "source",
        "answer_length",
        "shift",
        "weight",
        "gaps",
        "whole",
        "truth",
        "('a', 1)",
        "label",
    }
    hits = found.effects[(found.effects["region"] == "hard") & (found.effects["count"] == ward.sum())]
    assert sorted(hits["slice"]) == sorted(["ward", "ward", "unknown", "unknown", "True", "b", "7"])


def test_small_slices_and_many_values_are_left_out():
    n = 100
    slices = pd.DataFrame(
        {
            "rare": ["rare"] * 19 + ["usual"] * 81,
            "enough": ["enough"] * 20 + ["usual"] * 80,
            "many": [str(number % 31) for number in range(n)],
        }
    )
    found = explain(hard_where(np.zeros(n), 0, 0.3), slices)
    assert set(found.effects["feature"]) == {"enough"}


def test_errors():
    category = hard_where(np.zeros(N), 0, 0.3)
    for wrong, sentence in (
        ({"slices": frame()[1:]}, "Categories and slices must have the same index, one row per example."),
        ({"alpha": 0.0}, "alpha is 0; it must lie between 0 and 1."),
        ({"max_rules": -1}, "max_rules is -1; it must be 0 or more."),
    ):
        with pytest.raises(InputError) as caught:
            explain(category, **({"slices": frame()} | wrong))
        assert str(caught.value) == sentence


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingExtraError) as caught:
        explain(hard_where(np.zeros(N), 0, 0.3), frame())
    assert str(caught.value) == (
        "Explaining the regions needs an extra: pip install 'dataset-cartography[report]'"
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_planted_causes_of_the_demo_are_named_first(seed):
    df = pd.DataFrame(generate_demo_examples(700)).set_index("id")
    slices = describe_examples(df).join(df[["section", "template", "source"]])
    category = categories(demo_shares(df), seed).set_axis(df.index)
    found = explain(category, slices)
    assert named(found)[0] == ("hard", ("template", "medication_dose"))


def test_a_doubled_share_in_a_twentieth_of_the_examples_is_found():
    found = 0
    for seed in range(20):
        slices = frame(seed)
        slices["cause"] = np.random.default_rng(seed).permutation(N) < N // 20
        category = hard_where(slices["cause"], 0.5, 0.25, seed)
        found += named(explain(category, slices))[:1] == [("hard", ("cause", "True"))]
    assert found >= 19


@pytest.mark.parametrize("features", ["few", "demo"])
def test_shuffled_categories_are_seldom_explained(features):
    if features == "few":
        slices = frame(n=500)[["source", "shift"]]
    else:
        df = pd.DataFrame(generate_demo_examples(700)).set_index("id")
        slices = describe_examples(df).join(df[["section", "template", "source"]])
    rng = np.random.default_rng(3)
    dealt = np.repeat(["easy", "ambiguous", "hard"], [len(slices) // 2, len(slices) // 4, len(slices) // 4])
    sets = 100
    named_any = sum(
        bool(explain(pd.Series(rng.permutation(dealt), index=slices.index), slices).rules)
        for _ in range(sets)
    )
    assert named_any <= 0.05 * sets
