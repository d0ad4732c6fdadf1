"""Every task beyond single labels and answers, from its log to everything that shows, chooses and compares."""

import json

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.comparison import compare_maps
from dataset_cartography.datamap import compute_metrics, load_cartography_metrics, write_map
from dataset_cartography.explorer.app import make_app
from dataset_cartography.explorer.decision_log import DecisionLog
from dataset_cartography.explorer.explorer import Explorer
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.page import ExplorerPage
from dataset_cartography.explorer.prepared.process import Preparation
from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.pages import read_pieces
from dataset_cartography.plotting import plot_data_map, plot_distributions, plot_example
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report import write_report, writing
from dataset_cartography.selection import select_examples
from dataset_cartography.uncertainty import merge_runs
from new_tasks import NEW_TASKS, record_task

WITH_RIVALS = [task for task in NEW_TASKS if task not in ("seq2seq", "causal-lm")]
GOLD = {
    "multi-label": "sport",
    "regression": "5.27",
    "token-classification": "Alan Turing (person)",
    "seq2seq": "I do not like pears .",
    "causal-lm": "I do not like pears .",
    "dpo": "chosen",
}
CORRECTIONS = {
    "multi-label": "sport, health",
    "regression": "1.23",
    "token-classification": "4: B-location",
    "seq2seq": None,
    "causal-lm": None,
    "dpo": "rejected",
}
WRONG = 2  # the first example with a wrong target


@pytest.fixture(scope="module", params=NEW_TASKS)
def run(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    recorded = record_task(request.param, root, tokens=True)
    write_map(compute_metrics(recorded.directory), recorded.directory)
    return recorded


@pytest.fixture(scope="module")
def others(run, tmp_path_factory):
    roots = [tmp_path_factory.mktemp(f"{run.task}-{seed}") for seed in (1, 2)]
    return [record_task(run.task, root, seed=seed) for root, seed in zip(roots, (1, 2), strict=True)]


@pytest.fixture(scope="module")
def client(run, tmp_path_factory):
    """The explorer over HTTP, everything prepared."""
    df = categorize_examples(load_cartography_metrics(run.directory))
    workspace = Workspace.of(run.directory, "0123456789abcdef")
    told = []
    prepare(run.directory, workspace, map_key(run.directory, len(df)), lambda: run.examples, told.append)
    assert [one.message for one in told if one.state == "failed"] == []
    log = DecisionLog(tmp_path_factory.mktemp("decisions") / "decisions.jsonl", "tester")
    explorer = Explorer(df, MapFile(run.directory), workspace, log, "Map")
    preparation = Preparation(workspace, explorer.open)
    page = ExplorerPage("<!doctype html>", "default-src 'none'")
    app = make_app(explorer, preparation, page, token="secret", hosts=frozenset({"localhost"}))
    yield TestClient(app, base_url="http://127.0.0.1/secret", raise_server_exceptions=False)
    log.close()


def test_a_map_that_survives_every_file(run, tmp_path):
    df = load_cartography_metrics(run.directory)
    assert df[["confidence", "variability", "correctness"]].notna().all().all()
    assert ("unit_accuracy" in df) == (run.task not in ("regression", "dpo"))
    assert ("prediction" in df) == (run.task in ("regression", "dpo"))
    write_map(df, tmp_path)
    for name in ("cartography_metrics.csv", "cartography_metrics.json"):
        again = load_cartography_metrics(tmp_path / name)
        pd.testing.assert_frame_equal(again, df, check_names=False, rtol=1e-12)


def test_regions_are_as_they_were_recorded(run):
    df = categorize_examples(compute_metrics(run.directory))
    kind = df["category"].astype(str).to_numpy().reshape(-1, 3)
    assert (kind[:, 0] == "easy").all()
    assert (kind[:, 1] == "ambiguous").all()
    assert (kind[:, 2] == "hard").all()


def test_pictures(run):
    df = categorize_examples(compute_metrics(run.directory))
    ax = plot_data_map(df)
    shares = run.task in ("seq2seq", "causal-lm")
    (label,) = [child.get_ylabel() for child in ax.child_axes if "correctness" in child.get_ylabel()]
    assert label.replace("\n", " ").startswith(
        f"correctness, {'mean over' if shares else 'share of'} epochs: "
    )
    assert len(plot_distributions(df).child_axes) > 5
    curves = plot_example(run.directory, run.examples.index[WRONG])
    texts = [text.get_text() for text in curves.get_legend().get_texts()]
    assert texts == (
        ["at least half right", "less than half right"] if shares else ["predicted right", "predicted wrong"]
    )


def test_selections(run):
    df = categorize_examples(compute_metrics(run.directory))
    hard = select_examples(df, category="hard", n=4)
    assert set(hard) <= set(df.index[df["category"] == "hard"])
    assert len(select_examples(df, n=6, balance="category")) == 6
    assert select_examples(df, n=3, by="confidence") == df["confidence"].nsmallest(3).index.tolist()


@pytest.mark.parametrize(
    ("task", "column", "said"),
    [
        (
            "multi-label",
            "labels",
            "Cannot group by 'labels': its values are lists or objects, not labels.",
        ),
        (
            "token-classification",
            "tags",
            "Cannot group by 'tags': its values are lists or objects, not labels.",
        ),
        (
            "regression",
            "label",
            (
                "Cannot group by 'label': its values are numbers such as 1.11, not labels. Group by a column of few "
                "values, such as one that says which range a number is in."
            ),
        ),
    ],
)
def test_groups_need_one_label_an_example(tmp_path, capsys, task, column, said):
    run = record_task(task, tmp_path)
    command = ["select", str(run.directory), "--n", "6", "--balance", column]
    assert datamap([*command, "--output", str(tmp_path / "ids.json")]) == 2
    assert capsys.readouterr().err.strip() == f"error: {said}"


def test_two_runs_compared_and_three_merged(run, others):
    maps = [compute_metrics(each.directory) for each in (run, *others)]
    compared = compare_maps(maps[0], maps[1])
    assert compared.correlations.loc["confidence", "spearman"] > 0.6
    merged = merge_runs(maps)
    assert len(merged) == len(maps[0])
    np.testing.assert_allclose(merged["confidence"], np.mean([df["confidence"] for df in maps], axis=0))
    if run.task == "regression":
        np.testing.assert_allclose(merged["prediction"], np.mean([df["prediction"] for df in maps], axis=0))


def test_compare_at_the_command_line_with_both_datasets(run, others, capsys):
    other = others[0]
    command = ["compare", str(run.directory), str(other.directory), "--second_dataset", str(other.dataset)]
    assert datamap(command) == 0
    said = capsys.readouterr().out
    assert "0 of 36 examples have another label in" in said
    assert "Their texts:" in said


def test_suspects(run):
    ranking = find_label_errors(run.directory, examples=run.examples)
    assert len(ranking) == len(run.examples)
    found = set(ranking.index[: len(run.wrong)]) & set(run.wrong)
    assert len(found) >= (len(run.wrong) - 1 if run.task == "regression" else len(run.wrong))


def test_a_map_without_margins(tmp_path, capsys, few_pictures):
    run = record_task("causal-lm", tmp_path, margins=False)
    df = categorize_examples(compute_metrics(run.directory))
    assert df["aum"].isna().all()
    assert "area under the margin" not in [each.get_title() for each in plot_distributions(df).child_axes]
    assert datamap(["report", str(run.directory), "--output", str(tmp_path / "report.html")]) == 0
    ranking = find_label_errors(run.directory)
    assert set(ranking.index[: len(run.wrong)]) == set(run.wrong)


@pytest.fixture
def few_pictures(monkeypatch):
    """Reports with the map as their only picture: others take seconds, and are drawn above."""
    monkeypatch.setattr(writing, "_page_figures", lambda found: {"data_map": plot_data_map(found.map_df)})


def test_the_report(run, tmp_path, monkeypatch, few_pictures):
    monkeypatch.chdir(tmp_path)
    assert datamap(["report", str(run.directory), "--output", "report.html"]) == 0
    html = (tmp_path / "report.html").read_text()
    for word in ("answer type", "Question type", "question's", "context"):
        assert word not in html.split("<main>")[1].split('data-block="')[0]
    noun = "Targets" if run.task in ("regression", "seq2seq", "causal-lm") else "Labels"
    noun = "Pairs" if run.task == "dpo" else noun
    assert f"<h2>{noun} to look at first</h2>" in html
    assert ('class="shade-4"' in html) == (run.task in ("seq2seq", "causal-lm"))
    assert ('class="tag"' in html) == (run.task == "token-classification")


def test_the_report_of_a_part_without_a_ranking(run, tmp_path, few_pictures):
    df = categorize_examples(compute_metrics(run.directory))
    pieces = read_pieces(run.directory, df.index)
    part = write_report(df, run.examples.iloc[::-2], tmp_path / "part.html", pieces=pieces)
    html = part.read_text()
    assert "18 are not in the given dataset" in html
    assert "to look at first" not in html
    without = write_report(df, run.examples, tmp_path / "report.html", n_examples=0)
    assert 'class="card ' not in without.read_text()


def test_the_explorer(run, client):
    info = client.get("/api/info").json()
    assert info["total"] == 36
    assert info["target"] == {"seq2seq": "target", "causal-lm": "completion"}.get(run.task)
    assert info["labels"] == []
    assert info["correction_form"] != ""
    names = [metric["name"] for metric in info["metrics"]]
    assert ("wrong_label_probability" in names) == (run.task in WITH_RIVALS)
    rows = client.post("/api/select", json={"sort": "wrong_label_rank", "limit": 50}).json()["rows"]
    assert len(rows) == 36
    (row,) = [row for row in rows if row["index"] == WRONG]
    assert row["gold"] == GOLD[run.task]
    record = client.get(f"/api/detail?index={WRONG}").json()
    assert record["correction"] == CORRECTIONS[run.task]
    json.dumps(record, allow_nan=False)
    decision = {"index": WRONG, "decision": "relabel", "relabel": CORRECTIONS[run.task] or "something else"}
    assert client.post("/api/decide", json=decision).status_code == 200


@pytest.mark.parametrize("run", ["multi-label", "token-classification"], indirect=True)
def test_an_example_is_found_by_each_of_its_labels(run, client):
    name = {"multi-label": "labels", "token-classification": "tags"}[run.task]
    one = next(one for one in client.get("/api/info").json()["filters"] if one["name"] == name)
    values = [*run.examples[name]]
    for place, label in enumerate(one["values"]):
        query = {"filters": {name: [place]}}
        found = client.post("/api/ids", json={"query": query}).json()
        has = [
            id_
            for id_, cell in zip(run.examples.index, values, strict=True)
            if (not _about(cell) if label.startswith("(") else label in _about(cell))
        ]
        assert found == has
        assert one["counts"][place] == len(has)
    both = client.post("/api/ids", json={"query": {"filters": {name: [0, 1]}}}).json()
    assert len(both) < one["counts"][0] + one["counts"][1]


def _about(cell):
    return {value.partition("-")[2] or value for value in cell} - {"O"}
