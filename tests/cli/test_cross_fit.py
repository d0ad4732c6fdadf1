"""`run.py --cross_fit` from end to end: every task, planted noise, resuming, refusals."""

import json
import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.log import LogReader, Manifest, read_probabilities
from dataset_cartography.tasks.noise import read_planted
from questions import WORDS

NAMES = ["contradiction", "entailment", "neutral"]


def texts(count=20):
    return [
        {"id": f"r{number}", "text": f"{WORDS[number % 3]} {WORDS[3 + number]}", "label": NAMES[number % 3]}
        for number in range(count)
    ]


def pairs(count=20):
    return [
        {"id": row["id"], "premise": row["text"], "hypothesis": WORDS[number], "label": row["label"]}
        for number, row in enumerate(texts(count))
    ]


def choices(count=20):
    return [
        {
            "id": f"c{number}",
            "question": WORDS[number],
            "choices": [WORDS[number], WORDS[number + 1], WORDS[number + 2]],
            "label": number % 3,
        }
        for number in range(count)
    ]


ROWS = {"classification": texts, "nli": pairs, "multiple-choice": choices}


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, questions_file, capfd):
    monkeypatch.chdir(tmp_path)

    def call(task, *argv):
        if task in ROWS:
            (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS[task]()))
        given = ["--do_train", "--task", task, "--dataset", "rows.jsonl" if task in ROWS else questions_file]
        given += ["--model", model_folder, "--output_dir", "model", "--use_cpu", "True", "--max_length", 32]
        given += ["--report_to", "none", "--num_train_epochs", 2, "--enable_cartography", "--doc_stride", 8]
        capfd.readouterr()
        code = main([str(word) for word in [*given, *argv]])
        return code, capfd.readouterr().out

    return call


SLOW = ("nli", "multiple-choice", "qa")


@pytest.mark.parametrize(
    "task", ["classification", *(pytest.param(task, marks=pytest.mark.slow) for task in SLOW)]
)
def test_a_run_of_every_task(run, tmp_path, task, caplog):
    caplog.set_level(logging.INFO, "dataset_cartography")
    code, out = run(task, "--cross_fit", 3, "--save_strategy", "no", "--do_eval", "--eval_split", "train")
    assert code == 0
    root = tmp_path / "cartography_output"
    main_log, log = LogReader(root), LogReader(root / "out_of_fold")
    assert log.ids.tolist() == main_log.ids.tolist()
    assert log.epochs == [1, 2]
    share = load_cartography_metrics(root / "out_of_fold")["correctness"]
    assert share.index.tolist() == main_log.ids.tolist()
    assert f"\nOut of fold: {log.size} examples, each answered by a model that was not trained on it; " in out
    assert "Cross-fitting: 3 more models, each on 2/3 of the examples: 2 × the training." in caplog.messages
    facts = log.manifest.provenance
    assert (facts["dataset"], facts["task"], facts["cross_fit"]["number of folds"]) == (
        main_log.manifest.provenance["dataset"],
        task,
        3,
    )
    assert sorted(path.name for path in root.iterdir() if path.is_dir()) == ["dynamics", "out_of_fold"]
    assert sorted(path.name for path in (tmp_path / "model").iterdir() if path.is_dir()) == []
    if task != "qa":
        found = read_probabilities(root)
        assert found.labels == (("0", "1", "2") if task == "multiple-choice" else tuple(NAMES))
        assert [row["label"] for row in ROWS[task]()] == [
            int(label) if task == "multiple-choice" else NAMES[label] for label in found.given
        ]
    assert datamap(["metrics", str(root / "out_of_fold")]) == 0


@pytest.mark.slow
def test_the_recorded_run_is_the_one_without(run, tmp_path):
    argv = ["--save_strategy", "no", "--eval_strategy", "epoch", "--do_eval", "--eval_split", "train"]
    assert run("classification", *argv, "--cartography_output_dir", "plain")[0] == 0
    weights = (tmp_path / "model" / "model.safetensors").read_bytes()
    assert run("classification", *argv, "--cross_fit", 2)[0] == 0
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == weights
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("plain"), check_exact=True
    )


def test_folds_are_trained_on_planted_labels_and_the_truth_is_kept_apart(run, tmp_path):
    argv = ["--plant_label_noise", 0.2, "--plant_seed", 3, "--save_strategy", "no"]
    assert run("classification", *argv, "--cross_fit", 2)[0] == 0
    root = tmp_path / "cartography_output"
    found = read_probabilities(root)
    changed = {row["id"]: row["planted"] for row in read_planted(root).to_dict("records")}
    given = {row["id"]: row["label"] for row in texts()} | changed
    assert [NAMES[label] for label in found.given] == [given[name] for name in found.ids]
    assert read_planted(root / "out_of_fold").to_dict("records") == read_planted(root).to_dict("records")
    assert Manifest.read(root / "out_of_fold").provenance["planted_labels"]["count"] == 4


@pytest.mark.slow
def test_folds_are_added_to_a_run_that_is_recorded_already(run, tmp_path):
    assert run("nli", "--cross_fit", 3, "--cartography_output_dir", "whole", "--output_dir", "other")[0] == 0
    assert run("nli")[0] == 0
    before = load_cartography_metrics("cartography_output")
    assert run("nli", "--cross_fit", 3, "--resume_from_checkpoint", "last")[0] == 0
    pd.testing.assert_frame_equal(load_cartography_metrics("cartography_output"), before, check_exact=True)
    np.testing.assert_array_equal(
        read_probabilities("cartography_output").matrix, read_probabilities("whole").matrix
    )
    # Once more: all is there.
    files = {
        path: path.stat().st_mtime_ns
        for path in (tmp_path / "cartography_output" / "out_of_fold").rglob("part*")
    }
    assert run("nli", "--cross_fit", 3, "--resume_from_checkpoint", "last")[0] == 0
    assert {path: path.stat().st_mtime_ns for path in files} == files
    again = ["--cross_fit", "3", "--resume_from_checkpoint", "last"]
    assert run("nli", *again, "--weight_decay", 0.1)[0] == 2


@pytest.mark.slow
def test_what_the_docs_do_with_it_runs(run, capfd):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    assert run("classification", "--cross_fit", 3, "--save_strategy", "no")[0] == 0
    page = (Path(__file__).parents[2] / "docs" / "cross_fitting.md").read_text(encoding="utf-8")
    reading, joining, *_ = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(reading)
    exec(joining)
    assert "cleanlab_suggested" in capfd.readouterr().out


@pytest.fixture
def refused_run(refused, model_folder, tmp_path):
    def call(*argv):
        (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts(8)))
        given = ["--do_train", "--task", "classification", "--dataset", "rows.jsonl", "--model", model_folder]
        return refused(main, *given, "--use_cpu", "True", "--max_length", 32, *argv)

    return call


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["--cross_fit", 3],
            "--cross_fit adds to a recorded run: give --do_train and --enable_cartography too.",
        ),
        (
            ["--cross_fit", 1, "--enable_cartography"],
            "--cross_fit must be 2 or more folds, but is 1: with 3, each model learns two thirds.",
        ),
        (
            ["--cross_fit", 9, "--enable_cartography"],
            "--cross_fit 9 asks for more folds than there are examples to train on, which are 8.",
        ),
        (
            [
                *["--cross_fit", 2, "--enable_cartography", "--dataloader_drop_last", "True"],
                *["--per_device_train_batch_size", 6],
            ],
            (
                "--dataloader_drop_last drops all 4 rows that are trained on, as a batch takes 6: leave it out, or "
                "give a smaller --per_device_train_batch_size."
            ),
        ),
    ],
)
def test_refusals_come_before_the_training(refused_run, tmp_path, argv, sentence):
    assert refused_run(*argv) == sentence
    assert not (tmp_path / "cartography_output" / "manifest.json").exists()
