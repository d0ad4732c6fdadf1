"""`run.py --task multiple-choice`, from a file to predictions and a map that agree."""

import json

import datasets
import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from dataset_cartography.cli.run import main
from tiny import tiny_choice_model, tiny_tokenizer

COLOURS = ["red", "green", "blue", "white"]
pytestmark = pytest.mark.slow


def rows(count):
    for number in range(count):
        yield {
            "id": f"q{number}",
            "sent1": f"a {COLOURS[number % 4]} car stands there",
            "sent2": "its colour is",
            **{f"ending{place}": COLOURS[(place + number) % 4] for place in range(4)},
            "label": -number % 4 if number != 5 else 9,
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("multiple_choice")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(40)))
    tokenizer = tiny_tokenizer(["a car stands there its colour is", *COLOURS])
    tiny_choice_model(len(tokenizer)).save_pretrained(folder / "tiny")
    tokenizer.save_pretrained(folder / "tiny")
    return folder


def run(folder, out, *flags):
    argv = ["--task", "multiple-choice", "--do_train", "--do_eval", "--eval_split", "train"]
    argv += ["--dataset", folder / "rows.jsonl", "--model", folder / "tiny", "--output_dir", out]
    argv += ["--num_train_epochs", 3, "--max_length", 32, "--use_cpu", "True", "--save_strategy", "no"]
    argv += ["--enable_cartography", "--cartography_output_dir", out / "map", *flags]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", folder / "cache")
        assert main([str(word) for word in argv]) == 0
    predictions = pd.read_json(out / "eval_predictions.jsonl", lines=True).set_index("id")
    return predictions, pd.read_csv(out / "map" / "cartography_metrics.csv", index_col=0)


@pytest.mark.parametrize("ablation", [None, "question-only", "passage-only", "choices-only"])
def test_predictions_and_map_agree(folder, tmp_path, ablation):
    flags = ["--ablation", ablation] if ablation else []
    predictions, data_map = run(folder, tmp_path, "--cartography_mode", "epoch_end", *flags)
    assert sorted(data_map.index) == sorted(predictions.index) == sorted(set(predictions.index))
    assert len(data_map) == 39
    scores = softmax(np.stack(predictions["predicted_scores"].to_list()), axis=1)
    gold = pd.Series(scores[np.arange(39), predictions["label"]], index=predictions.index)
    np.testing.assert_allclose(data_map["last_gold_probability"][gold.index], gold, atol=1e-5)
    pd.testing.assert_series_equal(
        data_map["last_correct"][gold.index].astype(bool), predictions["correct"], check_names=False
    )
    metrics = json.loads((tmp_path / "eval_metrics.json").read_text())
    assert metrics == {"accuracy": 100.0 * predictions["correct"].mean(), "n": 39}
    (faulty,) = [json.loads(line) for line in (tmp_path / "faulty_rows.jsonl").read_text().splitlines()]
    assert (faulty["id"], faulty["reason"]) == ("q5", "the label 9 means none of the 4 choices")


def test_in_training(folder, tmp_path):
    predictions, data_map = run(folder, tmp_path)
    assert sorted(data_map.index) == sorted(predictions.index)
    assert data_map["epochs_seen"].eq(3).all()
    assert data_map["confidence"].between(0, 1).all()
