"""`analyze_cartography.py` on maps of every task, recorded by hand."""

import functools
import json

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.cli import analyze
from logs import make_log, rows

LABELS = ["entailment", "neutral", "contradiction"]
TEXTS = {
    "classification": {"text": "What is the tallest tree of all?", "label": LABELS},
    "nli": {"premise": "A man rides a horse.", "hypothesis": "A man sleeps.", "label": LABELS},
    "multiple-choice": {
        "context": "It rained.",
        "question": "Why is the street wet?",
        "choices": ["rain", "a broken pipe", "dew"],
        "label": [0, 1, 2],
    },
}

LABELLED = pytest.mark.parametrize("task", ["classification", "nli"])


@pytest.fixture
def recorded(tmp_path):
    """Make a cartography directory of twelve examples over three epochs, and the dataset's file."""
    return functools.partial(record, tmp_path)


def record(tmp_path, task):
    columns = TEXTS[task]
    examples = [
        {
            "id": f"e{k}",
            **{name: f"{value} {k}" if isinstance(value, str) else value for name, value in columns.items()},
            "label": columns["label"][k % 3],
            "source": ["web", "books"][k % 2],
        }
        for k in range(12)
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(example) + "\n" for example in examples))
    writer = make_log(tmp_path / "map", 12, task=task)
    for epoch in (1, 2, 3):
        losses = np.linspace(0.05, 2, 12, dtype=np.float32) * (1 + (np.arange(12) % 4 == epoch % 4))
        signals = {"gold_logprob": -losses, "correct": losses < 1, "prediction": np.arange(12) % 3}
        writer.write_part(epoch, rows(list(range(12)), epoch) | signals)
        writer.close_epoch(epoch, epoch)
    return tmp_path, path


def test_a_map_with_choices_is_analysed(recorded):
    root, path = recorded("multiple-choice")
    argv = ["--cartography_dir", root / "map", "--dataset", path, "--output_dir", root / "out"]
    assert analyze.main([str(word) for word in argv]) == 0
    tables = {file.stem for file in (root / "out" / "tables").glob("*.csv")}
    assert {"labels", "question_types", "choice_length", "choice_length_rank", "context_length"} <= tables
    sample = pd.read_csv(root / "out" / "tables" / "samples_easy.csv").iloc[0]
    assert sample["question"] == "Why is the street wet? 0"
    assert (sample["gold_label"], sample["prediction"]) == ("rain", "rain")
    assert sample["choices"] == "rain | a broken pipe | dew"
    page = (root / "out" / "report.html").read_text(encoding="utf-8")
    assert "In the choices, the <mark>gold answer</mark> has a yellow ground" in page
    assert '<li dir="auto"><mark class="predicted">rain</mark></li>' in page


@LABELLED
def test_a_map_with_labels_is_analysed(recorded, task, capsys):
    root, path = recorded(task)
    argv = ["--cartography_dir", root / "map", "--dataset", path, "--output_dir", root / "out"]
    assert analyze.main([str(word) for word in argv]) == 0
    assert "Every example was seen once in each of 3 epochs." in capsys.readouterr().out
    tables = {file.stem for file in (root / "out" / "tables").glob("*.csv")}
    assert {"labels", "column_source", "summary_by_category"} <= tables
    assert not {"question_types", "answer_length"} & tables
    assert (
        {"text_length"} if task == "classification" else {"premise_hypothesis_overlap", "premise_length"}
    ) <= tables
    labels = pd.read_csv(root / "out" / "tables" / "labels.csv", index_col=0)
    assert labels["count"].to_dict() == dict.fromkeys(sorted(LABELS), 4)
    samples = pd.read_csv(root / "out" / "tables" / "samples_easy.csv")
    # Labels that are text are numbered in the order of their names.
    assert samples["gold_label"].tolist()[0] == "entailment"
    assert samples["prediction"].tolist()[0] == sorted(LABELS)[0]
    page = (root / "out" / "report.html").read_text(encoding="utf-8")
    assert "that the model gave to the gold label was written down" in page
    told = page.split('<section id="why"')[1].split("About this run</h2>")[0]
    assert "yellow ground" not in told
    assert "question" not in told.lower()


@LABELLED
def test_columns_of_other_names(recorded, task, refused):
    root, path = recorded(task)
    frame = pd.read_json(path, lines=True)
    frame = frame.rename(columns={"text": "utterance", "premise": "first", "label": "mark"})
    frame.to_json(path, orient="records", lines=True)
    names = ["utterance"] if task == "classification" else ["first", "hypothesis"]
    argv = ["--cartography_dir", root / "map", "--dataset", path, "--output_dir", root / "out"]
    argv += ["--label_column", "mark", "--text_column"]
    assert analyze.main([str(word) for word in [*argv, *names]]) == 0
    assert (root / "out" / "tables" / "labels.csv").is_file()
    assert refused(analyze.main, *argv, *names, "more").startswith("--text_column needs ")


def test_a_task_can_be_named(recorded, refused):
    root, path = recorded("nli")
    argv = ["--cartography_dir", root / "map", "--dataset", path, "--output_dir", root / "out"]
    assert "Column 'text' not found" in refused(analyze.main, *argv, "--task", "classification")


def test_the_split_is_the_maps(recorded, refused):
    root, path = recorded("nli")
    manifest = json.loads((root / "map" / "manifest.json").read_text())
    manifest["provenance"]["split"] = "validation"
    (root / "map" / "manifest.json").write_text(json.dumps(manifest))
    folder = root / "data"
    folder.mkdir()
    path.rename(folder / "validation.jsonl")
    argv = ["--cartography_dir", root / "map", "--dataset", folder, "--output_dir", root / "out"]
    assert analyze.main([str(word) for word in argv]) == 0
    assert refused(analyze.main, *argv, "--split", "train")
