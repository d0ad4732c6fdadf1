"""`run.py --from_checkpoints` in this process: the map of a run that was not recorded."""

import json

import pytest
import torch
from safetensors.torch import save_file

from dataset_cartography.cli.run import main
from dataset_cartography.cli.run_arguments import CartographyArguments, RunArguments, RunTrainingArguments
from dataset_cartography.cli.run_from_checkpoints import check_from_checkpoints
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader
from questions import WORDS

LABELS = ["no", "yes"]
COMMON = ["--task", "classification", "--dataset", "rows.jsonl", "--use_cpu", "True", "--max_length", 32]
COMMON += ["--report_to", "none", "--disable_tqdm", "True"]


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])
    rows = [
        {"text": f"{WORDS[number % 2]} {WORDS[number]}", "label": LABELS[number % 2]} for number in range(12)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def call(*argv):
        capfd.readouterr()
        code = main([str(word) for word in [*COMMON, *argv]])
        return code, *capfd.readouterr()

    return call


def test_the_map_of_a_run_that_was_not_recorded(run, tmp_path, model_folder):
    """Its checkpoints' own model and tokenizer are used; what it says is what recording would have."""
    training = ["--do_train", "--model", model_folder, "--num_train_epochs", 2, "--output_dir", "run"]
    training += ["--save_only_model", "True", "--enable_cartography", "--cartography_output_dir", "tracked"]
    assert run(*training, "--cartography_mode", "epoch_end")[0] == 0
    code, shown, _ = run(
        "--from_checkpoints",
        "run",
        "--enable_cartography",
        "--cartography_output_dir",
        "saved",
        "--output_dir",
        "out",
    )
    assert code == 0
    assert "12 examples" in shown
    for epoch in (1, 2):
        name = f"training_dynamics_epoch_{epoch}.json"
        assert (tmp_path / "saved" / name).read_text() == (tmp_path / "tracked" / name).read_text()
    facts = LogReader(tmp_path / "saved").manifest.provenance
    assert facts["dataset"] == "rows.jsonl"
    assert facts["labels"] == LABELS
    assert len(facts["checkpoints"]) == 2


REFUSED = {
    "training too": (
        ["--do_train", "--enable_cartography"],
        "--from_checkpoints records what a run saved that is over, and trains nothing: leave out --do_train.",
    ),
    "no map": ([], "--from_checkpoints records a map: give --enable_cartography too."),
    "another split": (
        ["--enable_cartography", "--cartography_splits", "train", "validation"],
        "--from_checkpoints records the training split: leave out --cartography_splits.",
    ),
    "nothing saved": (
        ["--enable_cartography"],
        (
            "No checkpoint in 'run' has whole weights: looked for folders checkpoint-N, as Trainer saves them. Save "
            "them with save_strategy='epoch' and without save_total_limit."
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_go_together(what, run):
    argv, message = REFUSED[what]
    code, _, told = run("--from_checkpoints", "run", *argv)
    assert code == 2
    assert message in told


@pytest.mark.parametrize(("task", "model"), [("dpo", "where/it/began"), ("causal-lm", "checkpoint-5")])
def test_pairs_are_compared_with_the_model_that_the_run_set_out_from(task, model, tmp_path):
    """Which none of the checkpoints is; of other tasks the checkpoints' own model will do."""
    folder = tmp_path / "run" / "checkpoint-5"
    folder.mkdir(parents=True)
    save_file({"weights": torch.zeros(1)}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"preference_reference": "where/it/began"}))
    arguments = RunArguments(task=task, dataset="pairs.jsonl")
    cartography = CartographyArguments(
        enable_cartography=True,
        cartography_output_dir=str(tmp_path / "map"),
        from_checkpoints=str(folder.parent),
    )
    training = RunTrainingArguments(output_dir=str(tmp_path), report_to="none", use_cpu=True)
    assert check_from_checkpoints(arguments, cartography, training)
    assert arguments.model.endswith(model)
