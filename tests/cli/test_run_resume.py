"""`run.py --resume_from_checkpoint`: the newest complete checkpoint, those skipped, and none at all."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.log import LogPaths, LogReader

OVER = "starting over from the beginning, which voids 1 recorded epoch in 'cartography_output'"
# What was done with, or by, the run that went on: no result of the training.
OF_THE_LAST_CALL = ("training_args.bin", "tokenizer.json", "manifest.json", "cartography_metrics.parquet")


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
        f"Skipped the checkpoint 'model/{broken.name}': trainer_state.json is missing",
        f"Resuming from 'model/{first.name}'",
    ]
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )


@pytest.mark.parametrize("asked", ["last", "True"])
def test_with_no_checkpoint_the_run_starts_over_and_the_old_rows_are_void(run, asked):
    assert run("--cartography_output_dir", "whole", "--save_strategy", "no")[0] == 0
    assert run("--num_train_epochs", 1, "--save_strategy", "no", "--seed", 3)[0] == 0
    for path in LogPaths(Path("cartography_output")).maps:  # as if it had been killed after the epoch
        path.unlink(missing_ok=True)
    code, captured = run("--resume_from_checkpoint", asked, "--save_strategy", "no")
    assert code == 0
    assert said(captured) == [f"No checkpoint in 'model': {OVER}"]
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )
    assert LogReader("cartography_output").manifest.attempts[-1].number == 2


def test_with_nothing_at_all_the_run_begins(run, tmp_path):
    (tmp_path / "model" / "checkpoint-4").mkdir(parents=True)
    code, captured = run("--resume_from_checkpoint", "last", "--num_train_epochs", 1)
    assert code == 0
    assert said(captured) == [
        "Skipped the checkpoint 'model/checkpoint-4': trainer_state.json is missing",
        "No usable checkpoint in 'model': starting over from the beginning",
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


def error(captured):
    return captured.err.strip().splitlines()[-1]


def contents(*folders):
    """The bytes of every file that holds results."""
    return {
        path: path.read_bytes()
        for folder in folders
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name not in OF_THE_LAST_CALL
    }


def test_a_finished_map_is_not_voided_for_want_of_a_checkpoint(run):
    assert run("--num_train_epochs", 1, "--save_strategy", "no")[0] == 0
    before = contents("cartography_output")
    code, captured = run("--resume_from_checkpoint", "last")
    assert code == 2
    assert error(captured) == (
        "error: Cannot resume: 'model' holds no checkpoint to go on from, and starting over would void the run in "
        "'cartography_output', whose map is made ('cartography_metrics.json'). Give the --output_dir that holds its "
        "checkpoints, or a new --cartography_output_dir, or delete the directory."
    )
    assert contents("cartography_output") == before


def test_the_checkpoints_of_another_run_in_the_same_folder_are_skipped(run, tmp_path):
    assert run("--num_train_epochs", 2, "--cartography_output_dir", "other")[0] == 0
    assert run("--num_train_epochs", 1, "--save_strategy", "no")[0] == 0
    for path in LogPaths(tmp_path / "cartography_output").maps:
        path.unlink(missing_ok=True)
    theirs = sorted(
        (tmp_path / "model").glob("checkpoint-*"), key=lambda path: -int(path.name.partition("-")[2])
    )
    code, captured = run("--resume_from_checkpoint", theirs[0])
    assert code == 2
    assert error(captured) == (
        f"error: Cannot resume: the checkpoint '{theirs[0]}' was made by another recorded run than that in "
        "'cartography_output'. Give the run's own --cartography_output_dir, or last for its newest checkpoint."
    )
    code, captured = run("--resume_from_checkpoint", "last", "--num_train_epochs", 1)
    assert code == 0
    assert said(captured) == [
        *(
            f"Skipped the checkpoint 'model/{path.name}': it was made by another recorded run"
            for path in theirs
        ),
        f"No usable checkpoint in 'model': {OVER}",
    ]


def test_a_new_run_among_the_checkpoints_of_an_earlier_one_is_warned_of(run, caplog):
    assert run("--num_train_epochs", 1, "--cartography_output_dir", "other")[0] == 0
    (checkpoint,) = Path("model").glob("checkpoint-*")
    caplog.clear()
    assert run("--num_train_epochs", 1, "--save_strategy", "no")[0] == 0
    assert (
        f"'model' holds checkpoints of an earlier run ({checkpoint.name}), which this one may overwrite and mixes "
        "with: give another --output_dir to keep them apart."
    ) in caplog.messages


@pytest.mark.parametrize(
    "end", [["--max_steps", 5], ["--num_train_epochs", 1.5]], ids=["steps", "a fraction"]
)
def test_a_run_that_is_done_is_left_as_it_is(run, end):
    argv = [*end, "--per_device_train_batch_size", 4, "--save_strategy", "steps", "--save_steps", 1]
    assert run(*argv)[0] == 0
    before = contents("cartography_output", "model")
    epochs, df = (
        LogReader("cartography_output").manifest.epochs,
        load_cartography_metrics("cartography_output"),
    )
    code, captured = run(*argv, "--resume_from_checkpoint", "last")
    assert code == 0
    assert said(captured) == [f"Resuming from 'model/{newest(Path('model')).name}'"]
    after = contents("cartography_output", "model")
    assert [str(path) for path in before if before[path] != after.get(path)] == []
    assert after.keys() == before.keys()
    assert LogReader("cartography_output").manifest.epochs == epochs
    pd.testing.assert_frame_equal(load_cartography_metrics("cartography_output"), df, check_exact=True)


def test_evaluation_alone_resumes_nothing(refused, questions_file, model_folder):
    argv = ["--do_eval", "--dataset", questions_file, "--model", model_folder, "--output_dir", "model"]
    assert refused(main, *argv, "--resume_from_checkpoint", "last") == (
        "--resume_from_checkpoint goes on with a training, and without --do_train there is none: give --do_train, or "
        "evaluate a checkpoint by giving its folder to --model."
    )


def test_the_checkpoint_of_another_task(run, tmp_path):
    assert run("--num_train_epochs", 1)[0] == 0
    rows = [{"text": f"word{number}", "label": "ab"[number % 2]} for number in range(8)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    argv = ["--task", "classification", "--dataset", "rows.jsonl", "--cartography_output_dir", "other"]
    code, captured = run(*argv, "--resume_from_checkpoint", "last")
    assert code == 2
    assert "holds a BertForQuestionAnswering, but this run has the model" in error(captured)
