import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import FACTS, MapFrame, compute_metrics, load_cartography_metrics, write_map
from dataset_cartography.errors import InputError, MissingColumnError, MissingFileError
from dataset_cartography.formats.contract import export_map
from dataset_cartography.metrics import METRICS
from dataset_cartography.regions import QuantileRule, ThresholdRule, assign_categories
from dataset_cartography.selection import select_examples
from dataset_cartography.uncertainty import MERGED, merge_runs, region_probabilities
from seeds import record_seed


@pytest.fixture
def seeds(tmp_path):
    return [record_seed(tmp_path / f"seed{seed}", seed) for seed in (1, 2, 3)]


@pytest.fixture
def maps(seeds):
    return [compute_metrics(directory) for directory in seeds]


def test_every_metric_is_merged_and_keeps_its_kind(seeds, maps):
    merged = merge_runs(seeds)
    assert isinstance(merged, MapFrame)
    assert merged.index.equals(maps[0].index)
    for name in maps[0].columns.intersection(list(METRICS)):
        assert merged[name].dtype == maps[0][name].dtype
        values = np.stack([df[name].to_numpy("float64", na_value=np.nan) for df in maps])
        if METRICS[name].dtype == "float64":
            np.testing.assert_allclose(merged[name], values.mean(axis=0))
        if not np.isnan(values).any():
            np.testing.assert_allclose(merged[f"{name}_between"], values.std(axis=0, ddof=1), atol=1e-12)
    assert (
        merged["forgetting_events"].tolist()
        == np.median([df["forgetting_events"] for df in maps], axis=0).tolist()
    )
    assert merged["runs"].tolist() == [3] * 40
    votes = np.sum([df["prediction"] for df in maps], axis=0)
    assert merged["prediction"].tolist() == (votes >= 2).astype(int).tolist()


@pytest.mark.parametrize(("method", "rule"), [("threshold", ThresholdRule()), ("quantile", QuantileRule())])
def test_regions_are_those_of_the_merged_place_and_the_probabilities_those_of_the_runs(maps, method, rule):
    merged = merge_runs(maps, method)
    assert (
        merged["category"].tolist() == rule(merged["confidence"].array, merged["variability"].array).tolist()
    )
    places = [np.stack([df[name] for df in maps]) for name in ("confidence", "variability")]
    columns = [f"{name}_probability" for name in ("easy", "ambiguous", "hard")]
    np.testing.assert_allclose(merged[columns], region_probabilities(*places, rule))


def test_the_facts_are_those_in_which_the_runs_agree(seeds):
    merged = merge_runs(seeds)
    facts = merged.attrs[FACTS]
    assert (facts["task"], facts["model"], facts["epochs"]) == ("classification", "m", [1, 2, 3, 4])
    assert facts["runs"] == ["seed1", "seed2", "seed3"]
    assert facts["training"] == {}
    assert merged.attrs[MERGED] == {
        "runs": ["seed1", "seed2", "seed3"],
        "missing": {"seed1": 0, "seed2": 0, "seed3": 0},
        "notes": [],
        "stable_from": 0.8,
    }


def test_examples_are_matched_by_id_and_what_is_missing_is_told(maps):
    runs = {
        "whole": maps[0],
        "turned": maps[1].iloc[::-1],
        "part": maps[2].iloc[5:].rename(index={"e39": "only here"}),
    }
    merged = merge_runs(runs)
    assert merged.index.tolist() == [*maps[0].index, "only here"]
    whole = merge_runs(maps)
    pd.testing.assert_frame_equal(
        merged.loc["e5":"e38", ["confidence"]], whole.loc["e5":"e38", ["confidence"]]
    )
    assert merged["runs"].tolist() == [2] * 5 + [3] * 34 + [2, 1]
    assert merged.loc["only here", "confidence"] == maps[2].loc["e39", "confidence"]
    assert np.isnan(merged.loc["only here", "confidence_between"])
    assert not np.isnan(merged.loc["only here", "easy_probability"])
    assert merged.loc["e0", "confidence"] == pytest.approx(
        (maps[0].confidence["e0"] + maps[1].confidence["e0"]) / 2
    )
    assert merged.attrs[MERGED]["missing"] == {"whole": 1, "turned": 1, "part": 6}


def test_an_example_that_no_run_has_a_place_for(maps):
    for df in maps:
        df.loc["e3", ["confidence", "variability"]] = np.nan
        df.loc["e3", "presentations"] = 0
    merged = merge_runs(maps)
    row = merged.loc["e3"]
    assert np.isnan(row["confidence"])
    assert pd.isna(row["category"])
    assert (row["runs"], row["presentations"], row["stable"]) == (0, 0, False)
    assert merged[["easy_probability", "confidence_between"]].loc["e3"].isna().all()


def test_an_example_that_one_run_never_saw(maps):
    maps[1].loc["e3", "first_learned_epoch"] = pd.NA
    maps[1].loc["e3", ["confidence", "variability", "correctness"]] = np.nan
    maps[1].loc["e3", "epochs_seen"] = 0
    merged = merge_runs(maps)
    assert merged.loc["e3", "runs"] == 2
    assert merged.loc["e3", "epochs_seen"] == 4
    assert merged.loc["e3", "confidence"] == pytest.approx(
        np.mean([maps[k].confidence["e3"] for k in (0, 2)])
    )


@pytest.mark.parametrize("ids", [None, list(range(100, 140))], ids=["text", "integers"])
def test_a_merged_map_is_written_and_read_like_any_other(tmp_path, ids):
    runs = [record_seed(tmp_path / f"s{seed}", seed, ids=ids) for seed in (1, 2, 3)]
    merged = merge_runs(runs)
    (tmp_path / "merged").mkdir()
    written = export_map(merged, tmp_path / "merged")
    assert [path.name for path in written][-1] == "cartography_map.png"
    again = load_cartography_metrics(tmp_path / "merged")
    pd.testing.assert_frame_equal(again, merged.drop(columns="category"))
    assert again.attrs[FACTS]["runs"] == ["s1", "s2", "s3"]
    for name in ("csv", "json"):
        read = load_cartography_metrics(tmp_path / "merged" / f"cartography_metrics.{name}")
        assert read.index.tolist() == [str(each) for each in merged.index]
        assert read.dtypes[list(METRICS)[:3]].tolist() == merged.dtypes[list(METRICS)[:3]].tolist()
        np.testing.assert_allclose(read["confidence_between"], merged["confidence_between"])
        assert read["first_learned_epoch"].tolist() == merged["first_learned_epoch"].tolist()
        assert read["never_learned"].dtype == "boolean"
        assert read["stable"].tolist() == merged["stable"].tolist()


def test_a_merged_map_can_be_selected_from_and_merged_maps_compared(maps):
    from dataset_cartography.comparison import compare_maps

    merged = merge_runs(maps)
    assert len(select_examples(merged, by="confidence", fraction=0.25)) == 10
    found = compare_maps(merged, merge_runs(maps[:2]), names=("three", "two"))
    assert found.examples == 40
    assert assign_categories(merged, "quantile")["category"].value_counts().tolist() == [14, 13, 13]


def test_metrics_that_not_every_run_has_are_left_out(maps):
    merged = merge_runs([maps[0], maps[1].drop(columns="aum"), maps[2]])
    assert "aum" not in merged.columns
    assert merged.attrs[MERGED]["notes"] == ["Not every run has these metrics, which are left out: aum."]


def test_what_makes_runs_unlike_is_said(tmp_path, seeds):
    longer = record_seed(tmp_path / "longer", 4, epochs=5, model="another")
    assert merge_runs([seeds[0], longer]).attrs[MERGED]["notes"] == [
        (
            "'seed1' and 'longer' rest on 4 and 5 epochs, which by itself changes variability and counts; "
            "`datamap metrics --burn_out` makes a map of the first epochs."
        ),
        "The runs differ in their model (m, another): what is said of another run holds for a mixture of these.",
        "Two runs tell little of how far runs lie apart; a third tells much more.",
    ]


def test_planted_labels_are_told_and_their_facts_are_kept_whole_or_not_at_all(tmp_path):
    def plant(seed, planted):
        facts = {"share": 0.1, "kind": "uniform", "seed": planted, "count": 4}
        return record_seed(tmp_path / f"{seed}-{planted}", seed, planted_labels=facts)

    same = merge_runs([plant(1, 0), plant(2, 0)])
    assert same.attrs[FACTS]["planted_labels"]["seed"] == 0
    other = merge_runs([plant(3, 0), plant(4, 1)])
    assert "planted_labels" not in other.attrs[FACTS]
    assert sum("were made wrong on purpose" in note for note in other.attrs[MERGED]["notes"]) == 2


def test_runs_that_learnt_other_labels_are_told(seeds):
    from dataclasses import replace

    from dataset_cartography.log import LogPaths, Manifest

    for directory, digest in zip(seeds, ("one", "one", "two"), strict=True):
        manifest = replace(Manifest.read(directory), options={"targets": digest})
        LogPaths(directory).manifest.write_text(manifest.to_json())
    assert merge_runs(seeds[:2]).attrs[MERGED]["notes"][:-1] == []
    assert merge_runs(seeds).attrs[MERGED]["notes"] == [
        (
            "'seed1' and 'seed3' did not learn the same labels, which moves examples by itself: the spread between "
            "runs is one of chance only where the labels are the same."
        )
    ]


def test_refusals(tmp_path, seeds, maps):
    other = record_seed(tmp_path / "other", 5, task="nli")
    apart = maps[0].rename(index=lambda name: f"x-{name}")
    twice = pd.concat([maps[0], maps[0].iloc[:1]])
    for runs, sentence in (
        (seeds[:1], "Merging takes two runs or more; there is 1."),
        ([], "Merging takes two runs or more; there is none."),
        (
            [seeds[0], seeds[0]],
            "'seed1' is given twice: merge different runs, or give them names of their own.",
        ),
        (
            [seeds[0], other],
            (
                "'seed1' is a map of the task 'classification' and 'other' of 'nli': their numbers do not mean "
                "the same. Compare maps of one task."
            ),
        ),
        (
            {"a": maps[0], "b": apart},
            (
                "The two maps have no id in common: 'a' has ids such as 'e0', 'b' such as 'x-e0'. Compare maps "
                "of the same dataset."
            ),
        ),
        ({"a": maps[0], "b": twice}, "The map 'b' has the id 'e0' more than once; ids must be unique."),
    ):
        with pytest.raises(InputError) as refused:
            merge_runs(runs)
        assert str(refused.value) == sentence
    with pytest.raises(InputError) as refused:
        merge_runs(maps, stable_from=1.2)
    assert str(refused.value) == "stable_from is 1.2; give a probability between 0 and 1."
    with pytest.raises(MissingColumnError, match="Column 'variability' not found in the map"):
        merge_runs([maps[0], maps[1].drop(columns="variability")])
    with pytest.raises(MissingFileError, match="No cartography files found"):
        merge_runs([seeds[0], tmp_path / "nowhere"])


def test_the_order_of_runs_and_rows_does_not_matter(maps):
    one, other = merge_runs(maps), merge_runs([df.iloc[::-1] for df in reversed(maps)])
    numbers = [name for name in one.columns if name != "prediction"]
    pd.testing.assert_frame_equal(one[numbers], other.loc[one.index, numbers])


def test_writing_takes_the_maps_that_were_merged_from(tmp_path, maps):
    for number, df in enumerate(maps):
        (tmp_path / f"m{number}").mkdir()
        write_map(df, tmp_path / f"m{number}")
    paths = [
        tmp_path / f"m{number}" / f"cartography_metrics.{name}" for number, name in enumerate(["csv", "json"])
    ]
    named = merge_runs({"csv": paths[0], "json": str(paths[1])})
    pd.testing.assert_series_equal(named["confidence"], merge_runs(maps[:2])["confidence"])


def test_runs_are_called_by_what_tells_them_apart(tmp_path):
    paths = [record_seed(tmp_path / f"seed-0.{seed}" / "cartography", seed) for seed in (1, 2, 3)]
    names = ["seed-0.1/cartography", "seed-0.2/cartography", "seed-0.3/cartography"]
    assert merge_runs(paths).attrs[MERGED]["runs"] == names
