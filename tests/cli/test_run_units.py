"""`run.py --task token-classification` and `--task multi-label` in this process: the flags and outputs of all tasks."""

import json

import pandas as pd
import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.log import LogReader
from dataset_cartography.tasks.token_classification.score import score_tags
from questions import WORDS

SHORT = ["--use_cpu", "True", "--max_length", 32, "--save_strategy", "no", "--report_to", "none"]
TRAIN = ["--do_train", "--do_eval", "--eval_split", "train", "--num_train_epochs", 3, "--enable_cartography"]
TAGS = ["B-thing", "I-thing", "O"]
TOPICS = ["art", "money", "sport"]


def conll(count):
    """Sentences whose words give their tags away; every seventh has a token without one."""
    sentences = []
    for number in range(count):
        words = [WORDS[(number + place) % len(WORDS)] for place in range(3 + number % 3)]
        tags = [TAGS[WORDS.index(word) % 3] for word in words]
        lines = [f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)]
        sentences.append("\n".join([*lines, "alone"] if number % 7 == 6 else lines))
    return "\n\n".join(sentences) + "\n"


def texts(count):
    """Texts whose words give their labels away; every seventh is not labelled."""
    return "".join(
        json.dumps(
            {
                "tweet": f"{WORDS[number]} {WORDS[number + 1]}",
                "topics": None if number % 7 == 6 else TOPICS[: number % 4],
                "source": number,
            }
        )
        + "\n"
        for number in range(count)
    )


DATA = {"token-classification": ("rows.conll", conll), "multi-label": ("rows.jsonl", texts)}


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, capfd):
    monkeypatch.chdir(tmp_path)

    def call(task, count, *argv):
        name, make = DATA[task]
        (tmp_path / name).write_text(make(count))
        given = ["--task", task, "--dataset", name, "--model", model_folder, *SHORT, *argv]
        capfd.readouterr()
        code = main([str(word) for word in given])
        captured = capfd.readouterr()
        return code, captured.out + captured.err

    return call


def predictions_of(folder):
    metrics = json.loads((folder / "eval_metrics.json").read_text())
    lines = (folder / "eval_predictions.jsonl").read_text().splitlines()
    return metrics, [json.loads(line) for line in lines]


@pytest.mark.parametrize(("task", "labels"), [("token-classification", TAGS), ("multi-label", TOPICS)])
def test_a_run_is_recorded_and_evaluated(run, tmp_path, task, labels):
    code, out = run(task, 20, *TRAIN)
    assert code == 0
    assert "Faulty rows: 0 repaired, 2 left out; listed in" in out
    assert "Data map: 18 of 18 examples, 3 epochs" in out
    metrics, rows = predictions_of(tmp_path / "trained_models" / task)
    assert metrics["n"] == len(rows) == 18
    df = load_cartography_metrics("cartography_output")
    assert set(df.index) == {row["id"] for row in rows}
    manifest = LogReader(tmp_path / "cartography_output").manifest
    assert manifest.task == task
    facts = {name: manifest.provenance[name] for name in ("task", "labels", "max_length", "faulty_rows")}
    assert facts == {
        "task": task,
        "labels": labels,
        "max_length": 32,
        "faulty_rows": {"repaired": 0, "left_out": 2},
    }


def test_predicted_tags_are_scored(run, tmp_path):
    assert run("token-classification", 20, *TRAIN, "--learning_rate", 0.01)[0] == 0
    metrics, rows = predictions_of(tmp_path / "trained_models" / "token-classification")
    gold, predicted = [row["tags"] for row in rows], [row["predicted_tags"] for row in rows]
    assert metrics == pytest.approx(score_tags(gold, predicted))
    assert metrics["accuracy"] > 50
    assert [row["correct"] for row in rows] == [
        one == other for one, other in zip(gold, predicted, strict=True)
    ]
    log = LogReader(tmp_path / "cartography_output")
    assert dict(zip(log.ids.tolist(), log.facts("units").tolist(), strict=True)) == {
        row["id"]: len(row["tokens"]) for row in rows
    }


def test_predicted_labels_are_those_with_a_score_above_zero(run, tmp_path):
    assert run("multi-label", 20, *TRAIN, "--learning_rate", 0.01)[0] == 0
    metrics, rows = predictions_of(tmp_path / "trained_models" / "multi-label")
    assert set(metrics) == {"micro_f1", "macro_f1", "exact_match", "hamming_loss", "n"}
    for row in rows:
        assert row["predicted_labels"] == [
            name for name, score in zip(TOPICS, row["predicted_scores"], strict=True) if score > 0
        ]
        assert row["correct"] == (row["labels"] == row["predicted_labels"])
        assert row["labels"] == TOPICS[: row["source"] % 4]
    assert metrics["exact_match"] == pytest.approx(100 * sum(row["correct"] for row in rows) / 18)


@pytest.mark.parametrize("task", DATA)
def test_evaluation_alone_asks_the_model_for_its_labels(run, tmp_path, task):
    assert run(task, 20, *TRAIN, "--output_dir", "out")[0] == 0
    assert run(task, 20, "--do_eval", "--model", "out", "--output_dir", "again")[0] == 0
    assert predictions_of(tmp_path / "out") == predictions_of(tmp_path / "again")


def test_tags_that_the_model_does_not_know_are_refused(run, tmp_path):
    assert run("token-classification", 20, *TRAIN, "--output_dir", "out")[0] == 0
    (tmp_path / "other.conll").write_text("word1\tB-animal\nword2\tO\n")
    code, out = run(
        "token-classification", 20, "--do_eval", "--eval_dataset", "other.conll", "--model", "out"
    )
    assert code == 2
    assert out.strip().splitlines()[-1] == (
        "error: The labels do not fit the model's: it does not know 'B-animal', but 'B-thing', 'I-thing', 'O'. Train "
        "on data with all labels, or evaluate a model that was trained on these."
    )


@pytest.mark.parametrize("task", DATA)
def test_the_validation_split_and_the_best_model(run, tmp_path, task):
    best = {"token-classification": "f1", "multi-label": "micro_f1"}[task]
    argv = [
        "--cartography_splits",
        "train",
        "validation",
        "--eval_strategy",
        "epoch",
        "--save_strategy",
        "epoch",
    ]
    code, _ = run(
        task, 20, *TRAIN, *argv, "--load_best_model_at_end", "True", "--metric_for_best_model", best
    )
    assert code == 0
    df = load_cartography_metrics(tmp_path / "cartography_output" / "validation")
    assert (df["epochs_seen"] == 3).all()
    assert len(df) == 18


@pytest.mark.parametrize("task", DATA)
def test_recording_changes_neither_losses_nor_weights(run, tmp_path, task):
    seen = []
    for argv in (TRAIN, TRAIN[:-1]):
        assert run(task, 12, *argv, "--output_dir", "out")[0] == 0
        log = json.loads((tmp_path / "out" / "trainer_state.json").read_text())["log_history"]
        losses = [entry["train_loss"] for entry in log if "train_loss" in entry]
        seen.append((losses, (tmp_path / "out" / "model.safetensors").read_bytes()))
    assert seen[0][0]
    assert seen[0] == seen[1]


def test_one_tag_alone_is_refused(run, tmp_path):
    (tmp_path / "one.conll").write_text("word1\tO\nword2\tO\n")
    code, out = run("token-classification", 3, "--do_train", "--dataset", "one.conll")
    assert code == 2
    assert out.strip().splitlines()[-1] == (
        "error: All tokens have the tag 'O': there is nothing to tell apart. Give data with two tags or more."
    )


def test_the_demo_holds_no_tags(run):
    code, out = run("token-classification", 3, "--do_train", "--dataset", "demo")
    assert code == 2
    assert out.strip().splitlines()[-1] == (
        "error: The dataset 'demo' holds questions, which only --task qa reads. Give a local file with the columns "
        "tokens and tags, or a name on the hub."
    )


def test_the_map_is_read_with_another_pooling(run, tmp_path, capfd):
    from dataset_cartography.cli.datamap import main as datamap

    assert run("token-classification", 20, *TRAIN)[0] == 0
    default = load_cartography_metrics("cartography_output")
    assert datamap(["metrics", "cartography_output", "--pooling", "product", "--right", "share"]) == 0
    other = load_cartography_metrics("cartography_output")
    assert (other["confidence"] < default["confidence"]).all()
    pd.testing.assert_series_equal(other["mean_loss"], default["mean_loss"])
