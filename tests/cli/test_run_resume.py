"""`run.py --resume_from_checkpoint`: the newest complete checkpoint, those skipped, and none at all."""

import pandas as pd
import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.log import LogReader


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, questions_file, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        given = ["--do_train", "--dataset", questions_file, "--model", model_folder, "--output_dir", "model"]
        given += ["--use_cpu", "True", "--max_length", 32, "--doc_stride", 8, "--enable_cartography"]
        given += ["--num_train_epochs", 3, "--lr_scheduler_type", "constant", *argv]
        capfd.readouterr()
        code = main([str(word) for word in given])
        return code, capfd.readouterr()

    return call


def said(captured):
    """What was printed before the training began."""
    lines = captured.out.splitlines()
    return [line for line in lines if line.startswith(("Skipped", "No ", "Resuming"))]


def newest(folder):
    return max(folder.glob("checkpoint-*"), key=lambda path: int(path.name.partition("-")[2]))


@pytest.mark.usefixtures("exact_resume")
def test_a_checkpoint_that_is_cut_short_is_skipped_and_named(run, tmp_path):
    assert run("--cartography_output_dir", "whole")[0] == 0
    (tmp_path / "model").rename(tmp_path / "other")
    assert run("--num_train_epochs", 2)[0] == 0
    broken = newest(tmp_path / "model")
    (broken / "trainer_state.json").unlink()
    code, captured = run("--resume_from_checkpoint", "last")
    assert code == 0
    whole = newest(tmp_path / "model")
    assert whole.name == newest(tmp_path / "other").name
    first = min((tmp_path / "model").glob("checkpoint-*"), key=lambda path: int(path.name.partition("-")[2]))
    assert said(captured) == [
        f"Skipped the checkpoint 'model/{broken.name}', which is not whole: trainer_state.json is missing",
        f"Resuming from 'model/{first.name}'",
    ]
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )


@pytest.mark.parametrize("asked", ["last", "True"])
def test_with_no_checkpoint_the_run_starts_over_and_the_old_rows_are_void(run, asked):
    assert run("--cartography_output_dir", "whole", "--save_strategy", "no")[0] == 0
    assert run("--num_train_epochs", 1, "--save_strategy", "no", "--seed", 3)[0] == 0
    code, captured = run("--resume_from_checkpoint", asked, "--save_strategy", "no")
    assert code == 0
    assert said(captured) == ["No checkpoint in 'model': starting over from the beginning"]
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )
    assert LogReader("cartography_output").manifest.attempts[-1].number == 2


def test_with_nothing_at_all_the_run_begins(run, tmp_path):
    (tmp_path / "model" / "checkpoint-4").mkdir(parents=True)
    code, captured = run("--resume_from_checkpoint", "last", "--num_train_epochs", 1)
    assert code == 0
    assert said(captured) == [
        "Skipped the checkpoint 'model/checkpoint-4', which is not whole: trainer_state.json is missing",
        "No whole checkpoint in 'model': starting over from the beginning",
    ]


def test_a_folder_that_was_given_must_be_whole(run, tmp_path):
    folder = tmp_path / "model" / "checkpoint-4"
    folder.mkdir(parents=True)
    code, captured = run("--resume_from_checkpoint", folder)
    assert code == 2
    assert captured.err.strip().splitlines()[-1] == (
        f"error: Cannot resume: the checkpoint '{folder}' is not whole: trainer_state.json is missing. Give an earlier "
        "one to --resume_from_checkpoint, or last for the newest that is whole."
    )
