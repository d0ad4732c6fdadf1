"""`datamap compare`: what two maps, or runs of two settings, have in common, printed, drawn and as a gate."""

import json
import re

import pytest

from compared_runs import COUNT, LABELS, compare, main, record


@pytest.fixture
def runs(tmp_path):
    """Two runs of one model and two of another, which finds other examples hard; and their dataset."""
    data = tmp_path / "data.jsonl"
    lines = [
        {"id": f"e{k}", "premise": f"Premise {k}.", "hypothesis": f"It \u202eis {k}.", "label": LABELS[k % 3]}
        for k in range(COUNT)
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for seed in (1, 2):
        record(tmp_path / f"a{seed}", seed, dataset=str(data), training={"seed": seed})
        record(
            tmp_path / f"b{seed}",
            seed + 2,
            range(5, 15),
            model="n",
            dataset=str(data),
            training={"seed": seed},
        )
    return tmp_path


def test_what_differs_is_said_before_any_number(runs, capsys):
    printed = compare(capsys, runs / "a1", runs / "b1")
    lines = printed.splitlines()
    assert lines[1:6] == ["a1 → b1", "", "Recorded differently:", "  fact   a1  b1", "  model   m   n"]
    assert lines[7] == "40 examples have a place on both maps."
    assert "10 of 40 examples (25.0%) changed region; Cohen's kappa is 0.33 (0.00 to 0.66)." in printed
    assert "  easy       25 (83%)          0  5 (17%)      30\n" in printed
    assert re.search(r"^  confidence +40 +0\.\d{3} +-0\.\d{3} to 0\.\d{3} ", printed, re.MULTILINE)
    assert "Nothing to rank, the same for all examples on one of the maps: " in printed
    assert "Of the 4 labels that each run suspects most, " in printed


def test_movers_have_their_text(runs, capsys):
    printed = compare(capsys, runs / "a1", runs / "b1", "--n", 2, "--suspects", 5)
    texts = printed.split("Their texts:\n")[1].split("\n\n")[0].splitlines()
    assert len(texts) == 2
    for line in texts:
        number = line.split("Premise ")[1].split(".")[0]
        assert line == f"  e{number} [{LABELS[int(number) % 3]}]: Premise {number}. · It ⟨U+202E⟩is {number}."
    assert "hard → easy" in printed
    assert "Of the 5 labels that each run suspects most, " in printed
    assert "Moved furthest" not in compare(capsys, runs / "a1", runs / "b1", "--n", 0)


def test_a_dataset_that_cannot_be_read_costs_the_texts_only(runs, capfd, refused):
    (runs / "data.jsonl").unlink()
    printed = compare(capfd, runs / "a1", runs / "b1")
    assert "Their texts" not in printed
    assert "Note: The movers have no text beside them. The map was recorded on the dataset" in printed
    sentence = refused(main, runs / "a1", runs / "b1", "--dataset", runs / "data.jsonl")
    assert sentence.startswith("No dataset file at 'TMP/data.jsonl'.")


def test_movers_that_the_dataset_lacks_are_marked(runs, capsys):
    """Labels stay whole numbers beside them."""
    lines = [{"id": f"e{k}", "text": f"Text {k}.", "label": k % 3} for k in range(10)]
    (runs / "few.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name in ("c1", "c2"):
        record(runs / name, 1, range(10) if name == "c1" else range(5, 15), task="classification")
    printed = compare(capsys, runs / "c1", runs / "c2", "--dataset", runs / "few.jsonl")
    texts = printed.split("Their texts:\n")[1].split("\n\n")[0].splitlines()
    assert sorted(texts) == sorted(
        [f"  e{k} [{k % 3}]: Text {k}." for k in range(5)]
        + [f"  e{k}: (not in the dataset)" for k in range(10, 15)]
    )


def test_maps_without_logs_have_no_suspects(runs, capsys):
    from dataset_cartography.cli import datamap

    assert datamap.main(["metrics", str(runs / "a1"), "--output_dir", str(runs / "csv")]) == 0
    (runs / "csv" / "cartography_metrics.parquet").unlink()
    printed = compare(capsys, runs / "csv", runs / "b1", "--n", 0)
    assert (
        "Note: 'csv' does not say what was recorded, so that it may differ in more than is told here."
        in printed
    )
    assert "Note: Suspected labels are not compared: " in printed
    assert "suspects most" not in printed
    told = json.loads(compare(capsys, runs / "csv", runs / "b1", "--json"))
    assert told["notes"][-1].startswith("Suspected labels are not compared: ")


def test_runs_of_two_settings_show_difference_and_spread(runs, capsys):
    argv = f"{runs / 'a1'},{runs / 'a2'}", f"{runs / 'b1'}, {runs / 'b2'}", "--names", "old", "new"
    printed = compare(capsys, *argv, "--n", 1)
    lines = printed.splitlines()
    assert lines[1] == "old (2 runs) → new (2 runs)"
    assert "  model               m      n" in lines
    assert "  training: seed  1 | 2  1 | 2" in lines
    assert "  within old, 1 pair  within new, 1 pair  " in printed
    assert "  between, 4 pairs\n" in printed
    assert "(25.0% to 25.0%)" in printed
    assert (
        "Every two runs of different settings are less alike than every two runs of one setting in: "
        "Spearman, confidence; " in printed
    )
    assert (
        " If the settings did not matter, that would happen to any one of them in at most 1 of 3 cases.\n"
        in printed
    )
    assert "Moved furthest beyond the spread of the runs:" in printed


def test_one_run_against_several(runs, capsys):
    printed = compare(capsys, runs / "a1", f"{runs / 'b1'},{runs / 'b2'}", "--n", 0)
    assert printed.splitlines()[1] == "a1 (1 run) → second (2 runs)"
    assert (
        "One setting has a single run, so its own spread is not known: the difference cannot be judged."
        in printed
    )


def test_json_has_every_figure(runs, capsys):
    told = json.loads(compare(capsys, runs / "a1", runs / "b1", "--json", "--n", 3))
    assert told["names"] == ["a1", "b1"]
    assert told["differences"] == {"model": {"a1": "m", "b1": "n"}}
    assert told["figures"]["moved_share"] == 0.25
    assert told["figures"]["spearman_epochs_seen"] is None
    assert told["transitions"]["easy"] == {"easy": 25, "ambiguous": 0, "hard": 5}
    assert len(told["movers"]) == 3
    assert told["figures"]["suspects"] == 4
    assert told["figures"]["suspects_shared"] == len(told["suspects_shared"])
    assert told["movers"][0]["shift"] >= told["movers"][1]["shift"] > 0.5
    several = json.loads(compare(capsys, f"{runs / 'a1'},{runs / 'a2'}", runs / "b1", "--json"))
    assert several["runs"] == [["a1", "a2"], ["b1"]]
    assert len(several["pairs"]) == 3
    assert several["figures"]["between_moved_share"] == 0.25


def test_integer_ids_stay_integers(tmp_path, capsys):
    for seed in (1, 2):
        record(tmp_path / f"run{seed}", seed, ids=list(range(COUNT)))
    told = json.loads(compare(capsys, tmp_path / "run1", tmp_path / "run2", "--json"))
    assert {type(mover["id"]) for mover in told["movers"]} == {int}
    record(tmp_path / "text", 3, ids=[str(k) for k in range(COUNT)])
    assert main([str(tmp_path / "run1"), str(tmp_path / "text")]) == 2
    assert "has ids such as 0, 'text' such as '0'. Written as text 40 would match" in capsys.readouterr().err


def test_ids_and_names_make_no_rows_of_their_own(tmp_path, capsys):
    ids = [f"{k}\n  e9  1.00\t\x1b[31m" for k in range(COUNT)]
    for seed in (1, 2):
        record(tmp_path / f"run\n{seed}", seed, range(5 * seed), ids=ids)
    printed = compare(capsys, tmp_path / "run\n1", tmp_path / "run\n2", "--n", 3, "--suspects", 0)
    assert printed.splitlines()[1] == "run 1 → run 2"
    table = printed.split("Moved furthest:\n")[1].split("\n\n")[0].splitlines()
    assert len(table) == 4
    assert all(" e9 1.00 ⟨U+001B⟩" in line for line in table[1:])


def test_a_condition_that_holds_is_exit_code_1(runs, capsys):
    argv = [str(runs / "a1"), str(runs / "b1"), "--json", "--fail-if"]
    assert main([*argv, "moved_share > 0.3", "--fail-if", "kappa < 0"]) == 0
    assert capsys.readouterr().err.count("failed") == 0
    with pytest.raises(SystemExit) as caught:
        main([*argv, "moved_share > 0.1", "--fail_if", "kappa < 0", "--fail-if", "moved == 10"])
    assert caught.value.code == 1
    said = capsys.readouterr()
    assert said.err == "failed: moved_share > 0.1: moved_share is 0.25\nfailed: moved == 10: moved is 10\n"
    assert json.loads(said.out)["figures"]["moved"] == 10


def test_a_condition_that_is_none_is_refused(runs, refused):
    pair = runs / "a1", runs / "b1"
    assert refused(main, *pair, "--fail-if", "kapa < 1").startswith(
        "The condition 'kapa < 1' names 'kapa', which is no figure of this comparison; there are: examples, only_first,"
    )
    assert refused(main, *pair, "--fail-if", "open('f') < 1").startswith(
        "The condition \"open('f') < 1\" is not understood: it compares figures and numbers by"
    )


def test_labels_are_ranked_as_the_maps_were_read(runs, capsys, monkeypatch):
    from dataset_cartography.cli import compare as module

    readings = []
    ranked = module.find_label_errors
    monkeypatch.setattr(
        module,
        "find_label_errors",
        lambda path, *, reading: readings.append(reading.probability) or ranked(path, reading=reading),
    )
    load = module.load_cartography_metrics

    def with_reading(path):
        df = load(path)
        df.attrs["cartography"]["reading"] = {"probability": "geometric"}
        return df

    monkeypatch.setattr(module, "load_cartography_metrics", with_reading)
    compare(capsys, runs / "a1", runs / "b1", "--n", 0)
    assert readings == ["geometric", "geometric"]


def test_a_name_that_is_no_picture_is_refused_before_anything_is_printed(runs, capsys):
    assert main([str(runs / "a1"), str(runs / "b1"), "--n", "0", "--plot", "pair.txt"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: Cannot save a picture as 'pair.txt'; the suffix must be .png, .svg or .pdf.\n"


def test_examples_of_one_map_are_counted(runs, capsys):
    record(runs / "more", 5, ids=[f"e{k}" for k in range(1, COUNT + 1)])
    printed = compare(capsys, runs / "a1", runs / "more", "--n", 0, "--suspects", 0)
    assert "39 examples have a place on both maps; 1 only in a1; 1 only in more.\n" in printed


def test_a_picture(runs, capsys):
    compare(capsys, runs / "a1", runs / "b1", "--n", 0, "--plot", runs / "pair.svg")
    assert "10 changed region" in (runs / "pair.svg").read_text()
    compare(capsys, f"{runs / 'a1'},{runs / 'a2'}", runs / "b1", "--n", 0, "--plot", runs / "runs.svg")
    assert "Runs compared two by two" in (runs / "runs.svg").read_text()


def test_labels_that_differ_are_told(runs, capsys):
    for name, digest in (("a1", "11"), ("a2", "22")):
        path = runs / name / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "options": {"targets": digest}}))
    told = json.loads(compare(capsys, runs / "a1", runs / "a2", "--json"))
    assert told["differences"]["digest of labels or answers"] == {"a1": "11", "a2": "22"}


def test_what_the_folds_of_a_run_learnt_is_known_to_be_the_same(runs, capsys):
    """A run and its own out-of-fold map: one row for the plan, no row for the labels, which are equal."""
    plan = {"number of folds": 3, "seed": 42, "labels or answers": "11", "learning rate": 5e-05}
    for name, changed in (
        ("a1", {"options": {"targets": "11"}}),
        ("a2", {"mode": "out_of_fold", "provenance": {"model": "m", "cross_fit": plan}}),
    ):
        path = runs / name / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["provenance"] = {"model": "m"}
        path.write_text(json.dumps({**manifest, **changed}))
    told = json.loads(compare(capsys, runs / "a1", runs / "a2", "--json"))
    assert list(told["differences"]) == ["mode", "cross fit"]
    assert told["differences"]["cross fit"] == {
        "a1": None,
        "a2": "number of folds 3, seed 42, labels or answers 11, learning rate 5e-05",
    }


def test_what_cannot_be_compared(runs, refused):
    record(runs / "other", 0, task="classification")
    (runs / "with,comma").mkdir()
    for message, argv in {
        "'a1' is a map of the task 'nli' and 'other' of 'classification': their numbers do not mean the same. Compare "
        "maps of one task.": (runs / "a1", runs / "other"),
        "'a1' is given twice: compare different runs, and name them differently.": (
            runs / "a1",
            runs / "a2",
            "--names",
            "a1",
            "a1",
        ),
        "'TMP/a1' is given twice: compare different runs, and name them differently.": (
            runs / "a1",
            runs / "a1",
        ),
        "--n is -1; give a number of 0 or more.": (runs / "a1", runs / "a2", "--n", -1),
        "--suspects is -1; give a number of 0 or more.": (runs / "a1", runs / "a2", "--suspects", -1),
    }.items():
        assert refused(main, *argv) == message
    nothing = refused(main, runs / "a1", runs / "with,comma")
    assert nothing.startswith("No cartography files found in 'TMP/with,comma'")
