"""Planted wrong labels: `run.py --plant_label_noise` and `datamap plant`."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dataset_cartography.cli.analyze import main as analyze
from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.cli.plant import planting_of, print_planted
from dataset_cartography.cli.run import main as run_main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import Manifest
from dataset_cartography.tasks.noise import Planting, planted_report, read_planted
from dataset_cartography.tasks.registry import TASKS
from questions import WORDS

NAMES = ("account", "card", "transfer")
PLANT = ("--plant_label_noise", 0.2, "--plant_seed", 3)
NOTE = (
    "4 of the labels that this run learnt (20%) were made wrong on purpose (confusable, seed 3), to measure how well "
    "they are found; labels shown beside the map are the dataset's own"
)


def rows(count=20):
    return [
        {
            "id": f"r{number}",
            "text": f"{WORDS[number % 3]} {WORDS[3 + number]}",
            "label": NAMES[number % 3],
            "label_text": f"the {NAMES[number % 3]}",
            "source": "ab"[number % 2],
        }
        for number in range(count)
    ]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return tmp_path


@pytest.fixture
def run(here, model_folder, capfd):
    def call(*argv):
        given = ["--do_train", "--task", "classification", "--dataset", "rows.jsonl", "--model", model_folder]
        given += ["--output_dir", "model", "--use_cpu", "True", "--max_length", 32, "--report_to", "none"]
        given += ["--lr_scheduler_type", "constant", "--num_train_epochs", 3, "--enable_cartography", *argv]
        capfd.readouterr()
        code = run_main([str(word) for word in given])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_run_learns_planted_labels_and_says_how_well_they_are_found(run, here):
    argv = ["--save_strategy", "no", "--do_eval", "--eval_split", "train", *PLANT]
    code, out, _ = run(*argv)
    assert code == 0
    assert f"Note: {NOTE}." in out
    root = here / "cartography_output"
    planted = read_planted(root)
    manifest = json.loads((root / "manifest.json").read_text())
    said = {"share": 0.2, "kind": "confusable", "seed": 3, "count": 4, "passed_over": 0}
    assert manifest["provenance"]["planted_labels"] == said
    # Which they are stands in one file only.
    original = {row["id"]: row["label"] for row in rows()}
    assert {row["id"]: row["original"] for row in planted.to_dict("records")} == {
        example: original[example] for example in planted["id"]
    }
    # What was recorded is about the labels as planted: their gold probability is another one than the prediction's.
    report = planted_report(find_label_errors(root).index, planted)
    assert "20 examples ranked by `datamap errors`, the most suspicious first" in out
    assert f"Average precision {report.average_precision:.2f}; " in out
    assert "The model has learnt them too: to use it, train again without --plant_label_noise." in out
    # What is evaluated is never planted.
    evaluated = pd.read_json("model/eval_predictions.jsonl", lines=True).set_index("id")
    assert {example: NAMES[number] for example, number in evaluated["label"].items()} == original


def test_the_recorded_labels_are_the_planted_ones(run, here):
    assert run("--save_strategy", "no", "--num_train_epochs", 1, *PLANT)[0] == 0
    planted = read_planted("cartography_output").set_index("id")
    noisy = [{**row, "label": planted["planted"].get(row["id"], row["label"])} for row in rows()]
    (here / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in noisy))
    argv = [
        "--save_strategy",
        "no",
        "--num_train_epochs",
        1,
        "--cartography_output_dir",
        "other",
        "--output_dir",
        "m",
    ]
    assert run(*argv)[0] == 0
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("other"), check_exact=True
    )
    targets = [Manifest.read(Path(folder)).options["targets"] for folder in ("cartography_output", "other")]
    assert targets[0] == targets[1]


@pytest.fixture
def blind(run, here):
    """A planted run, and a copy of it without the truth."""
    assert run("--save_strategy", "no", *PLANT)[0] == 0
    shutil.copytree("cartography_output", "blind")
    (here / "blind" / "planted.parquet").unlink()


def test_maps_and_exports_are_the_same_without_the_truth_and_say_that_labels_were_planted(
    blind, here, caplog
):
    for root in ("cartography_output", "blind"):
        caplog.clear()
        assert datamap(["metrics", root]) == 0
        assert datamap(["export", "allenai", root, f"{root}_allenai"]) == 0
        assert datamap(["export", "json", root, f"{root}_json"]) == 0
        assert datamap(["export", "jsonl", root, f"{root}_jsonl"]) == 0
        assert [message for message in caplog.messages if "on purpose" in message] == [f"{NOTE}."] * 3
    for suffix in ("", "_allenai", "_json", "_jsonl"):
        compare(here / f"cartography_output{suffix}", here / f"blind{suffix}")


def test_no_planted_label_is_in_what_is_exported_or_corrected(blind, here):
    """Texts and labels come from the dataset, which is as it was; only the model learnt others."""
    original = {row["id"]: row["label"] for row in rows()}
    assert datamap(["export", "jsonl", "blind", "review"]) == 0
    exported = [json.loads(line) for line in (here / "review" / "examples.jsonl").read_text().splitlines()]
    assert {row["id"]: row["gold"] for row in exported} == {id_: [label] for id_, label in original.items()}
    decisions = [{"id": "r0", "decision": "drop"}, {"id": "r1", "decision": "relabel", "relabel": "transfer"}]
    (here / "blind" / "decisions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in decisions))
    assert datamap(["apply", "blind", "--output", "corrected.jsonl"]) == 0
    corrected = [json.loads(line) for line in (here / "corrected.jsonl").read_text().splitlines()]
    wanted = {**original, "r1": "transfer"}
    del wanted["r0"]
    assert {row["id"]: row["label"] for row in corrected} == wanted


@pytest.mark.slow
def test_the_analysis_is_the_same_without_the_truth_and_says_that_labels_were_planted(blind, here):
    for root in ("cartography_output", "blind"):
        argv = ["--cartography_dir", root, "--dataset", "rows.jsonl", "--output_dir", f"{root}_analysis"]
        assert analyze(argv) == 0
    compare(here / "cartography_output_analysis", here / "blind_analysis")
    page = next((here / "blind_analysis").glob("*.html")).read_text()
    assert "labels shown beside the map are the dataset&#39;s own" in page
    assert "share 0.2, kind confusable, seed 3, count 4" in page


def compare(folder, other):
    """Every table of two folders holds the same bytes."""
    tables = [
        path for path in folder.rglob("*") if path.suffix in (".csv", ".json", ".jsonl") and path.is_file()
    ]
    assert tables
    for path in tables:
        assert path.read_bytes() == (other / path.relative_to(folder)).read_bytes()


def test_a_resumed_run_with_the_same_planting_is_the_uninterrupted_one(run, here):
    assert run("--cartography_output_dir", "whole", "--output_dir", "other", *PLANT)[0] == 0
    assert run("--num_train_epochs", 2, *PLANT)[0] == 0
    truth = (here / "cartography_output" / "planted.parquet").read_bytes()
    assert run("--resume_from_checkpoint", "last", *PLANT)[0] == 0
    assert (here / "cartography_output" / "planted.parquet").read_bytes() == truth
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )


def test_questions_are_planted_too(here, model_folder, questions_file, capfd):
    argv = ["--do_train", "--dataset", questions_file, "--model", model_folder, "--output_dir", "model"]
    argv += [
        "--use_cpu",
        "True",
        "--max_length",
        32,
        "--doc_stride",
        8,
        "--num_train_epochs",
        3,
        "--save_strategy",
        "no",
    ]
    argv += [
        "--report_to",
        "none",
        "--enable_cartography",
        "--plant_label_noise",
        0.2,
        "--plant_kind",
        "uniform",
    ]
    assert run_main([str(word) for word in argv]) == 0
    planted = read_planted("cartography_output")
    assert f"Planted wrong labels: {len(planted)}, and " in capfd.readouterr().out
    given = {row["id"]: row for row in map(json.loads, questions_file.read_text().splitlines())}
    for row in planted.to_dict("records"):
        context = given[row["id"]]["context"]
        assert row["original"]["text"] != row["planted"]["text"]
        for text, start in zip(row["planted"]["text"], row["planted"]["answer_start"], strict=True):
            assert context.startswith(text, start)


WITH = "a share of 0.2 of its labels planted (confusable, seed 3)"
RESUME = (
    "resume with the same --plant_label_noise, --plant_kind, --plant_seed and --plant_confusion_from, or record into a "
    "new directory."
)


def test_resuming_with_other_planting_is_refused(run, here, refused, model_folder):
    assert run("--num_train_epochs", 1, *PLANT)[0] == 0
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    given = ["--do_train", "--task", "classification", "--dataset", "rows.jsonl", "--model", model_folder]
    given += ["--output_dir", "model", "--use_cpu", "True", "--max_length", 32, "--enable_cartography"]
    given += ["--resume_from_checkpoint", "last"]
    for argv, now in (
        ((), "no planted labels"),
        (PLANT[:2], "a share of 0.2 of its labels planted (confusable, seed 0)"),
        ((*PLANT, "--plant_kind", "uniform"), "a share of 0.2 of its labels planted (uniform, seed 3)"),
        (
            ("--plant_label_noise", 0.1, *PLANT[2:]),
            "a share of 0.1 of its labels planted (confusable, seed 3)",
        ),
    ):
        sentence = refused(run_main, *given, *argv)
        assert sentence == f"'cartography_output' was recorded with {WITH}, and this run has {now}: {RESUME}"
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_a_clean_run_is_not_resumed_with_planted_labels(run, refused, model_folder):
    assert run("--num_train_epochs", 1)[0] == 0
    given = ["--do_train", "--task", "classification", "--dataset", "rows.jsonl", "--model", model_folder]
    given += ["--output_dir", "model", "--enable_cartography", "--resume_from_checkpoint", "last", *PLANT]
    assert refused(run_main, *given) == (
        f"'cartography_output' was recorded with no planted labels, and this run has {WITH}: {RESUME}"
    )


def test_planting_without_a_map_is_refused():
    with pytest.raises(InputError) as error:
        planting_of(0.1, "uniform", 0, None, task="qa", recording=False)
    assert str(error.value) == (
        "--plant_label_noise measures how well a map finds wrong labels: give --do_train and --enable_cartography too."
    )
    with pytest.raises(InputError) as error:
        planting_of(None, "confusable", 0, "run", task="nli", recording=True)
    assert (
        str(error.value)
        == "--plant_confusion_from says how labels are planted: give --plant_label_noise too."
    )
    assert planting_of(None, "confusable", 0, None, task="nli", recording=True) is None
    assert planting_of(0.1, "uniform", 2, None, task="nli", recording=True) == Planting(0.1, "uniform", 2)


def test_a_share_out_of_range_is_refused_before_anything_is_made(refused, tmp_path):
    argv = ["--do_train", "--enable_cartography", "--plant_label_noise", "5"]
    assert (
        refused(run_main, *argv)
        == "The share of labels to plant must be more than 0 and less than 1, but is 5."
    )
    assert list(tmp_path.iterdir()) == []


def test_what_was_found_is_printed(capsys):
    print_planted(planted_report(range(1500), [0, 3, 1200]), "AUM, lowest first")
    assert capsys.readouterr().out == (
        "\nPlanted wrong labels: 3, and 1,500 examples ranked by AUM, lowest first\n"
        "  first  found  by chance  precision  recall\n"
        "  3          1        0.0       0.33    0.33\n"
        "  6          2        0.0       0.33    0.67\n"
        "  10         2        0.0       0.20    0.67\n"
        "  100        2        0.2       0.02    0.67\n"
        "  1,000      2        2.0       0.00    0.67\n"
        "Average precision 0.50; reviewing the first 1,201 finds 80% of them.\n"
        "If wrong labels of your own are like these, the first 1,198 that were not planted hold 80% of them.\n"
    )
    print_planted(planted_report(["a", "b"], ["a", "c"]), "confidence")
    assert capsys.readouterr().out.endswith(
        "Average precision 0.50; fewer than 80% of them are in the ranking.\n"
    )


def plant(*argv):
    return datamap(["plant", "--dataset", "rows.jsonl", "--task", "classification", *map(str, argv)])


def test_a_dataset_with_planted_labels_is_written_for_other_trainers(here, capsys, caplog):
    assert plant("--share", 0.2, "--output", "noisy.jsonl", "--seed", 3) == 0
    assert capsys.readouterr().out == (
        "Planted 4 wrong labels among 20 examples (confusable, seed 3).\n"
        "  noisy.jsonl\n  noisy.planted: the truth, for evaluation alone\n"
    )
    assert "Left out the column 'label_text', which would tell what was planted" in caplog.messages
    planted = read_planted("noisy.jsonl").set_index("id")
    written = [json.loads(line) for line in (here / "noisy.jsonl").read_text().splitlines()]
    assert written == [
        {
            "id": row["id"],
            "text": row["text"],
            "source": row["source"],
            "label": planted["planted"].get(row["id"], row["label"]),
        }
        for row in rows()
    ]
    # Our own reader reads it again, and does not take the truth for a part of it.
    (here / "rows.jsonl").unlink()
    again = TASKS["classification"].load(".", "noisy").kept
    assert [again.features["label"].names[label] for label in again["label"]] == [
        row["label"] for row in written
    ]


def test_labels_that_are_numbers_stay_numbers(here):
    numbered = [{**row, "label": NAMES.index(row["label"])} for row in rows()]
    (here / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in numbered))
    assert plant("--share", 0.2, "--output", "noisy.jsonl") == 0
    written = [json.loads(line)["label"] for line in (here / "noisy.jsonl").read_text().splitlines()]
    assert set(written) == {0, 1, 2}
    assert sum(one != other["label"] for one, other in zip(written, numbered, strict=True)) == 4


def test_what_tells_the_answers_of_the_demo_is_left_out(here, caplog):
    assert datamap(["plant", "--dataset", "demo:60", "--kind", "boundary", "--output", "noisy.jsonl"]) == 0
    written = [json.loads(line) for line in (here / "noisy.jsonl").read_text().splitlines()]
    assert set(written[0]) == {"id", "question", "context", "answers", "template", "section", "source"}
    assert "Left out the column 'true_answer', which would tell what was planted" in caplog.messages
    planted = read_planted("noisy.planted").set_index("id")
    assert len(planted) == 3
    for row in written:
        if row["id"] in planted.index:
            assert row["answers"] == planted["planted"][row["id"]] != planted["original"][row["id"]]


def test_nothing_is_overwritten_and_names_must_fit(here, refused):
    given = ["plant", "--dataset", "rows.jsonl", "--task", "classification", "--output"]
    assert refused(datamap, *given, "noisy.csv") == (
        "The dataset is written as JSON lines: give --output a name that ends in .jsonl, not 'noisy.csv'."
    )
    assert refused(datamap, *given, "no/noisy.jsonl") == (
        "There is no folder 'no' for 'noisy.jsonl': make it, or give another --output."
    )
    (here / "noisy.planted").write_text("")
    assert refused(datamap, *given, "noisy.jsonl") == (
        "'noisy.planted' exists already, and nothing is overwritten: give another --output."
    )
    assert refused(datamap, *given, "rows.jsonl") == (
        "'rows.jsonl' exists already, and nothing is overwritten: give another --output."
    )
