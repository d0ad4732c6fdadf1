"""The files the contract promises: hostile ids survive every one of them, and JSON stays JSON."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics, load_cartography_metrics, write_map
from dataset_cartography.formats.contract import export_epoch, export_epochs, export_map
from dataset_cartography.log import LogReader
from dataset_cartography.regions import assign_categories
from logs import make_log, rows

HOSTILE = [
    "plain",
    "007",
    "1e5",
    "-1",
    "1.0",
    "NaN",
    "nan",
    "null",
    "None",
    "NA",
    "true",
    "True",
    "inf",
    "=1+1",
    "@SUM(A1)",
    'say "hi"',
    "it's",
    "a,b;c\td",
    "two\nlines",
    "carriage\rreturn",
    "both\r\nof them",
    " leading",
    "trailing ",
    "back\\slash",
    "\\N",
    "#comment",
    "é",
    "e\u0301",
    "\u202ertl",
    "\u2028separator",
    "日本語",
    "🦉",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%s%n{0}",
    "x" * 10_000,
    "\ufeffmark",
    "nul\x00inside",
    "__proto__",
    "example_id",
    "2024-01-01",
    "0x10",
    "1_000",
]


def record(root, ids, values=None):
    writer = make_log(root, len(ids), ids=ids)
    for epoch in (1, 2, 3):
        losses = np.linspace(0.1, 2, len(ids), dtype=np.float32) / epoch if values is None else values
        writer.write_part(epoch, rows(range(len(ids)), epoch) | {"gold_logprob": -losses})
        writer.close_epoch(epoch, epoch)
    return root


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    root = record(tmp_path_factory.mktemp("hostile"), HOSTILE)
    export_map(assign_categories(compute_metrics(root)), root)
    export_epoch(LogReader(root), 1)
    return root


@pytest.mark.parametrize(
    "file", ["", "cartography_metrics.parquet", "cartography_metrics.csv", "cartography_metrics.json"]
)
def test_hostile_ids_survive(hostile, file):
    df = compute_metrics(hostile)
    read = load_cartography_metrics(hostile / file)
    assert read.index.tolist() == HOSTILE
    pd.testing.assert_frame_equal(read, df, check_index_type=False)


def test_hostile_ids_survive_in_epoch_files(hostile):
    epoch = json.loads((hostile / "training_dynamics_epoch_1.json").read_text(encoding="utf-8"))
    assert list(epoch) == HOSTILE


def test_the_map_as_json_is_json(hostile):
    def no_constant(name):
        raise AssertionError(f"{name} is not JSON")

    text = (hostile / "cartography_metrics.json").read_text(encoding="utf-8")
    assert list(json.loads(text, parse_constant=no_constant)) == HOSTILE


def test_other_readers_of_csv_agree(hostile):
    csv.field_size_limit(100_000)
    with (hostile / "cartography_metrics.csv").open(encoding="utf-8", newline="") as file:
        names = [line[0] for line in csv.reader(file)]
    assert names == ["example_id", *HOSTILE]


def test_infinite_values_are_null_in_json(tmp_path):
    root = record(tmp_path, ["a", "b"], values=np.array([np.inf, 1.0], np.float32))
    path = export_epoch(LogReader(root), 1)
    assert "Infinity" not in path.read_text()
    assert json.loads(path.read_text())["a"]["loss"] is None
    write_map(compute_metrics(root), root)
    assert json.loads((root / "cartography_metrics.json").read_text())["a"]["mean_loss"] is None


@pytest.mark.parametrize("ids", [[3, 1, 2], [2**62, -5, 0]])
def test_integer_ids_stay_integers(tmp_path, ids):
    root = record(tmp_path, ids)
    export_map(assign_categories(compute_metrics(root)), root)
    for file in ("", "cartography_metrics.parquet", "cartography_metrics.csv", "cartography_metrics.json"):
        index = load_cartography_metrics(root / file).index
        assert index.dtype == "int64"
        assert index.tolist() == ids
    path = export_epoch(LogReader(root), 2)
    assert list(json.loads(path.read_text())) == [str(example_id) for example_id in ids]


def test_examples_not_seen_are_left_out_of_the_epoch(tmp_path):
    writer = make_log(tmp_path, 3)
    writer.write_part(1, rows([2, 0], 0, 1.0))
    writer.close_epoch(1, 1)
    epoch = json.loads(export_epoch(LogReader(tmp_path), 1).read_text())
    assert list(epoch) == ["e0", "e2"]
    assert epoch["e0"] == {
        "gold_probability": pytest.approx(np.exp(-1)),
        "correct": 1,
        "margin": 1.0,
        "loss": 1.0,
        "el2n": 1.0,
        "presentations": 1,
        "prediction": 0,
    }


def test_a_map_without_anything_to_draw_is_still_written(tmp_path, caplog):
    root = record(tmp_path, ["a", "b"], values=np.array([np.nan, np.nan], np.float32))
    written = export_map(assign_categories(compute_metrics(root)), root)
    assert [path.name for path in written] == [
        "cartography_metrics.json",
        "cartography_metrics.csv",
        "cartography_metrics.parquet",
    ]
    assert caplog.messages[-1].startswith("The tables of the map are written, its picture is not: ")


def test_predictions_of_a_question_are_characters(tmp_path):
    writer = make_log(tmp_path, 2, task="qa")
    signals = {column.name: np.full(2, -1, column.dtype) for column in writer.manifest.schema.signals}
    keys = {"example": np.arange(2), "window": np.zeros(2, int), "global_step": np.zeros(2, int)}
    prediction = {"prediction_start": np.array([3, -1]), "prediction_end": np.array([9, -1])}
    writer.write_part(1, keys | signals | prediction)
    writer.close_epoch(1, 1)
    row = json.loads(export_epoch(LogReader(tmp_path), 1).read_text())["e0"]
    assert (row["prediction_start"], row["prediction_end"]) == (3, 9)
    assert row.keys() == {"gold_probability", "correct", "margin", "loss", "presentations", *prediction}


def test_too_many_examples_for_json_while_training_are_said_once(tmp_path, caplog):
    root = record(tmp_path, ["a", "b", "c"])
    log = LogReader(root)
    assert [export_epoch(log, epoch, limit=2) for epoch in (1, 2, 3)] == [None, None, None]
    assert len(caplog.messages) == 1
    assert caplog.messages[0] == (
        "The epochs' JSON files are left out, since the run has more than 2 examples; "
        f"`datamap export json {root}` makes them."
    )
    assert [path.name for path in root.glob("*.json")] == ["manifest.json"]
    assert export_epoch(log, 1, limit=3).is_file()


def test_all_epochs_are_exported_when_asked_for(tmp_path, monkeypatch):
    from dataset_cartography.formats import contract

    root = record(tmp_path / "run", ["a", "b", "c", "d", "e"])
    monkeypatch.setattr(contract, "_BLOCK", 2)
    written = export_epochs(root)
    assert [path.relative_to(root).name for path in written] == [
        f"training_dynamics_epoch_{number}.json" for number in (1, 2, 3)
    ]
    elsewhere = export_epochs(root, tmp_path / "other" / "place")
    assert [path.parent for path in elsewhere] == [tmp_path / "other" / "place"] * 3
    assert written[2].read_text() == elsewhere[2].read_text()
    assert list(json.loads(written[0].read_text())) == ["a", "b", "c", "d", "e"]
