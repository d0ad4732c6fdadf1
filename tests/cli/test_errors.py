"""`datamap errors`: the ranking of a run's labels, printed with its texts and written as a file."""

import argparse
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.cli.console import entry_point
from dataset_cartography.cli.errors import errors_options, run_errors
from dataset_cartography.label_errors import find_label_errors
from logs import make_log, rows

LABELS = ["no", "yes", "\x1b[31mperhaps\u202e"]
IDS = [f"e{number}" for number in range(40)]
IDS[3] = "=e\x1b]0;3\n"
WRONG = 3  # the model keeps saying another label than the one that stands there


@pytest.fixture
def run(tmp_path):
    """A directory with a dataset of forty texts and a run over three epochs that never believed one of the labels."""
    labels = [LABELS[number % 3] for number in range(40)]
    examples = [
        {"id": id_, "text": f"Text {number}\n of\x07 it {'long ' * 200}", "label": label}
        for number, (id_, label) in enumerate(zip(IDS, labels, strict=True))
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(example) + "\n" for example in examples))
    writer = make_log(tmp_path / "map", 40, ids=IDS)
    for epoch in (1, 2, 3):
        wrong = np.arange(40) == WRONG
        margins = np.where(wrong, -3.0, 4.0 - (np.arange(40) % 7) / 4).astype(np.float32)
        signals = {
            "gold_logprob": -np.log1p(np.exp(-margins)),
            "margin": margins,
            "correct": ~wrong,
            "prediction": np.where(wrong, 2, np.arange(40) % 3),
        }
        writer.write_part(epoch, rows(list(range(40)), epoch) | signals)
        writer.close_epoch(epoch, epoch)
    manifest = json.loads((tmp_path / "map" / "manifest.json").read_text())
    manifest["provenance"] |= {"dataset": str(path), "split": "train", "labels": LABELS}
    (tmp_path / "map" / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


@entry_point
def main(argv=None):
    parser = argparse.ArgumentParser()
    errors_options(parser)
    run_errors(parser.parse_args(argv))


def errors(*argv):
    assert main([str(word) for word in argv]) == 0


def test_the_first_are_printed_with_label_suggestion_reason_and_text(run, capsys):
    errors(run / "map", "--n", 2)
    printed = capsys.readouterr().out
    assert printed.startswith("Ranked the labels of 40 examples by 3 recorded epochs (classification).\n")
    assert "These are estimates; docs/label_errors.md says how good they are." in " ".join(printed.split())
    blocks = printed.split("\n\n")
    assert len(blocks) == 4
    lines = blocks[1].splitlines()
    ranking = find_label_errors(run / "map")
    first = ranking.iloc[0]
    assert ranking.index[0] == IDS[WRONG]
    assert lines[0] == (
        f"   1. =e⟨U+001B⟩]0;3 · probability {first['probability']:.2f} · looks {first['looks_like']}"
    )
    assert lines[1].startswith(
        "      label   no -> ⟨U+001B⟩[31mperhaps⟨U+202E⟩ (predicted in every epoch; best other"
    )
    assert any(line.startswith("      why     never learned in 3 epochs") for line in lines)
    assert any(line.startswith("      text    Text 3 of⟨U+0007⟩ it long long") for line in lines)
    assert lines[-1].endswith("…")
    assert max(map(len, printed.splitlines()[:-1])) <= 100
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert blocks[3] == f"Wrote all 40:\n  {run / 'map' / 'label_errors.csv'}\n"


def test_a_long_label_leaves_room_for_the_suggestion(run, capsys):
    path = run / "map" / "manifest.json"
    path.write_text(path.read_text().replace('"no"', json.dumps("no " * 100)))
    path = run / "data.jsonl"
    path.write_text(path.read_text().replace('"no"', json.dumps("no " * 100)))
    errors(run / "map", "--n", 1)
    printed = " ".join(capsys.readouterr().out.split())
    assert (
        "no n … -> ⟨U+001B⟩[31mperhaps⟨U+202E⟩ (predicted in every epoch; best other than the label: "
        in printed
    )


@pytest.mark.parametrize(("columns", "widest"), [(80, 80), (300, 100), (10, 60)])
def test_lines_are_as_wide_as_the_terminal_within_reason(run, capsys, monkeypatch, columns, widest):
    monkeypatch.setenv("COLUMNS", str(columns))
    errors(run / "map", "--n", 3)
    widths = [len(line) for line in capsys.readouterr().out.splitlines()[1:-1]]
    assert widest - 15 < max(widths) <= widest


def test_the_file_has_the_whole_ranking(run, capsys):
    ranking = find_label_errors(run / "map")
    for name in ("r.jsonl", "r.parquet", "r.csv"):
        errors(run / "map", "--n", 1, "--output", run / name)
    lines = [json.loads(line) for line in (run / "r.jsonl").read_text().splitlines()]
    assert [line["example_id"] for line in lines] == ranking.index.tolist()
    assert lines[0]["suggested"] == LABELS[2]
    assert lines[1]["suggested"] is None
    frame = pd.read_parquet(run / "r.parquet")
    pd.testing.assert_frame_equal(frame, ranking, check_dtype=False)
    table = pd.read_csv(run / "r.csv")
    assert table["example_id"].tolist() == [
        "'" + IDS[WRONG],
        *ranking.index[1:],
    ]  # a spreadsheet would run it
    assert table["rank"].tolist() == list(range(1, 41))
    assert capsys.readouterr().out.count("Wrote all 40:") == 3


def test_an_earlier_ranking_is_replaced_and_nothing_else(run, refused):
    for _ in range(2):
        errors(run / "map", "--n", 1)
    (run / "other.csv").write_text("id,rank\n")
    assert refused(main, run / "map", "--output", run / "other.csv") == (
        "'TMP/other.csv' exists already and is no ranking of labels, so it is not overwritten: choose another name."
    )
    assert refused(main, run / "map", "--output", run / "ranking.txt") == (
        "Cannot write a ranking to 'TMP/ranking.txt': name a .csv, .jsonl or .parquet."
    )


def test_without_the_dataset_there_is_the_ranking_without_texts(run, capsys):
    (run / "data.jsonl").unlink()
    errors(run / "map", "--n", 1)
    printed = capsys.readouterr().out
    assert (
        f"Note: without texts and labels, since the dataset cannot be read. The map was recorded on the dataset "
        f"'{run / 'data.jsonl'}', which cannot be read from here: name it with --dataset."
    ) in printed
    assert "      label   -> ⟨U+001B⟩[31mperhaps⟨U+202E⟩ (predicted in every epoch" in printed


def test_what_is_neither_known_nor_suggested_has_no_line(run, capsys):
    (run / "data.jsonl").unlink()
    errors(run / "map", "--n", 2)
    second = capsys.readouterr().out.split("\n\n")[2].splitlines()
    assert second[0].startswith("   2. ")
    assert [line.split()[0] for line in second[1:]] == ["why"]


def test_a_dataset_that_was_named_must_be_readable(run, refused):
    sentence = refused(main, run / "map", "--dataset", run / "nowhere.jsonl")
    assert sentence.startswith("No dataset file at 'TMP/nowhere.jsonl'.")
    assert not (run / "map" / "label_errors.csv").exists()


def test_what_cannot_be_ranked_is_one_sentence(run, refused):
    from dataset_cartography.cli import datamap

    assert datamap.main(["metrics", str(run / "map"), "--output_dir", str(run / "csv")]) == 0
    assert refused(main, run / "csv") == (
        "No log in 'TMP/csv': labels are ranked by a run's log, and there is only its map. Give the directory that the "
        "run was recorded into."
    )
    assert refused(main, run / "map", "--n", 0) == "The number of examples must be 1 or more, not 0."
    assert refused(main, run / "map", "--embeddings", run / "no.npy") == (
        "No embeddings at 'TMP/no.npy': give a .npy file."
    )


def test_embeddings_that_are_no_table_of_numbers_are_neither_run_nor_held(run, refused):
    cannot = "Cannot read the embeddings of 'TMP/no.npy' as a .npy file: "
    (run / "no.npy").write_bytes(pickle.dumps("no"))
    refusal = refused(main, run / "map", "--embeddings", run / "no.npy")
    assert refusal.startswith(f"{cannot}the magic string is not correct")
    np.save(run / "no.npy", np.array([{}]), allow_pickle=True)
    assert refused(main, run / "map", "--embeddings", run / "no.npy").startswith(
        f"{cannot}Array can't be memory-"
    )
    with (run / "no.npy").open("wb") as file:  # a header that promises 400 TB
        header = {"descr": "<f4", "fortran_order": False, "shape": (10**11, 1000)}
        np.lib.format.write_array_header_1_0(file, header)
    assert refused(main, run / "map", "--embeddings", run / "no.npy").startswith(cannot)


@pytest.mark.slow
def test_neighbours_are_embedded_and_found_by_id_whatever_the_order_and_what_is_missing(run, capsys, caplog):
    topics = ["The cat sleeps on a warm sofa", "Shares fell in late trading", "Bake the bread for an hour"]
    told = [
        {"id": IDS[number], "text": f"{topics[number % 3]} ({number})", "label": LABELS[number % 3]}
        for number in range(39, -1, -1)
        if number != 7
    ]
    next(one for one in told if one["id"] == IDS[WRONG])["text"] = topics[2]
    told.insert(5, {"id": "stranger", "text": topics[1], "label": LABELS[0]})
    (run / "data.jsonl").write_text("".join(json.dumps(example) + "\n" for example in told))
    errors(run / "map", "--n", 1, "--neighbours", "demo")
    assert "The dataset lacks 1 of the log's 40 examples: they have no neighbours." in caplog.messages
    assert "Wrote all 40:" in capsys.readouterr().out
    reasons = pd.read_csv(run / "map" / "label_errors.csv").set_index("example_id")["reason"]
    assert reasons["'" + IDS[WRONG]].endswith(
        f"none of its 10 nearest neighbours share its label, 10 have '{LABELS[2]}'"
    )
    others = reasons.drop("'" + IDS[WRONG])
    assert others[others.str.contains("neighbours")].str.contains("9 of its 10").all()  # all but that one


def test_neighbours_are_found_one_way_or_not_at_all(run, recorded, questions_file, refused):
    assert refused(main, run / "map", "--neighbours", "demo", "--embeddings", run / "no.npy") == (
        "--embeddings says who is whose neighbour, and so does --neighbours: leave one of them out."
    )
    assert refused(main, recorded, "--neighbours", "demo", "--dataset", questions_file) == (
        "Neighbours need labels that examples share; those of the task 'qa' do not: leave --neighbours out."
    )
    assert refused(main, run / "map", "--neighbours", "./nowhere") == (
        "No model folder at './nowhere'. Give a folder with a config.json, a name on the hub, or 'demo'."
    )
    (run / "data.jsonl").unlink()
    assert refused(main, run / "map", "--neighbours", "demo").startswith(
        "The map was recorded on the dataset 'TMP/data.jsonl', which cannot be read from here: name it with --dataset."
    )


def plant(run, count):
    """Let the manifest say that labels were planted."""
    path = run / "map" / "manifest.json"
    manifest = json.loads(path.read_text())
    said = {"share": 0.05, "kind": "uniform", "seed": 1, "count": count, "passed_over": 0}
    manifest["provenance"]["planted_labels"] = said
    path.write_text(json.dumps(manifest))


def test_planted_labels_are_evaluated_after_the_ranking_is_written(run, capsys):
    from dataset_cartography.tasks.noise import planted_path, write_planted

    errors(run / "map", "--n", 1)
    before = (run / "map" / "label_errors.csv").read_bytes()
    plant(run, 2)
    truth = pd.DataFrame({"id": [IDS[WRONG], "e7"], "original": "yes", "planted": "no", "kind": "uniform"})
    write_planted(truth, planted_path(run / "map"))
    capsys.readouterr()
    errors(run / "map", "--n", 1)
    printed = capsys.readouterr().out
    assert (
        "Note: 2 of the labels that this run learnt (5%) were made wrong on purpose (uniform, seed 1)"
        in printed
    )
    assert (
        "Planted wrong labels: 2, and 40 examples ranked by `datamap errors`, the most suspicious first"
        in printed
    )
    assert (run / "map" / "label_errors.csv").read_bytes() == before
    planted_path(run / "map").unlink()
    errors(run / "map", "--n", 1)
    assert "How well planted labels are found cannot be said. No planted labels at" in capsys.readouterr().out
    assert (run / "map" / "label_errors.csv").read_bytes() == before


def test_what_cleanlab_says_stands_beside_the_ranking(run, capsys, monkeypatch):
    said = pd.DataFrame(
        {"cleanlab_issue": [id_ == IDS[WRONG] for id_ in IDS], "cleanlab_quality": 0.5}, index=IDS
    )
    monkeypatch.setattr("dataset_cartography.formats.cleanlab.cleanlab_issues", lambda directory: said)
    errors(run / "map", "--n", 2, "--cleanlab")
    printed = capsys.readouterr().out
    assert printed.count(" · cleanlab: issue\n") == printed.count(" · cleanlab: none\n") == 1
    table = pd.read_csv(run / "map" / "label_errors.csv")
    assert table["cleanlab_issue"].tolist() == [True] + [False] * 39


def test_the_first_of_the_ranking_are_exported_with_what_it_suggests(run, refused):
    from dataset_cartography.cli import datamap

    assert datamap.main(["export", "jsonl", str(run / "map"), str(run / "out"), "--errors", "3"]) == 0
    told = [json.loads(line) for line in (run / "out" / "examples.jsonl").read_text().splitlines()]
    ranking = find_label_errors(run / "map")
    assert [one["id"] for one in told] == ranking.index[:3].tolist()
    first = told[0]
    assert (first["gold"], first["prediction"], first["suggested"]) == (["no"], LABELS[2], LABELS[2])
    assert first["wrong_label_rank"] == 1
    assert first["prediction_probability"] == ranking["suggested_probability"].iloc[0]
    assert (first["looks_like"], first["reason"]) == (
        ranking["looks_like"].iloc[0],
        ranking["reason"].iloc[0],
    )
    assert told[1]["suggested"] is None
    assert told[1]["prediction"] == told[1]["gold"][0]
    assert refused(
        datamap.main, "export", "csv", run / "map", run / "c", "--errors", 3, "--category", "hard"
    ) == ("--errors says which examples to export, and so does --category: leave one of them out.")
    assert refused(datamap.main, "export", "allenai", run / "map", run / "c", "--errors", 3) == (
        "--errors says which examples to export, and allenai exports the log: leave it out, or choose one of "
        "label-studio, argilla, csv, jsonl."
    )
    assert refused(datamap.main, "export", "csv", run / "map", run / "c", "--errors", 0) == (
        "The number of examples must be 1 or more, not 0."
    )
