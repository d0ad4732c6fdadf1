"""`datamap errors` on tasks with several decisions an example, and on the others that are no single labels."""

import json

import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main
from dataset_cartography.log import LogReader
from dataset_cartography.tasks.noise import write_planted
from new_tasks import NEW_TASKS, record_task


@pytest.fixture
def run(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def call(*argv):
        capfd.readouterr()
        code = main(["errors", *map(str, argv)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize("task", NEW_TASKS)
def test_every_task_has_a_ranking(task, run, tmp_path):
    recorded = record_task(task, tmp_path)
    code, out, err = run(recorded.directory, "--n", 3)
    assert code == 0, err
    assert out.startswith(f"Ranked the labels of 36 examples by 4 recorded epochs ({task}).\n")
    assert "nan" not in out
    assert ("probability" in out.split("   1. ")[1].split("\n")[0]) == (task not in ("seq2seq", "causal-lm"))
    ranking = pd.read_csv(recorded.directory / "label_errors.csv")
    assert len(ranking) == 36


def test_units_are_ranked_and_shown_where_they_stand(run, tmp_path):
    recorded = record_task("token-classification", tmp_path)
    code, out, err = run(recorded.directory, "--units", "--n", 1)
    assert code == 0, err
    count = recorded.examples["tokens"].str.len().sum()
    lines = out.splitlines()
    assert lines[0] == f"Ranked {count} tags by 4 recorded epochs (token-classification)."
    ranking = pd.read_csv(recorded.directory / "label_error_units.csv")
    assert list(ranking)[:5] == ["example_id", "rank", "score", "probability", "looks_like"]
    first = ranking.iloc[0]
    heading = next(line for line in lines if line.startswith("   1. "))
    assert heading.startswith(
        f"   1. {first['example_id']}, token {first['unit']} '{first['text']}' · probability "
    )
    assert "      given   O -> B-location (predicted in every epoch; " in out
    assert f"[{first['text']}]" in out


def test_labels_of_a_set_are_ranked(run, tmp_path):
    recorded = record_task("multi-label", tmp_path)
    code, out, err = run(recorded.directory, "--units", "--n", 1)
    assert code == 0, err
    assert out.startswith("Ranked 144 labels, each by itself, by 4 recorded epochs (multi-label).\n")
    assert "      given   absent -> present (predicted in every epoch; " in out


def test_planted_units_are_counted(run, tmp_path):
    recorded = record_task("multi-label", tmp_path)
    ids = recorded.examples.index
    names = ["sport", "money", "health", "music"]
    planted = pd.DataFrame(
        [
            {
                "id": ids[example],
                "original": [*recorded.examples["labels"].iloc[example], names[unit]],
                "planted": recorded.examples["labels"].iloc[example],
                "kind": "confusable",
            }
            for example, unit in recorded.units
        ]
    )
    planted.attrs = {"share": 0.1, "kind": "confusable", "seed": 0, "count": len(planted)}
    write_planted(planted, recorded.directory / "planted.parquet")
    path = recorded.directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["provenance"]["planted_labels"] = planted.attrs
    path.write_text(json.dumps(manifest))
    assert LogReader(recorded.directory).manifest.provenance["planted_labels"]["count"] == 4
    code, out, err = run(recorded.directory, "--units", "--n", 1)
    assert code == 0, err
    assert "Planted wrong labels: 4, and 144 tags and labels ranked by `datamap errors --units`" in out
    assert "Average precision 1.00" in out


def test_units_take_no_other_evidence(refused, tmp_path):
    recorded = record_task("multi-label", tmp_path)
    assert refused(main, "errors", recorded.directory, "--units", "--cleanlab") == (
        "--units ranks tags and labels by themselves, which takes none of the other evidence."
    )
    recorded = record_task("dpo", tmp_path / "pairs")
    assert refused(main, "errors", recorded.directory, "--units") == (
        "An example of the task 'dpo' has one label: there are no units of it to rank."
    )
