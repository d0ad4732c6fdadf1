"""The settings under which `track` holds: an untracked twin trains bit for bit the same, and rows are right."""

import pytest
import torch

from dataset_cartography.log import LogReader
from labels import as_dataset, generate, generate_choices
from questions import assert_same_training
from witness import assert_same_rows, check, expected, recorded, run

pytestmark = pytest.mark.usefixtures("no_map")


def custom_loss(outputs, labels, num_items_in_batch=None):
    return torch.nn.functional.cross_entropy(outputs.logits, labels, reduction="sum") / num_items_in_batch


SETTINGS = {
    "defaults": {},
    "all columns kept": {"remove_unused_columns": False},
    "label smoothing": {"label_smoothing_factor": 0.1},
    "a custom loss": {"compute_loss_func": custom_loss},
    "gradient accumulation": {"gradient_accumulation_steps": 3},
    "a custom loss, smoothing and accumulation": {
        "compute_loss_func": custom_loss,
        "label_smoothing_factor": 0.1,
        "gradient_accumulation_steps": 2,
    },
    "bf16": {"bf16": True},
    "activations recomputed": {"activation_checkpointing": True},
    "grouped by length": {"train_sampling_strategy": "group_by_length"},
    "rebalanced batches": {"train_sampling_strategy": "batch_rebalance"},
    "in order": {"train_sampling_strategy": "sequential"},
    "incomplete batch dropped": {"dataloader_drop_last": True},
    "a last batch of one": {"per_device_train_batch_size": 6},
    "batches of one": {"per_device_train_batch_size": 1},
    "stopped in mid-epoch": {"max_steps": 6},
    "two workers": {"dataloader_num_workers": 2},
    "workers that stay": {"dataloader_num_workers": 2, "dataloader_persistent_workers": True},
}
SPAWNED = {
    "dataloader_num_workers": 2,
    "dataloader_persistent_workers": True,
    "dataloader_multiprocessing_context": "spawn",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_classification(name, tmp_path):
    check(tmp_path, generate(13), **SETTINGS[name])


@pytest.mark.slow
def test_spawned_workers(tmp_path):
    check(tmp_path, generate(13), **SPAWNED)


def test_the_model_is_told_num_items_in_batch(tmp_path):
    _, witness = run(
        tmp_path, as_dataset(generate(7)), {"mode": "in_training"}, gradient_accumulation_steps=2
    )
    assert all("num_items_in_batch" in call.given for call in witness.calls)


@pytest.mark.parametrize(
    "name", ["defaults", "gradient accumulation", "label smoothing", "grouped by length"]
)
def test_multiple_choice(name, tmp_path):
    check(tmp_path, generate_choices(9), choices=True, **SETTINGS[name])


def test_natural_language_inference(tmp_path):
    examples = [{**example, "premise": "a", "hypothesis": "b"} for example in generate(9)]
    check(tmp_path, examples)
    assert LogReader(tmp_path / "in_training").manifest.task == "nli"


@pytest.mark.parametrize(
    ("backend", "mode"),
    [
        ("eager", "in_training"),
        pytest.param("eager", "epoch_end", marks=pytest.mark.slow),
        pytest.param("inductor", "in_training", marks=pytest.mark.slow),
        pytest.param("inductor", "epoch_end", marks=pytest.mark.slow),
    ],
)
def test_a_compiled_model(backend, mode, tmp_path):
    examples = generate(12, fixed=8)
    settings = {"torch_compile": True, "torch_compile_backend": backend}
    runs, graphs = [], []
    for tracked in (None, {"mode": mode}):
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        weights_and_losses, witness = run(tmp_path, as_dataset(examples), tracked, **settings)
        runs.append(weights_and_losses)
        graphs.append(torch._dynamo.utils.counters["stats"]["unique_graphs"])
    assert_same_training(*runs)
    assert_same_rows(recorded(tmp_path / mode), expected(witness, examples, training=mode == "in_training"))
    assert 0 < graphs[0] == graphs[1], "the hook made the model compile again"
