"""`run.py --train_ids` and `--ood_dataset`: what is trained on, and a second evaluation."""

import json

import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import FACTS, load_cartography_metrics
from questions import generate

SMALL = ["--max_length", "32", "--doc_stride", "8", "--use_cpu", "True", "--save_strategy", "no"]


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, questions_file):
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        given = ["--dataset", questions_file, "--model", model_folder, "--output_dir", "model", *SMALL, *argv]
        return main([str(word) for word in given])

    return call


@pytest.fixture
def some_ids(questions_file, tmp_path):
    rows = [json.loads(line) for line in questions_file.read_text().splitlines()]
    path = tmp_path / "ids.json"
    path.write_text(json.dumps([rows[5]["id"], rows[1]["id"], rows[3]["id"], rows[1]["id"]]))
    return path, [rows[1]["id"], rows[3]["id"], rows[5]["id"]]


def test_only_the_examples_of_the_file_are_trained_on_in_the_datasets_order(run, some_ids):
    path, ids = some_ids
    assert run("--do_train", "--num_train_epochs", 1, "--enable_cartography", "--train_ids", path) == 0
    df = load_cartography_metrics("cartography_output")
    assert df.index.tolist() == ids
    assert df.attrs[FACTS]["train_ids"]["examples"] == 3
    assert df.attrs[FACTS]["train_ids"]["file"] == str(path)


def test_a_run_is_not_gone_on_with_on_other_examples(run, some_ids, refused, questions_file, model_folder):
    path, _ = some_ids
    train = ["--do_train", "--num_train_epochs", 1, "--save_strategy", "epoch", "--enable_cartography"]
    assert run(*train, "--train_ids", path) == 0
    flags = ["--dataset", questions_file, "--model", model_folder, "--output_dir", "model", *SMALL, *train]
    assert refused(
        main, *flags, "--num_train_epochs", 2, "--resume_from_checkpoint", "last", "--disable_tqdm", "true"
    ) == (
        "'cartography_output' was recorded on other examples (3 there, 16 now): resume with the same --dataset, "
        "--train_ids and --max_train_samples, or record into a new directory."
    )


def test_a_second_dataset_is_evaluated_beside_the_first(run, questions_file, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(row) + "\n" for row in generate(6, seed=4)))
    train = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--eval_split", "train"]
    assert run(*train, "--ood_dataset", other) == 0
    rows = (tmp_path / "model" / "ood_predictions.jsonl").read_text().splitlines()
    metrics = json.loads((tmp_path / "model" / "ood_metrics.json").read_text())
    assert len(rows) == metrics["n"] == 6
    assert sum(json.loads(row)["f1"] for row in rows) / 6 * 100 == pytest.approx(metrics["f1"])
    assert json.loads((tmp_path / "model" / "eval_metrics.json").read_text())["n"] == 16
    # Of the trained model alone, the same.
    alone = ["--do_eval", "--eval_dataset", other, "--max_length", 32, "--doc_stride", 8, "--use_cpu", "True"]
    assert main([str(w) for w in ["--model", "model", "--output_dir", "alone", *alone]]) == 0
    assert json.loads((tmp_path / "alone" / "eval_metrics.json").read_text()) == metrics


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            '["nobody", "q0"]',
            "1 of the 2 ids of --train_ids 'TMP/ids.json', such as 'nobody', are not among the 16 examples that can be "
            "trained on: give the dataset and split that they were chosen of.",
        ),
        ("[]", "'TMP/ids.json' holds no ids: there is nothing to train on."),
        (
            '["x"]',
            "None of the 1 ids of --train_ids 'TMP/ids.json', such as 'x', is in the dataset, where the first is 'q0'.",
        ),
        (None, "No file of ids at 'TMP/ids.json': give a JSON list of ids, or an id a line."),
    ],
)
def test_ids_that_cannot_be_trained_on_are_refused(
    refused, tmp_path, model_folder, questions_file, content, sentence
):
    first = json.loads(questions_file.read_text().splitlines()[0])["id"]
    if content is not None:
        (tmp_path / "ids.json").write_text(content.replace("q0", first))
    flags = [
        "--do_train",
        "--dataset",
        questions_file,
        "--model",
        model_folder,
        "--output_dir",
        "model",
        *SMALL,
    ]
    said = refused(main, *flags, "--train_ids", tmp_path / "ids.json")
    assert said == sentence.replace("q0", first)


def test_flags_that_have_no_use_are_refused(refused, questions_file, model_folder):
    flags = ["--dataset", questions_file, "--model", model_folder, "--output_dir", "model"]
    assert refused(main, *flags, "--do_train", "--ood_dataset", questions_file) == (
        "--ood_dataset is evaluated: give --do_eval too."
    )
    assert refused(main, *flags, "--do_eval", "--train_ids", "ids.json") == (
        "--train_ids says what is trained on: give --do_train too."
    )
