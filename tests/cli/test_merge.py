"""`datamap merge`: seeds as one map, and what one run can tell of itself."""

import json
import re

import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.uncertainty import merge_runs, reliability_table
from seeds import record_seed


@pytest.fixture
def runs(tmp_path):
    return [record_seed(tmp_path / f"seed{seed}", seed) for seed in (1, 2, 3)]


def merge(capsys, *words, code=0):
    capsys.readouterr()
    assert main(["merge", *map(str, words)]) == code
    return capsys.readouterr()


def refused(capsys, *words):
    return merge(capsys, *words, code=2).err.splitlines()[-1]


def test_seeds_are_one_map(runs, capsys):
    printed = merge(capsys, *runs).out
    merged = merge_runs(runs)
    table = reliability_table(merged)
    unstable = int((~merged["stable"]).sum())
    assert printed.startswith(
        "\nOne map of 3 runs: seed1, seed2, seed3\nEvery run has a place for every example.\n"
    )
    assert f"The region of {unstable} of 40 examples ({unstable / 40:.1%}) is not stable: " in printed
    assert re.search(r"^  region +examples +not stable +expected to be repeated$", printed, re.MULTILINE)
    row = re.search(r"^  variability +(.+)$", printed, re.MULTILINE)[1].split()
    told = table.loc["variability"]
    assert row[0] == f"{told['between']:.3f}"
    assert row[2] == f"{told['one_run']:.2f}"
    assert row[4] == f"{told['these_runs']:.2f}"
    assert row[7] == f"{told['runs_needed']:.0f}"
    assert "The mean of these 3 runs has a reliability of " in printed
    assert "SE by epochs: the standard error that leaving out one epoch" in printed
    assert "Wrote" not in printed


def test_the_map_is_written_as_a_directory_that_other_verbs_take(runs, tmp_path, capsys):
    output = tmp_path / "new" / "merged"
    printed = merge(capsys, *runs, "--output", output, "--method", "quantile").out
    assert printed.endswith(f"  {output / 'cartography_map.png'}\n")
    pd.testing.assert_frame_equal(
        load_cartography_metrics(output), merge_runs(runs, "quantile").drop(columns="category")
    )
    assert main(["plot", str(output), "--output", str(tmp_path / "map.svg")]) == 0
    ids = tmp_path / "ids.json"
    assert main(["select", str(output), "--by", "confidence", "--n", "5", "--output", str(ids)]) == 0
    assert len(json.loads(ids.read_text())) == 5
    assert main(["compare", str(output), str(runs[0]), "--n", "0"]) == 0
    assert "runs" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_the_map_is_written_as_one_file(runs, tmp_path, capsys, suffix):
    output = tmp_path / "new" / f"merged.{suffix}"
    assert merge(capsys, *runs, "--output", output).out.endswith(f"Wrote:\n  {output}\n")
    read = load_cartography_metrics(output)
    merged = merge_runs(runs)
    pd.testing.assert_series_equal(read["confidence_between"], merged["confidence_between"])
    assert read.index.tolist() == merged.index.tolist()


def test_json_says_everything(runs, tmp_path, capsys):
    told = json.loads(
        merge(capsys, *runs, "--json", "--output", tmp_path / "m.csv", "--names", "a", "b", "c").out
    )
    assert (told["runs"], told["missing"], told["notes"]) == (["a", "b", "c"], {"a": 0, "b": 0, "c": 0}, [])
    assert told["written"] == [str(tmp_path / "m.csv")]
    assert told["regions"]["all"]["examples"] == 40
    assert set(told["reliability"]["confidence"]) == {
        "between",
        "one_run",
        "these_runs",
        "runs_needed",
        "by_epochs",
    }
    one = json.loads(merge(capsys, runs[0], "--json").out)
    assert list(one["epochs"]) == ["1", "2", "3", "4"]
    assert one["epochs"]["1"]["moved"] is None
    assert one["regions"]["all"]["examples"] == 40


def test_what_is_missing_is_told(tmp_path, runs, capsys):
    more = record_seed(tmp_path / "more", 4, count=43)
    printed = merge(capsys, runs[0], more).out
    assert "Note: Two runs tell little of how far runs lie apart; a third tells much more.\n" in printed
    assert re.search(r"^  run +examples that it has no place for\n  seed1 +3$", printed, re.MULTILINE)


def test_one_run_tells_what_its_epochs_can(runs, capsys):
    printed = merge(capsys, runs[0]).out
    assert "By leaving out one epoch at a time (jackknife):" in printed
    assert (
        "These epochs are of one training: they follow one another, and know nothing of other seeds."
        in printed
    )
    assert re.search(r"^  4 +\d+\.\d% +100\.0% +1\.000 +1\.000$", printed, re.MULTILINE)
    assert re.search(r"epochs would have been enough|The map has not come to rest", printed)


def test_too_few_epochs_are_said(tmp_path, capsys):
    two = record_seed(tmp_path / "two", 1, epochs=2)
    assert (
        "Which regions are stable is not known: that takes three epochs or a second run."
        in merge(capsys, two).out
    )
    one = record_seed(tmp_path / "one", 1, epochs=1)
    assert "One epoch cannot tell whether more are needed." in merge(capsys, one).out


def test_maps_without_logs_can_be_merged(runs, tmp_path, capsys):
    for number, run in enumerate(runs):
        merge(capsys, run, "--output", tmp_path / f"m{number}")
    printed = merge(capsys, *(tmp_path / f"m{number}" for number in range(3))).out
    assert "One map of 3 runs: m0, m1, m2" in printed
    assert "SE by epochs" not in printed


def test_refusals(runs, tmp_path, capsys):
    assert refused(capsys, *runs, "--output", runs[0]) == (
        f"error: '{runs[0]}' holds a recorded run, whose own map would be overwritten: give another --output."
    )
    file = runs[0] / "cartography_metrics.csv"
    assert refused(capsys, *runs, "--output", file) == (
        f"error: '{runs[0]}' holds a recorded run, whose own map would be overwritten: give another --output."
    )
    assert refused(capsys, *runs, "--names", "a", "b", "a") == (
        "error: Give each of the 3 runs a name of its own, or leave out --names."
    )
    assert refused(capsys, *runs, "--reliability", "1") == (
        "error: The reliability aimed at is 1; give a number between 0 and 1."
    )
    assert refused(capsys, *runs, "--stable_from", "2") == (
        "error: stable_from is 2.0; give a probability between 0 and 1."
    )
    nowhere = tmp_path / "nowhere"
    assert refused(capsys, nowhere).startswith(f"error: No cartography files found in '{nowhere}'")
