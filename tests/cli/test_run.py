"""`run.py` in this process: what a run leaves behind, with and without recording."""

import json

import pandas as pd
import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from questions import generate

FAULTY = {"text": ["absent"], "answer_start": [0]}


@pytest.fixture
def run(tmp_path, monkeypatch, model_folder, capfd):
    monkeypatch.chdir(tmp_path)

    def call(dataset, *argv):
        given = ["--do_train", "--dataset", dataset, "--model", model_folder, "--output_dir", "model"]
        given += ["--use_cpu", "True", "--max_length", 32, "--doc_stride", 8, "--save_strategy", "no", *argv]
        capfd.readouterr()
        code = main([str(word) for word in given])
        return code, capfd.readouterr().out

    return call


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_without_cartography_nothing_of_it_is_written(run, questions_file, tmp_path):
    code, out = run(questions_file, "--num_train_epochs", 1, "--do_eval", "--eval_split", "train")
    assert code == 0
    assert "region" not in out
    written = files_below(tmp_path)
    assert {"model/eval_metrics.json", "model/eval_predictions.jsonl", "model/config.json"} <= set(written)
    assert not [name for name in written if "cartography" in name or "dynamics" in name]


def test_evaluation_alone_records_nothing(run, questions_file, model_folder, tmp_path, capfd):
    argv = ["--do_eval", "--dataset", questions_file, "--model", model_folder, "--output_dir", "model"]
    argv += ["--eval_split", "train", "--enable_cartography", "--use_cpu", "True"]
    assert main([str(word) for word in argv]) == 0
    assert not (tmp_path / "cartography_output").exists()
    assert len((tmp_path / "model" / "eval_predictions.jsonl").read_text().splitlines()) == 16


def test_a_run_leaves_what_the_contract_names(run, questions_file, tmp_path):
    code, out = run(questions_file, "--num_train_epochs", 3, "--enable_cartography")
    assert code == 0
    written = files_below(tmp_path / "cartography_output")
    assert [name for name in written if not name.startswith("dynamics/")] == [
        "cartography_map.png",
        "cartography_metrics.csv",
        "cartography_metrics.json",
        "cartography_metrics.parquet",
        "examples.parquet",
        "manifest.json",
        "training_dynamics_epoch_1.json",
        "training_dynamics_epoch_2.json",
        "training_dynamics_epoch_3.json",
    ]
    df = load_cartography_metrics("cartography_output")
    assert df["correctness"].between(0, 1).all()
    assert "Data map: 16 of 16 examples, 3 epochs" in out
    read = pd.read_json(tmp_path / "cartography_output" / "cartography_metrics.json", orient="index")
    assert read["confidence"].to_dict() == pytest.approx(df["confidence"].to_dict())


def test_two_epochs_are_mapped_with_a_warning(run, questions_file):
    code, out = run(questions_file, "--num_train_epochs", 2, "--enable_cartography")
    assert code == 0
    assert "not enough epochs for meaningful variability: 2 recorded, 3 or more are needed" in out


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files_below(folder)}


def test_a_second_run_is_refused_and_the_first_stays(run, questions_file, tmp_path, capfd):
    assert run(questions_file, "--num_train_epochs", 1, "--enable_cartography")[0] == 0
    before = contents(tmp_path / "cartography_output")
    assert run(questions_file, "--num_train_epochs", 1, "--enable_cartography")[0] == 2
    after = contents(tmp_path / "cartography_output")
    assert before == after


def test_the_merge_by_id_gives_the_error_rate_by_category(run, questions_file, tmp_path):
    code, _ = run(
        questions_file, "--num_train_epochs", 3, "--enable_cartography", "--do_eval", "--eval_split", "train"
    )
    assert code == 0
    from dataset_cartography import categorize_examples, get_examples_by_category

    df = categorize_examples(load_cartography_metrics("./cartography_output"))
    predictions = pd.read_json(tmp_path / "model" / "eval_predictions.jsonl", lines=True)
    assert {"id", "answers", "predicted_answer", "question", "context"} <= set(predictions.columns)
    merged = df.merge(predictions, left_index=True, right_on="id")
    assert len(merged) == 16
    merged["error"] = [
        row.predicted_answer not in (row.answers["text"] or [""]) for row in merged.itertuples()
    ]
    rate = merged.groupby("category", observed=True)["error"].mean()
    assert rate.between(0, 1).all()
    metrics = json.loads((tmp_path / "model" / "eval_metrics.json").read_text())
    assert metrics["n"] == 16
    assert 100 * (1 - merged["error"].mean()) == pytest.approx(metrics["exact_match"])
    for category in set(df["category"]):
        ids = get_examples_by_category(df, category, n=100)
        assert set(ids) == set(df.index[df["category"] == category])


@pytest.mark.parametrize("cartography", [True, False])
def test_faulty_rows_are_left_out_alike_and_counted(run, tmp_path, cartography):
    rows = generate(12)
    rows[3]["answers"] = rows[7]["answers"] = FAULTY
    moved = rows[2]["answers"]
    moved["answer_start"] = [moved["answer_start"][0] + 3]
    (tmp_path / "faulty.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out = run(
        "faulty.jsonl",
        "--num_train_epochs",
        1,
        "--logging_steps",
        1,
        *(["--enable_cartography"] if cartography else []),
    )
    assert code == 0
    assert "Faulty rows: 1 repaired, 2 left out; listed in model/faulty_rows.jsonl" in out
    listed = [
        json.loads(line) for line in (tmp_path / "model" / "faulty_rows.jsonl").read_text().splitlines()
    ]
    assert [(row["action"], row["id"], row["row"]) for row in listed] == [
        ("left out", "q3", 3),
        ("left out", "q7", 7),
        ("repaired", "q2", 2),
    ]
    if cartography:
        assert "of the dataset's rows, 2 were left out as faulty and 1 repaired" in out
        assert load_cartography_metrics("cartography_output").index.tolist() == [
            f"q{number}" for number in range(12) if number not in (3, 7)
        ]


def test_recording_changes_neither_losses_nor_weights(run, questions_file, tmp_path, model_folder):
    weights = []
    for argv in ([], ["--enable_cartography"], ["--enable_cartography", "--cartography_mode", "epoch_end"]):
        argv += ["--cartography_output_dir", f"map{len(weights)}"]
        assert run(questions_file, "--num_train_epochs", 2, *argv)[0] == 0
        weights.append((tmp_path / "model" / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] == weights[2]


@pytest.mark.parametrize(
    "ids",
    [
        [f"{n:03}" for n in range(12)],
        list(range(100, 112)),
        ['"q\n', "=1", "NaN", "é", "null", "true", "1e5", "x" * 10_000, " a", "日本", "007", "7"],
    ],
)
def test_ids_go_the_whole_way(run, tmp_path, ids):
    (tmp_path / "ids.jsonl").write_text("".join(json.dumps(row) + "\n" for row in generate(12, ids=ids)))
    code, _ = run(
        "ids.jsonl", "--num_train_epochs", 1, "--enable_cartography", "--do_eval", "--eval_split", "train"
    )
    assert code == 0
    root = tmp_path / "cartography_output"
    for file in ("", "cartography_metrics.csv", "cartography_metrics.json", "cartography_metrics.parquet"):
        assert load_cartography_metrics(root / file).index.tolist() == ids
    assert list(json.loads((root / "training_dynamics_epoch_1.json").read_text())) == [
        str(name) for name in ids
    ]
    lines = (tmp_path / "model" / "eval_predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids


def test_ids_are_made_where_there_are_none(run, tmp_path):
    rows = [{key: value for key, value in row.items() if key != "id"} for row in generate(8)]
    (tmp_path / "bare.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]))
    assert run("bare.jsonl", "--num_train_epochs", 1, "--enable_cartography")[0] == 0
    index = load_cartography_metrics("cartography_output").index
    assert index.is_unique
    assert index[8] == f"{index[0]}-2"


def test_a_run_is_resumed_from_the_command_line(run, questions_file, tmp_path):
    schedule = ["--lr_scheduler_type", "constant", "--save_strategy", "epoch", "--enable_cartography"]
    assert (
        run(questions_file, "--num_train_epochs", 3, *schedule, "--cartography_output_dir", "whole")[0] == 0
    )
    (tmp_path / "model").rename(tmp_path / "other")
    assert run(questions_file, "--num_train_epochs", 2, *schedule)[0] == 0
    assert run(questions_file, "--num_train_epochs", 3, *schedule, "--resume_from_checkpoint", "last")[0] == 0
    pd.testing.assert_frame_equal(
        load_cartography_metrics("cartography_output"), load_cartography_metrics("whole"), check_exact=True
    )
