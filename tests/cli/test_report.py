"""`datamap report`: the same page as the analysis's, alone, from the map, its log and its dataset."""

import json

import numpy as np
import pytest

from dataset_cartography.cli import analyze, datamap
from logs import make_log, rows

LABELS = ["entailment", "neutral", "contradiction"]


@pytest.fixture
def recorded(tmp_path):
    """A cartography directory of 60 examples over three epochs whose manifest names the dataset's file."""
    path = tmp_path / "data.jsonl"
    examples = [
        {
            "id": f"e{k}",
            "premise": f"A man rides a horse {k}.",
            "hypothesis": f"A man sleeps {k}.",
            "label": LABELS[k % 3],
            "source": ["web", "books"][k >= 40],
            "pages": k,
        }
        for k in range(60)
    ]
    path.write_text("".join(json.dumps(example) + "\n" for example in examples))
    record(tmp_path / "map", 0.05)
    name(tmp_path / "map", dataset=str(path), split="train")
    return tmp_path


def record(root, easiest):
    writer = make_log(root, 60, task="nli")
    for epoch in (1, 2, 3):
        losses = np.where(np.arange(60) < 40, easiest, 3.0).astype(np.float32)
        signals = {"gold_logprob": -losses, "correct": losses < 1, "prediction": np.arange(60) % 3}
        writer.write_part(epoch, rows(list(range(60)), epoch) | signals)
        writer.close_epoch(epoch, epoch)


def name(root, **provenance):
    """Let the manifest tell more of where the map comes from."""
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["provenance"] |= provenance
    (root / "manifest.json").write_text(json.dumps(manifest))


def report(root, *argv, output="r.html"):
    path = root / output
    assert datamap.main([str(word) for word in ["report", root / "map", "--output", path, *argv]]) == 0
    return path.read_text(encoding="utf-8")


def test_the_map_names_its_dataset(recorded, capsys):
    page = report(recorded, "--n_examples", 2, "--title", "Our map")
    printed = capsys.readouterr().out
    assert "Data map: 60 of 60 examples, 3 epochs" in printed
    assert printed.endswith(f"Open:\n  {recorded / 'r.html'}\n")
    assert '<h1 dir="auto">Our map</h1>' in page
    assert "Of the 20 examples whose “source” is “books”, 100% are hard" in page
    samples = page.split('<section id="samples"')[1].split("</section>")[0]
    assert samples.count('<article class="card card-easy">') == 2
    assert "epoch 1: 0.95, epoch 2: 0.95, epoch 3: 0.95" in page
    assert "A man sleeps 0." in page
    assert "keep their<br>region" in page


def test_a_map_without_its_log_has_a_page_without_curves(recorded):
    assert datamap.main(["metrics", str(recorded / "map"), "--output_dir", str(recorded / "csv")]) == 0
    (recorded / "csv" / "cartography_metrics.parquet").unlink()
    argv = ["--dataset", recorded / "data.jsonl", "--task", "nli", "--output", recorded / "csv.html"]
    assert datamap.main([str(word) for word in ["report", recorded / "csv", *argv]]) == 0
    page = (recorded / "csv.html").read_text(encoding="utf-8")
    assert "A man sleeps 0." in page
    assert "The small curve" not in page
    assert "keep their<br>region" not in page


def test_columns_to_slice_by_can_be_named(recorded, refused):
    page = report(recorded, "--columns", "pages")
    assert "Column “pages” of the dataset" in page
    assert "Column “source” of the dataset" not in page
    sentence = refused(datamap.main, "report", recorded / "map", "--columns", "chapter")
    assert sentence == (
        "Column 'chapter' not found in the examples; its columns are: 'premise', 'hypothesis', 'source', 'pages', "
        "'label'. Name one of these."
    )


def test_a_run_with_part_of_the_input_withheld_is_compared(recorded):
    record(recorded / "ablated", 0.1)
    name(recorded / "ablated", ablation="hypothesis-only")
    page = report(recorded, "--ablation_dir", recorded / "ablated")
    assert '<section id="ablation"' in page
    assert "hypothesis-only" in page
    assert '<section id="ablation"' not in report(recorded)


def test_the_analysis_has_the_same_options(recorded):
    record(recorded / "ablated", 0.1)
    argv = ["--cartography_dir", recorded / "map", "--dataset", recorded / "data.jsonl", "--title", "Our map"]
    argv += ["--output_dir", recorded / "out", "--columns", "pages", "--ablation_dir", recorded / "ablated"]
    assert analyze.main([str(word) for word in argv]) == 0
    page = (recorded / "out" / "report.html").read_text(encoding="utf-8")
    assert '<h1 dir="auto">Our map</h1>' in page
    assert "Column “pages” of the dataset" in page
    assert '<section id="ablation"' in page


def test_a_dataset_that_is_not_there(recorded, refused):
    assert refused(datamap.main, "report", recorded / "map", "--dataset", "./other.jsonl").startswith(
        "No dataset file at './other.jsonl'."
    )
    name(recorded / "map", dataset="./moved.jsonl")
    assert refused(datamap.main, "report", recorded / "map") == (
        "The map was recorded on the dataset './moved.jsonl', which cannot be read from here: name it with --dataset. "
        "No dataset file at './moved.jsonl'. Give a local file (.json, .jsonl, .csv, .tsv, .parquet, .conll, .txt) or "
        "--dataset demo, or a name on the hub."
    )
    name(recorded / "map", dataset=None)
    assert refused(datamap.main, "report", recorded / "map") == (
        "The map does not say which dataset it was recorded on: name it with --dataset, as given to run.py."
    )


def test_a_page_that_cannot_be_written(recorded, refused):
    (recorded / "file").write_text("")
    assert refused(datamap.main, "report", recorded / "map", "--output", recorded / "file" / "r.html") == (
        "Cannot write the report to TMP/file/r.html: File exists. Choose a directory you can write to."
    )
    assert refused(datamap.main, "report", recorded / "map", "--output", recorded / "map") == (
        "Cannot write the report to TMP/map: it is a directory. Name a file in it, such as TMP/map/report.html."
    )
