"""`run.py --task causal-lm` and `--task seq2seq` in this process: the flags and outputs of all tasks."""

import json

import numpy as np
import pytest

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.cli.run import main
from dataset_cartography.datamap import FACTS, load_cartography_metrics
from dataset_cartography.dynamics import read_tokens
from questions import WORDS, tokenizer
from sequences import tiny_decoder, tiny_encoder_decoder

SHORT = ["--use_cpu", "True", "--max_length", 32, "--report_to", "none", "--per_device_train_batch_size", 4]
TRAIN = ["--do_train", "--do_eval", "--eval_split", "train", "--num_train_epochs", 3, "--enable_cartography"]
MODELS = {"causal-lm": tiny_decoder, "seq2seq": tiny_encoder_decoder}
GIVEN = {"causal-lm": ("prompt", "completion"), "seq2seq": ("source", "target")}


@pytest.fixture(scope="session")
def language_models(tmp_path_factory):
    folders = {}
    for task, make in MODELS.items():
        words = tokenizer()
        words.eos_token = "[SEP]"
        folders[task] = tmp_path_factory.mktemp(task)
        make(len(words)).save_pretrained(folders[task])
        words.save_pretrained(folders[task])
    return folders


def rows(count):
    """Questions with answers; every seventh has none."""
    return [
        {
            "question": " ".join(WORDS[number : number + 3]),
            "answer": "" if number % 7 == 6 else f"{WORDS[number]} {WORDS[-number]}",
            "source_of_it": number,
        }
        for number in range(count)
    ]


@pytest.fixture
def run(tmp_path, monkeypatch, language_models, capfd):
    monkeypatch.chdir(tmp_path)

    def call(task, *argv, model=None):
        (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(20)))
        given = [
            "--task",
            task,
            "--dataset",
            "rows.jsonl",
            "--model",
            model or language_models[task],
            *SHORT,
            *argv,
        ]
        capfd.readouterr()
        code = main([str(word) for word in given])
        captured = capfd.readouterr()
        return code, captured.out + captured.err

    return call


def evaluated(folder):
    metrics = json.loads((folder / "eval_metrics.json").read_text())
    lines = (folder / "eval_predictions.jsonl").read_text().splitlines()
    return metrics, [json.loads(line) for line in lines]


@pytest.mark.parametrize("task", MODELS)
def test_a_run_is_recorded_and_evaluated(run, tmp_path, task):
    code, out = run(task, *TRAIN, "--save_strategy", "no", "--eval_strategy", "epoch")
    assert code == 0
    assert "Faulty rows: 0 repaired, 2 left out; listed in" in out
    assert "Data map: 18 of 18 examples, 3 epochs" in out
    metrics, predictions = evaluated(tmp_path / "trained_models" / task)
    assert metrics["n"] == len(predictions) == 18
    assert metrics["perplexity"] == pytest.approx(np.exp(metrics["loss"]))
    total = sum(row["mean_log_probability"] * row["tokens"] for row in predictions)
    tokens = sum(row["tokens"] for row in predictions)
    assert metrics["loss"] == pytest.approx(-total / tokens)
    right = sum(row["token_accuracy"] * row["tokens"] for row in predictions)
    assert metrics["token_accuracy"] == pytest.approx(100 * right / tokens)
    assert predictions[0]["source_of_it"] == 0
    assert GIVEN[task][1] in predictions[0]
    df = load_cartography_metrics("cartography_output")
    assert set(df.index) == {row["id"] for row in predictions}
    assert df.attrs[FACTS]["task"] == task
    assert df[["confidence", "correctness", "aum"]].notna().all(axis=None)
    state = json.loads((tmp_path / "trained_models" / task / "trainer_state.json").read_text())
    assert all("eval_perplexity" in entry for entry in state["log_history"] if "eval_loss" in entry)


@pytest.mark.parametrize("task", MODELS)
def test_every_token_by_itself(run, tmp_path, task):
    code, _ = run(task, *TRAIN, "--save_strategy", "no", "--cartography_tokens")
    assert code == 0
    df = read_tokens("cartography_output")
    _, predictions = evaluated(tmp_path / "trained_models" / task)
    assert len(df) == sum(row["tokens"] for row in predictions)
    for row in predictions[:3]:
        text = "".join(df.loc[df["id"] == row["id"], "text"])
        assert row[GIVEN[task][1]].lower().replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize("task", MODELS)
def test_a_withheld_text(run, tmp_path, task):
    ablation = {"causal-lm": "completion-only", "seq2seq": "target-only"}[task]
    code, _ = run(task, *TRAIN, "--save_strategy", "no", "--ablation", ablation)
    assert code == 0
    assert load_cartography_metrics("cartography_output").attrs[FACTS]["ablation"] == ablation


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
@pytest.mark.parametrize("task", MODELS)
def test_an_adapter_is_trained_resumed_and_read_again(run, tmp_path, task):
    pytest.importorskip("peft")
    code, _ = run(task, *TRAIN, "--lora_r", 2, "--save_strategy", "epoch", "--num_train_epochs", 2)
    assert code == 0
    folder = tmp_path / "trained_models" / task
    assert (folder / "adapter_config.json").is_file()
    first, _ = evaluated(folder)
    code, _ = run(task, "--do_eval", "--output_dir", "again", model=folder)
    assert code == 0
    again, _ = evaluated(tmp_path / "again")
    assert again == pytest.approx(first)
    code, out = run(
        task, *TRAIN, "--lora_r", 2, "--save_strategy", "epoch", "--resume_from_checkpoint", "True"
    )
    assert code == 0
    assert "Data map: 18 of 18 examples, 3 epochs" in out


@pytest.mark.parametrize("task", MODELS)
def test_corrected_answers_are_written_as_the_dataset_has_them(run, tmp_path, task):
    run(task, *TRAIN, "--save_strategy", "no")
    _, predictions = evaluated(tmp_path / "trained_models" / task)
    decision = {"id": predictions[1]["id"], "decision": "relabel", "relabel": "another answer"}
    (tmp_path / "decisions.jsonl").write_text(json.dumps(decision) + "\n")
    assert (
        datamap(["apply", "cartography_output", "--decisions", "decisions.jsonl", "--output", "new.jsonl"])
        == 0
    )
    written = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    changed = [
        new["answer"] for new, old in zip(written, rows(20), strict=True) if new["answer"] != old["answer"]
    ]
    assert changed == ["another answer"]


REFUSED = {
    "tokens": (
        ["--task", "classification", "--do_train", "--enable_cartography", "--cartography_tokens"],
        "--cartography_tokens is for sequences (seq2seq, causal-lm), not for 'classification'.",
    ),
    "an adapter": (
        ["--task", "classification", "--do_train", "--lora_r", "4"],
        "--lora_r adapts language models (seq2seq, causal-lm, dpo), not 'classification'.",
    ),
    "a rank": (
        ["--task", "causal-lm", "--do_train", "--lora_r", "0"],
        "--lora_r must be 1 or more, but is 0.",
    ),
    "the demo": (
        ["--task", "causal-lm", "--do_train"],
        (
            "The dataset 'demo' holds questions, which only --task qa reads. Give a local file with the columns prompt "
            "and completion, or a name on the hub."
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals(what, refused):
    argv, sentence = REFUSED[what]
    assert refused(main, *argv) == sentence
