"""`run.py --task regression` and `--task dpo` in this process: the flags and outputs of all tasks."""

import json

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.cli.run import main
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.log import LogReader
from pairs import generate_pairs, save_tiny_decoder
from questions import WORDS

SHORT = ["--use_cpu", "True", "--max_length", 32, "--save_strategy", "no", "--report_to", "none"]
TRAIN = ["--do_train", "--do_eval", "--eval_split", "train", "--num_train_epochs", 3, "--enable_cartography"]


def texts(count):
    """Texts whose words give their number away, in thousands; every seventh has none."""
    return "".join(
        json.dumps(
            {
                "review": f"{WORDS[number]} {WORDS[number + 1]}",
                "stars": None if number % 7 == 6 else 1000.0 * number,
            }
        )
        + "\n"
        for number in range(count)
    )


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(command, *argv):
        capfd.readouterr()
        code = command([str(word) for word in argv])
        captured = capfd.readouterr()
        return code, captured.out + captured.err

    return call


def test_regression_trains_evaluates_and_makes_a_map(run, model_folder, tmp_path):
    (tmp_path / "rows.jsonl").write_text(texts(28))
    given = [
        "--task",
        "regression",
        "--dataset",
        "rows.jsonl",
        "--model",
        model_folder,
        "--label_column",
        "stars",
    ]
    code, out = run(main, *given, *SHORT, *TRAIN, "--learning_rate", "1e-3")
    assert code == 0, out
    folder = tmp_path / "trained_models" / "regression"
    metrics = json.loads((folder / "eval_metrics.json").read_text())
    assert set(metrics) == {"r2", "spearman", "rmse", "mae", "n"}
    assert metrics["n"] == 24
    rows = pd.read_json(folder / "eval_predictions.jsonl", lines=True)
    np.testing.assert_allclose(rows["error"], rows["predicted_value"] - rows["label"], rtol=1e-6)
    assert metrics["mae"] == pytest.approx(rows["error"].abs().mean())
    config = json.loads((folder / "config.json").read_text())
    assert config["target_scale"] == pytest.approx(rows["label"].std(ddof=0))
    df = load_cartography_metrics(tmp_path / "cartography_output")
    # In the data's own unit, though the model learns standardised targets.
    assert df["prediction"].between(-5000, 40_000).all()
    assert df["prediction"].abs().max() > 500
    log = LogReader(tmp_path / "cartography_output")
    assert log.manifest.options["target_scale"] == pytest.approx(config["target_scale"])
    code, out = run(main, *given, *SHORT, "--do_eval", "--model", folder, "--output_dir", "again")
    assert code == 0, out
    assert json.loads((tmp_path / "again" / "eval_metrics.json").read_text()) == pytest.approx(metrics)
    code, out = run(datamap, "metrics", "cartography_output", "--scale", "500", "--tolerance", "2")
    assert code == 0, out
    facts = load_cartography_metrics(tmp_path / "cartography_output").attrs["cartography"]
    assert facts["gold_probability"] == "2^-(error/h)², h = 2 σ, σ = 500"
    assert facts["correct"] == "the error is at most 2 σ"


def test_planted_numbers_are_reported(run, model_folder, tmp_path):
    (tmp_path / "rows.jsonl").write_text(texts(28))
    given = [
        "--task",
        "regression",
        "--dataset",
        "rows.jsonl",
        "--model",
        model_folder,
        "--label_column",
        "stars",
    ]
    code, out = run(main, *given, *SHORT, *TRAIN, "--plant_label_noise", "0.2")
    assert code == 0, out
    assert "Planted wrong labels: 5, and 24 examples ranked by `datamap errors`" in out
    code, out = run(datamap, "errors", "cartography_output", "--n", "2")
    assert code == 0, out
    assert "deviations)" in out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_pairs_train_evaluate_and_make_a_map(run, tmp_path):
    pytest.importorskip("trl")
    model = save_tiny_decoder(tmp_path / "base")
    pairs = generate_pairs(12)
    pairs[3]["rejected"] = pairs[3]["chosen"]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    given = ["--task", "dpo", "--dataset", "rows.jsonl", "--model", model, *SHORT]
    code, out = run(
        main, *given, *TRAIN, "--learning_rate", "5e-3", "--beta", "0.5", "--save_strategy", "epoch"
    )
    assert code == 0, out
    assert "1 left out" in out
    folder = tmp_path / "trained_models" / "dpo"
    metrics = json.loads((folder / "eval_metrics.json").read_text())
    rows = pd.read_json(folder / "eval_predictions.jsonl", lines=True)
    assert metrics["accuracy"] == pytest.approx(100 * (rows["margin"] > 0).mean())
    assert metrics["mean_margin"] == pytest.approx(rows["margin"].mean())
    assert metrics["loss"] == pytest.approx(-np.log(rows["probability"]).mean())
    assert metrics["accuracy"] > 80
    log = LogReader(tmp_path / "cartography_output")
    assert log.manifest.options == {"beta": 0.5, "loss_type": ["sigmoid"]}
    assert len(load_cartography_metrics(tmp_path / "cartography_output")) == 11
    # The reference is remembered.
    code, out = run(main, *given, "--do_eval", "--model", folder, "--output_dir", "again", "--beta", "0.5")
    assert code == 0, out
    assert json.loads((tmp_path / "again" / "eval_metrics.json").read_text()) == pytest.approx(
        metrics, rel=1e-4
    )
    code, out = run(main, *given, "--do_eval", "--output_dir", "again")
    assert code == 2
    assert out.strip().splitlines()[-1] == (
        f"error: The model '{model}' was not trained by run.py --task dpo, so that there is no reference to compare it "
        "with: evaluate one that was, or train it on pairs (--do_train)."
    )


def test_a_beta_must_be_above_zero(refused, tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(generate_pairs(1)[0]) + "\n")
    given = ["--task", "dpo", "--dataset", "rows.jsonl", "--do_train"]
    assert refused(main, *given, "--beta", 0) == "--beta must be more than 0, but is 0."
