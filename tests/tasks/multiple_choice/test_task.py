import json

import datasets
import numpy as np
import pytest
import torch
from transformers import TrainingArguments

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.registry import TASKS
from tiny import tiny_choice_model, tiny_tokenizer

COLOURS = ["red", "green", "blue", "white"]
TASK = TASKS["multiple-choice"]


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """A file of 24 questions whose answer stands in the context."""
    datasets.disable_progress_bars()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    path = tmp_path / "rows.jsonl"
    lines = [
        {
            "id": f"q{number}",
            "passage": f"the car is {COLOURS[number % 4]}",
            "question": "which colour",
            "options": COLOURS,
            "answer": "ABCD"[number % 4],
        }
        for number in range(24)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def make_trainer(rows, tmp_path, **arguments):
    examples = TASK.load(str(rows), "train").kept
    tokenizer = tiny_tokenizer(["the car is which colour", *COLOURS])
    model = tiny_choice_model(len(tokenizer))
    options = Options(max_length=32)
    features = TASK.features(TASK.fit(examples, model), tokenizer, options, labelled=True)
    settings = {"report_to": [], "use_cpu": True, "disable_tqdm": True, "dataloader_pin_memory": False}
    trainer = TASK.trainer(
        model,
        tokenizer,
        TrainingArguments(str(tmp_path / "out"), **settings, **arguments),
        train_features=features,
        eval_features=features,
        eval_examples=examples,
        options=options,
    )
    return trainer, examples


@pytest.mark.parametrize("remove_unused_columns", [True, False])
def test_train_and_evaluate(rows, tmp_path, remove_unused_columns):
    trainer, examples = make_trainer(
        rows, tmp_path, max_steps=2, save_strategy="no", remove_unused_columns=remove_unused_columns
    )
    assert np.isfinite(trainer.train().training_loss)
    metrics, found = TASK.evaluate(trainer, examples, trainer.eval_dataset)
    found = list(found)
    assert metrics == {"accuracy": 100.0 * np.mean([row["correct"] for row in found]), "n": 24}
    assert trainer.evaluate()["eval_accuracy"] == metrics["accuracy"]
    first = found[0]
    assert first["predicted_label"] == int(np.argmax(first["predicted_scores"]))
    assert first["predicted_choice"] == COLOURS[first["predicted_label"]]
    assert first["correct"] is (first["predicted_label"] == first["label"])
    assert first["id"] == "q0"
    json.dumps(found)


def test_scores_are_the_models_logits(rows, tmp_path):
    trainer, examples = make_trainer(rows, tmp_path)
    found = list(TASK.evaluate(trainer, examples, trainer.eval_dataset).rows)
    batch = trainer.data_collator([trainer.eval_dataset[5]])
    with torch.no_grad():
        logits = trainer.model.eval()(**batch).logits[0]
    np.testing.assert_allclose(found[5]["predicted_scores"], logits.numpy(), atol=1e-6)


def test_what_the_command_line_is_told():
    assert TASK.name == "multiple-choice"
    assert TASK.ablations == ("question-only", "passage-only", "choices-only")
    assert TASK.text_columns == ()
