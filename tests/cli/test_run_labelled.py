"""`run.py --task classification` and `--task nli` in this process: the same flags and outputs as for qa."""

import json
import shutil

import pandas as pd
import pytest

from dataset_cartography.cli import analyze
from dataset_cartography.cli import run as run_module
from dataset_cartography.cli.run import main
from dataset_cartography.cli.run_outputs import print_map
from dataset_cartography.datamap import load_cartography_metrics
from questions import WORDS

LABELS = ["entailment", "neutral", "contradiction"]
SHORT = ["--use_cpu", "True", "--max_length", 32, "--save_strategy", "no", "--report_to", "none"]


def texts(count):
    """Rows whose first word gives the label away; every seventh has none."""
    return [
        {
            "tweet": f"{WORDS[number % 3]} {WORDS[number]}",
            "intent": LABELS[number % 3] if number % 7 else None,
            "source": number,
        }
        for number in range(count)
    ]


def pairs(count):
    return [
        {"sentence1": row["tweet"], "sentence2": WORDS[row["source"]], "gold_label": row["intent"] or "-"}
        for row in texts(count)
    ]


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, capfd):
    monkeypatch.chdir(tmp_path)

    def call(task, rows, *argv):
        if rows is not None:
            (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        given = ["--task", task, "--dataset", "rows.jsonl", "--model", model_folder, *SHORT, *argv]
        capfd.readouterr()
        code = main([str(word) for word in given])
        return code, capfd.readouterr().out

    return call


@pytest.mark.parametrize(("task", "rows"), [("classification", texts(20)), ("nli", pairs(20))])
def test_a_run_of_a_labelled_task(run, tmp_path, task, rows):
    argv = [
        "--do_train",
        "--do_eval",
        "--eval_split",
        "train",
        "--num_train_epochs",
        3,
        "--enable_cartography",
    ]
    code, out = run(task, rows, *argv)
    assert code == 0
    assert "Faulty rows: 0 repaired, 3 left out; listed in" in out
    assert "Data map: 17 of 17 examples, 3 epochs" in out
    model = tmp_path / "trained_models" / task
    metrics = json.loads((model / "eval_metrics.json").read_text())
    predictions = pd.read_json(model / "eval_predictions.jsonl", lines=True).set_index("id")
    assert set(metrics) == {"accuracy", "macro_f1", "n"}
    assert metrics["n"] == 17
    assert metrics["accuracy"] == pytest.approx(100 * predictions["correct"].mean())
    assert (predictions["correct"] == (predictions["label"] == predictions["predicted_label"])).all()
    names = sorted(LABELS)
    assert [names[number] for number in predictions["predicted_label"]] == predictions[
        "predicted_label_name"
    ].tolist()
    assert (
        predictions["predicted_scores"].map(lambda row: row.index(max(row))) == predictions["predicted_label"]
    ).all()
    df = load_cartography_metrics("cartography_output")
    assert set(df.index) == set(predictions.index)
    manifest = json.loads((tmp_path / "cartography_output" / "manifest.json").read_text())
    assert manifest["task"] == task
    facts = manifest["provenance"]
    assert {name: facts[name] for name in ("task", "ablation", "labels", "max_length", "faulty_rows")} == {
        "task": task,
        "ablation": None,
        "labels": names,
        "max_length": 32,
        "faulty_rows": {"repaired": 0, "left_out": 3},
    }


def test_the_examples_own_columns_are_in_the_predictions(run, tmp_path):
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--output_dir", "out"]
    assert run("classification", texts(9), *argv)[0] == 0
    lines = (tmp_path / "out" / "eval_predictions.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    assert (first["text"], first["source"], first["label"]) == (f"{WORDS[1]} {WORDS[1]}", 1, 2)


def test_evaluation_alone_asks_the_model_for_its_labels(run, tmp_path):
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--output_dir", "out"]
    assert run("nli", pairs(12), *argv)[0] == 0
    assert run("nli", pairs(12)[4:6], "--do_eval", "--model", "out", "--output_dir", "again")[0] == 0
    both = [
        (tmp_path / folder / "eval_predictions.jsonl").read_text().splitlines() for folder in ("out", "again")
    ]
    before, again = ({row["id"]: row for row in map(json.loads, lines)} for lines in both)
    assert [row["label"] for row in again.values()] == [2, 0]  # as they were numbered in training
    for name, row in again.items():
        assert row["predicted_scores"] == pytest.approx(before[name]["predicted_scores"], abs=1e-5)


def test_an_ablation_withholds_the_premise_and_is_written_down(run, tmp_path):
    rows = [{**row, "sentence2": "word1"} for row in pairs(9)]
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--enable_cartography", "--output_dir", "out"]
    assert run("nli", rows, *argv, "--ablation", "hypothesis-only")[0] == 0
    lines = (tmp_path / "out" / "eval_predictions.jsonl").read_text().splitlines()
    scores = {
        json.dumps([round(score, 5) for score in json.loads(line)["predicted_scores"]]) for line in lines
    }
    assert len(scores) == 1  # all hypotheses are alike, and the premises are not read
    assert json.loads(lines[0])["premise"]
    manifest = json.loads((tmp_path / "cartography_output" / "manifest.json").read_text())
    assert manifest["provenance"]["ablation"] == "hypothesis-only"


@pytest.mark.parametrize("task", ["nli", "qa"])
def test_the_validation_split_is_recorded_beside_the_training(run, tmp_path, questions_file, task):
    rows = (
        pairs(12) if task == "nli" else [json.loads(line) for line in questions_file.read_text().splitlines()]
    )
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 2, "--enable_cartography", "--doc_stride", 8]
    code, _ = run(task, rows, *argv, "--cartography_splits", "train", "validation", "--output_dir", "out")
    assert code == 0
    whole = load_cartography_metrics(tmp_path / "cartography_output")
    other = load_cartography_metrics(tmp_path / "cartography_output" / "validation")
    assert set(other.index) == set(whole.index)
    assert (other["epochs_seen"] == 2).all()


def test_recording_changes_neither_losses_nor_weights(run, tmp_path):
    weights = []
    for argv in ([], ["--enable_cartography"]):
        argv += ["--do_train", "--num_train_epochs", 2, "--output_dir", "out"]
        assert run("classification", texts(12), *argv)[0] == 0
        weights.append((tmp_path / "out" / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_unused_columns_may_stay(run):
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--remove_unused_columns", "False"]
    assert run("nli", pairs(8), *argv, "--enable_cartography")[0] == 0


def test_columns_by_other_names(run):
    rows = [{"body": row["tweet"], "kind": row["intent"]} for row in texts(8)]
    argv = ["--do_train", "--num_train_epochs", 1, "--text_column", "body", "--label_column", "kind"]
    assert run("classification", rows, *argv)[0] == 0


@pytest.fixture
def refused_run(refused, model_folder, tmp_path):
    def call(task, rows, *argv):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        given = ["--do_train", "--task", task, "--dataset", path, "--model", model_folder, *SHORT, *argv]
        return refused(main, *given)

    return call


@pytest.mark.parametrize(
    ("task", "argv", "sentence"),
    [
        (
            "nli",
            ["--ablation", "question-only"],
            "No ablation 'question-only' for the task 'nli', which has hypothesis-only, premise-only.",
        ),
        (
            "classification",
            ["--ablation", "premise-only"],
            "No ablation 'premise-only' for the task 'classification', which has none.",
        ),
        (
            "nli",
            ["--text_column", "a"],
            "--text_column needs 2 names for the task 'nli', for premise and hypothesis, but has 1.",
        ),
        (
            "classification",
            ["--text_column", "a", "b"],
            "--text_column needs 1 name for the task 'classification', for text, but has 2.",
        ),
        (
            "qa",
            ["--label_column", "a"],
            (
                "--text_column and --label_column are not for the task 'qa', which knows its columns by their "
                "names: leave them out."
            ),
        ),
        (
            "classification",
            ["--text_column", "body"],
            (
                "Column 'body' not found in the dataset 'TMP/rows.jsonl'; its columns are: 'tweet', 'intent', "
                "'source'. Give --text_column one of these."
            ),
        ),
        (
            "nli",
            [],
            (
                "Column 'premise' not found in the dataset 'TMP/rows.jsonl'; its columns are: 'tweet', 'intent', "
                "'source'. Name the one that holds the premise with --text_column."
            ),
        ),
        (
            "nli",
            ["--dataset", "demo:5"],
            (
                "The dataset 'demo:5' holds questions, which only --task qa reads. Give a local file with the "
                "columns premise, hypothesis and label, or a name on the hub."
            ),
        ),
        (
            "classification",
            ["--enable_cartography", "--cartography_splits", "train", "validation"],
            "--cartography_splits validation records the evaluation passes: give --do_eval too.",
        ),
        (
            "classification",
            ["--enable_cartography", "--cartography_splits", "validation"],
            "--cartography_splits must hold train; validation can only be recorded beside it.",
        ),
    ],
)
def test_refusals(refused_run, task, argv, sentence):
    assert refused_run(task, texts(8), *argv) == sentence


def test_one_label_is_nothing_to_tell_apart(refused_run):
    rows = [{"text": "word1", "label": "a"}, {"text": "word2", "label": "a"}]
    assert refused_run("classification", rows) == (
        "All examples have the label 'a': there is nothing to tell apart. Give data with two labels or more."
    )


def test_labels_that_training_does_not_have(refused_run, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"text": "word1", "label": "strange"}))
    assert refused_run("classification", texts(8), "--do_eval", "--eval_dataset", other) == (
        "The labels do not fit the model's: it does not know 'strange', but 'contradiction', 'entailment', 'neutral'. "
        "Train on data with all labels, or evaluate a model that was trained on these."
    )


def test_evaluation_drops_nothing_where_training_does(run, tmp_path):
    argv = ["--do_train", "--do_eval", "--dataloader_drop_last", "True", "--num_train_epochs", 1]
    argv += ["--enable_cartography", "--cartography_splits", "train", "validation", "--output_dir", "out"]
    code, out = run("classification", texts(20), *argv)
    assert code == 0
    assert "Data map: 16 of 17 examples" in out
    assert json.loads((tmp_path / "out" / "eval_metrics.json").read_text())["n"] == 17
    validation = load_cartography_metrics(tmp_path / "cartography_output" / "validation")
    assert (validation["epochs_seen"] == 1).sum() == 17


def test_each_split_knows_what_it_was_recorded_on(run, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for split, rows in (("train", texts(20)), ("validation", texts(33)[20:])):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    argv = ["--do_train", "--do_eval", "--num_train_epochs", 1, "--enable_cartography", "--dataset", folder]
    assert run("classification", None, *argv, "--cartography_splits", "train", "validation")[0] == 0
    facts = [
        json.loads((tmp_path / "cartography_output" / below / "manifest.json").read_text())["provenance"]
        for below in ("", "validation")
    ]
    assert [(one["dataset"], one["split"]) for one in facts] == [
        (str(folder), "train"),
        (str(folder), "validation"),
    ]
    assert [one["faulty_rows"]["left_out"] for one in facts] == [3, 2]
    analysed = ["--cartography_dir", "cartography_output/validation", "--dataset", folder]
    assert analyze.main([str(word) for word in analysed]) == 0


def test_a_log_that_got_lost_is_no_failure_of_the_training(run, tmp_path, monkeypatch, caplog):
    def lost(root):
        shutil.rmtree(root)
        return print_map(root)

    monkeypatch.setattr(run_module, "print_map", lost)
    argv = ["--do_train", "--num_train_epochs", 1, "--enable_cartography", "--output_dir", "out"]
    assert run("classification", texts(8), *argv)[0] == 0
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert caplog.messages[-1].startswith(
        "The training is done, but there is no map to show: No cartography files found in 'cartography_output': "
    )
    code, _ = run("classification", texts(8), *argv, "--cartography_on_failure", "stop")
    assert code == 2
