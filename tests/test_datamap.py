"""The map: columns and ids from the log, through every file format and back."""

import json
import logging

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics, load_cartography_metrics, summarize_map, write_map
from dataset_cartography.errors import InputError, LogError, MissingFileError
from dataset_cartography.log import Attempt, LogWriter
from dataset_cartography.regions import categorize_examples
from logs import make_log, rows


@pytest.fixture
def recorded(tmp_path):
    """Three examples over three epochs; the last was seen once only, a fourth never."""

    def record(ids):
        writer = make_log(tmp_path, 4, ids=ids)
        for epoch, losses in enumerate([(0.1, 2.0, 1.0), (0.1, 1.0), (0.1, 0.2)], start=1):
            writer.write_part(
                epoch,
                rows(list(range(len(losses))), epoch, np.float32(0))
                | {
                    "gold_logprob": -np.array(losses, np.float32),
                },
            )
            writer.close_epoch(epoch, epoch)
        return tmp_path

    return record


TEXT_IDS = ["007", "1e5", 'é,"\n', "NaN"]


def test_a_map_has_a_row_for_every_example(recorded):
    df = compute_metrics(recorded(TEXT_IDS))
    assert df.index.tolist() == TEXT_IDS
    assert df["epochs_seen"].tolist() == [3, 3, 1, 0]
    assert df["confidence"].to_list()[:3] == pytest.approx(
        [np.exp(-0.1), np.mean(np.exp([-2.0, -1.0, -0.2])), np.exp(-1.0)]
    )
    assert np.isnan(df["confidence"].iloc[3])


@pytest.mark.parametrize("ids", [TEXT_IDS, [7, -1, 2**40, 0]])
@pytest.mark.parametrize(
    "file", ["", "cartography_metrics.parquet", "cartography_metrics.csv", "cartography_metrics.json"]
)
def test_ids_and_values_survive_every_file(recorded, ids, file):
    root = recorded(ids)
    df = compute_metrics(root)
    write_map(df, root)
    again = load_cartography_metrics(root / file)
    assert again.index.tolist() == ids
    pd.testing.assert_frame_equal(
        again, df, check_exact=False, check_index_type=False, check_column_type=False
    )


def test_a_directory_with_a_log_alone_is_computed(recorded):
    assert load_cartography_metrics(recorded(TEXT_IDS)).index.tolist() == TEXT_IDS


def test_ids_that_look_like_numbers_are_warned_about(recorded, caplog):
    root = recorded(TEXT_IDS)
    write_map(compute_metrics(root), root)
    assert "dtype={'example_id': str}" in caplog.text


def test_the_json_reads_in_pandas_as_the_contract_says(recorded):
    root = recorded(["a", "b", "c", "d"])
    df = compute_metrics(root)
    write_map(df, root)
    read = pd.read_json(root / "cartography_metrics.json", orient="index")
    np.testing.assert_allclose(read["confidence"].to_numpy(float), df["confidence"], atol=1e-12)
    assert set(json.loads((root / "cartography_metrics.json").read_text())) == {"a", "b", "c", "d"}


def test_no_cartography_files_says_what_was_looked_for(tmp_path):
    with pytest.raises(MissingFileError) as error:
        load_cartography_metrics(tmp_path)
    assert str(error.value) == (
        f"No cartography files found in '{tmp_path}': looked for cartography_metrics.parquet, "
        "cartography_metrics.csv, cartography_metrics.json and manifest.json. Make them with "
        f"`python run.py --do_train --enable_cartography --cartography_output_dir {tmp_path} …`."
    )


def test_a_damaged_map_is_named(recorded):
    root = recorded(TEXT_IDS)
    (root / "cartography_metrics.json").write_text("{")
    with pytest.raises(LogError, match=r"cartography_metrics.json' cannot be read as a map"):
        load_cartography_metrics(root / "cartography_metrics.json")


def test_a_run_without_a_finished_epoch_is_named(tmp_path):
    make_log(tmp_path)
    with pytest.raises(InputError, match="holds no epoch that ran to its end yet"):
        compute_metrics(tmp_path)


def test_the_summary_tells_coverage(recorded):
    summary = summarize_map(categorize_examples(compute_metrics(recorded(TEXT_IDS))))
    assert (summary.examples, summary.unseen, summary.missing) == (4, 1, 0)
    assert [(epoch.epoch, epoch.seen, epoch.missing) for epoch in summary.coverage] == [
        (1, 3, 1),
        (2, 2, 2),
        (3, 2, 2),
    ]
    assert summary.warnings == ()


def test_too_few_epochs_are_a_warning(recorded):
    df = compute_metrics(recorded(TEXT_IDS), burn_out=2)
    summary = summarize_map(categorize_examples(df))
    assert summary.warnings[0] == (
        "not enough epochs for meaningful variability: 2 recorded, 3 or more are needed"
    )


def test_metrics_can_be_chosen(recorded):
    assert list(compute_metrics(recorded(TEXT_IDS), metrics=["aum"]).columns) == ["aum", "prediction"]


def test_nothing_is_logged_for_ordinary_ids(recorded, caplog):
    root = recorded(["a", "b", "c", "d"])
    with caplog.at_level(logging.WARNING):
        write_map(compute_metrics(root), root)
    assert caplog.text == ""


@pytest.mark.parametrize("task", ["classification", "qa"])
def test_an_epoch_of_which_no_row_counts_is_an_epoch_without_examples(tmp_path, task):
    writer = make_log(tmp_path, 2, task=task)
    signals = {column.name: np.zeros(2, column.dtype) for column in writer.manifest.schema.signals}
    keys = {"example": np.arange(2), "window": np.zeros(2, int), "global_step": np.array([0, 1])}
    for epoch in (1, 2):
        steps = keys["global_step"] + 2 * (epoch - 1)
        writer.write_part(epoch, keys | signals | {"global_step": steps})
        writer.close_epoch(epoch, 2 * epoch)
    # A later attempt took the place of the second epoch's rows, and closed the epoch without one of its own.
    again = LogWriter(tmp_path, writer.manifest.with_attempt(Attempt(1, 2)))
    again.close_epoch(2, 4)
    df = compute_metrics(tmp_path)
    assert df["presentations"].tolist() == [1, 1]
    assert [epoch["seen"] for epoch in df.attrs["cartography"]["coverage"]] == [2, 0]


@pytest.mark.parametrize("task", ["classification", "nli", "multiple-choice"])
@pytest.mark.parametrize("ids", [TEXT_IDS, [7, -1, 2**40, 0]])
def test_predictions_survive_every_file(tmp_path, task, ids):
    writer = make_log(tmp_path, 4, task=task, ids=ids)
    for epoch in (1, 2):
        writer.write_part(epoch, rows([2, 0, 1], epoch) | {"prediction": np.array([epoch, 3, 0])})
        writer.close_epoch(epoch, epoch)
    df = compute_metrics(tmp_path)
    assert df["prediction"].tolist() == [3, 0, 2, pd.NA]
    assert df["prediction"].dtype == "Int32"
    assert df.attrs["cartography"]["gold_probability"] == writer.manifest.schema.gold_probability
    assert {"aum", "el2n"} <= set(df.columns)
    assert "windows" not in df.columns
    write_map(df, tmp_path)
    for suffix in ("parquet", "csv", "json"):
        again = load_cartography_metrics(tmp_path / f"cartography_metrics.{suffix}")
        pd.testing.assert_frame_equal(again, df, check_index_type=False)
        assert again.index.tolist() == ids
    assert load_cartography_metrics(tmp_path).attrs == df.attrs
