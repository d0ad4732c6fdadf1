"""Bad input to `run.py`: one sentence, exit code 2, no traceback, and nothing recorded is lost."""

import json
import sys
import types
from pathlib import Path

import pytest
from transformers import Trainer

from dataset_cartography.cli.checks import tracker_refusals
from dataset_cartography.cli.run import main
from dataset_cartography.errors import InputError
from questions import generate, row


def write(path, rows):
    path.write_text("".join(json.dumps(line) + "\n" for line in rows))
    return path


@pytest.fixture
def run(refused, model_folder):
    def call(dataset, *argv, model=model_folder):
        return refused(main, "--do_train", "--dataset", dataset, "--model", model, "--use_cpu", "True", *argv)

    return call


def test_nothing_to_do(refused):
    assert refused(main) == "Nothing to do: give --do_train, --do_eval, or both."


def test_no_file(run, tmp_path):
    assert run(tmp_path / "none.jsonl") == (
        "No dataset file at 'TMP/none.jsonl'. Give a local file (.json, .jsonl, .csv, .tsv, .parquet, .conll, .txt) or "
        "--dataset demo, or a name on the hub."
    )


def test_broken_json(run, tmp_path):
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(generate(1)[0]) + '\n{"id": 2, "question"\n')
    assert run(path) == "Cannot read TMP/broken.jsonl: line 2 column 21: Expecting ':' delimiter."


def test_a_missing_column(run, tmp_path):
    path = write(tmp_path / "a.jsonl", [{"id": 1, "question": "q"}])
    assert run(path) == (
        "Column 'context' not found in the dataset 'TMP/a.jsonl'; its columns are: 'id', 'question'. Question "
        "answering needs 'question', 'context' and 'answers' (or 'answer' and 'answer_start')."
    )


def test_duplicate_ids(run, tmp_path):
    path = write(tmp_path / "a.jsonl", generate(3, ids=["a", "b", "a"]))
    assert run(path) == (
        "Duplicate example ids in the dataset 'TMP/a.jsonl' (column 'id'), 1 in number: 'a' in rows 0, 2 (rows "
        "counted from 0). Make the ids unique, or remove the id column to have ids made from the content."
    )


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_dataset(run, tmp_path, content):
    (tmp_path / "a.jsonl").write_text(content)
    assert run(tmp_path / "a.jsonl") == "The dataset 'TMP/a.jsonl' is empty: it holds no rows."


def test_nothing_usable_left(run, tmp_path):
    rows = [{**line, "answers": {"text": ["absent"], "answer_start": [0]}} for line in generate(2)]
    assert run(write(tmp_path / "a.jsonl", rows)) == (
        "Nothing usable is left: all 2 rows are faulty. The first: answer 'absent' is not in the context."
    )


def test_an_output_directory_below_a_file(run, questions_file, tmp_path):
    (tmp_path / "file").write_text("")
    assert run(questions_file, "--output_dir", tmp_path / "file" / "model") == (
        "Cannot write to --output_dir 'TMP/file/model' (Not a directory): choose another."
    )


def test_an_output_directory_that_is_read_only(run, questions_file, tmp_path, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir()
    lock(monkeypatch, folder)
    assert run(questions_file, "--output_dir", folder) == (
        "Cannot write to --output_dir 'TMP/locked' (Permission denied): choose another."
    )


def test_a_cartography_directory_below_a_file(run, questions_file, tmp_path):
    (tmp_path / "file").write_text("")
    assert run(
        questions_file, "--enable_cartography", "--cartography_output_dir", tmp_path / "file" / "map"
    ) == (
        "Cannot write to 'TMP/file/map' (Not a directory): give another --cartography_output_dir, or make it writable."
    )


def lock(monkeypatch, folder):
    """Make a folder read-only, also for root."""
    touch = Path.touch

    def denied(self, *args, **kwargs):
        if self.parent == folder:
            raise PermissionError(13, "Permission denied", str(self))
        return touch(self, *args, **kwargs)

    monkeypatch.setattr(Path, "touch", denied)


def test_a_cartography_directory_that_is_read_only(run, questions_file, tmp_path, monkeypatch):
    folder = tmp_path / "map"
    folder.mkdir()
    lock(monkeypatch, folder)
    assert run(questions_file, "--enable_cartography", "--cartography_output_dir", folder) == (
        "Cannot write to 'TMP/map' (Permission denied): give another --cartography_output_dir, or make it writable."
    )


def test_a_directory_that_holds_a_run(run, questions_file, tmp_path):
    part = tmp_path / "map" / "dynamics" / "epoch=0001" / "attempt01-rank0-000001.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"recorded")
    assert run(questions_file, "--enable_cartography", "--cartography_output_dir", tmp_path / "map") == (
        "'TMP/map' already holds a recorded run, and nothing recorded is overwritten: give another directory "
        "(--cartography_output_dir), go on with that run (--resume_from_checkpoint), or delete the directory."
    )
    assert part.read_bytes() == b"recorded"


def test_an_unknown_model_folder(run, questions_file):
    assert run(questions_file, model="./no/model") == (
        "No model folder at './no/model'. Give a folder with a config.json, a name on the hub, or 'demo'."
    )


def test_windows_without_room(run, questions_file):
    assert run(questions_file, "--max_length", 64, "--doc_stride", 80) == (
        "max_length 64 and doc_stride 80 leave no room for the question: max_length must exceed doc_stride by at "
        "least 5 tokens, and doc_stride be 0 or more. Try a doc_stride of 21."
    )


@pytest.mark.parametrize("length", [0, -5, 3])
def test_a_window_of_no_length(run, questions_file, length):
    assert run(questions_file, "--max_length", length).startswith(f"max_length {length} and doc_stride ")


def test_more_tokens_than_the_model_has_positions(run, tmp_path, model_folder):
    long = " ".join(["word1"] * 900)
    path = write(tmp_path / "long.jsonl", [row("a", long, "word1")])
    assert run(path, "--max_length", 700) == (
        f"max_length 700 is more than the {512} tokens that the model '{model_folder}' can read at once: "
        "give --max_length 512 or less."
    )


@pytest.mark.parametrize("samples", [0, -1])
def test_no_samples(run, questions_file, samples):
    assert run(questions_file, "--max_train_samples", samples) == (
        f"The number of samples to keep must be 1 or more, not {samples}."
    )


def test_no_such_split(run, questions_file):
    assert "is one unnamed split, which goes by any of train" in run(
        questions_file, "--train_split", "elsewhere"
    )


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--per_device_train_batch_size", "0"], "per_device_train_batch_size"),
        (["--load_best_model_at_end"], "--load_best_model_at_end"),
        (["--save_strategy", "sometimes"], "sometimes"),
        (["--report_to", "nowhere"], "nowhere"),
    ],
)
def test_training_arguments_that_do_not_work(run, questions_file, argv, sentence):
    said = run(questions_file, *argv)
    assert sentence in said
    assert "\n" not in said


def test_a_checkpoint_that_is_not_there(run, questions_file, tmp_path):
    (tmp_path / "model").mkdir()
    assert run(questions_file, "--resume_from_checkpoint", tmp_path / "no" / "ckpt") == (
        "Cannot resume: no checkpoint folder 'TMP/no/ckpt'. Without --resume_from_checkpoint a new run is begun."
    )


@pytest.mark.parametrize(
    "argv",
    [
        ["--no_such_flag"],
        ["--num_train_epochs", "many"],
        ["--cartography_mode", "sometimes"],
        ["--cartography_splits", "test"],
        ["--cartography_on_failure", "panic"],
        ["--task", "cooking"],
        ["--optim", "none"],
        ["--dataset"],
    ],
)
def test_usage_errors(argv, capfd):
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    err = capfd.readouterr().err
    assert err.strip().splitlines()[-1].startswith("run.py: error: ")
    assert "Traceback" not in err


def test_help(capfd):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "--enable_cartography" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--num_train_epochs", "0", "--num_train_epochs must be more than 0, but is 0."),
        ("--learning_rate", "nan", "--learning_rate must be 0 or more, but is nan."),
        ("--seed", "-1", "--seed must be from 0 to 4294967295, but is -1."),
        ("--dataloader_num_workers", "-1", "--dataloader_num_workers must be 0 or more, but is -1."),
    ],
)
def test_numbers_that_transformers_would_meet_with_a_traceback(run, questions_file, flag, value, message):
    assert run(questions_file, flag, value) == message


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--dataloader_drop_last", "True", "--per_device_train_batch_size", 50],
            (
                "--dataloader_drop_last drops all 16 rows that are trained on, as a batch takes 50: leave it out, or "
                "give a smaller --per_device_train_batch_size."
            ),
        ),
        (
            ["--do_eval", "--eval_strategy", "epoch", "--load_best_model_at_end", "True"],
            (
                "--metric_for_best_model is 'loss' (its default is 'loss'), which the task 'qa' does not report: "
                "choose from exact_match, f1."
            ),
        ),
        (
            ["--do_eval", "--prediction_loss_only", "True"],
            "--prediction_loss_only leaves --do_eval nothing to score: give one of the two.",
        ),
        (
            ["--eval_accumulation_steps", 0],
            "--eval_accumulation_steps must be 1 or more, but is 0.",
        ),
        (["--output_dir", ""], "--output_dir is empty: give a directory, such as . for this one."),
        (
            ["--enable_cartography", "--cartography_output_dir", ""],
            "--cartography_output_dir is empty: give a directory, such as . for this one.",
        ),
    ],
)
def test_flags_that_would_fail_in_the_middle(run, questions_file, argv, message):
    assert run(questions_file, "--max_length", 64, "--report_to", "none", *argv) == message


def test_an_unknown_compile_mode(run, questions_file):
    assert run(questions_file, "--torch_compile_mode", "fastest").startswith(
        "--torch_compile_mode has no 'fastest': choose from default, "
    )


def test_a_hub_that_cannot_be_reached(run, questions_file, monkeypatch):
    def unreachable(self):
        raise ConnectionError("Cannot reach the hub: offline mode is enabled.")

    monkeypatch.setattr(Trainer, "init_hf_repo", unreachable)
    assert run(questions_file, "--max_length", 64, "--push_to_hub", "True") == (
        "Cannot use the training arguments: Cannot reach the hub: offline mode is enabled."
    )


def test_wandb_without_a_login(monkeypatch):
    class UsageError(Exception):
        pass

    errors = types.SimpleNamespace(UsageError=UsageError)
    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(errors=errors))
    with pytest.raises(InputError) as caught, tracker_refusals():
        raise UsageError("No API key configured.")
    assert str(caught.value) == (
        "Cannot report to wandb: No API key configured. Log in, set WANDB_MODE=offline, or give another --report_to."
    )
    with pytest.raises(KeyError), tracker_refusals():
        raise KeyError("another")
