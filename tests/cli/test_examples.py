import argparse
import subprocess
import sys

import datasets

from dataset_cartography.cli.examples import Source, add_dataset_options, load_examples, to_frame


def test_the_planted_truth_of_the_demo_is_not_looked_at():
    examples = load_examples({}, Source("demo:8"))
    assert {"id", "question", "template", "section", "source"} <= set(examples.column_names)
    assert "truth" not in examples.column_names
    assert to_frame(examples).index[0].startswith("demo-")


def test_labels_go_by_their_names(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id,text,label\na,some text,yes\nb,more text,no\n")
    frame = to_frame(load_examples({"task": "classification", "dataset": str(path)}, Source()))
    assert frame["label"].tolist() == ["yes", "no"]
    assert frame["label"].cat.categories.tolist() == ["no", "yes"]


def test_what_the_options_leave_open_is_the_maps():
    parser = argparse.ArgumentParser()
    add_dataset_options(parser, required=False)
    source = Source.of(parser.parse_args(["--split", "test", "--text_column", "a", "b"]))
    assert source == Source(None, "test", None, ("a", "b"), None)
    facts = {"dataset": "d", "split": "train", "task": "nli"}
    assert source.resolved(facts) == Source("d", "test", "nli", ("a", "b"), None)
    assert Source("e").resolved({}) == Source("e", "train", "qa")


def test_the_options_load_nothing_heavy():
    heavy = ["torch", "transformers", "datasets", "matplotlib", "jinja2", "starlette"]
    code = "import sys, dataset_cartography.cli.datamap as d; d.make_parser(); "
    code += f"print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_lists_of_labels_are_shown_by_their_names():
    labels = datasets.List(datasets.ClassLabel(names=["sport", "money"]))
    features = datasets.Features({"id": datasets.Value("int64"), "labels": labels})
    rows = datasets.Dataset.from_dict({"id": [1, 2], "labels": [[1, 0], []]}, features=features)
    assert to_frame(rows)["labels"].to_dict() == {1: ["money", "sport"], 2: []}
