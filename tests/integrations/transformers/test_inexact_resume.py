"""Where Trainer's own resume is exact, a resumed map is the uninterrupted one's; where it is not, a warning says why.

Every case is an experiment: if a release of transformers mends what is inexact here, its case fails and can go.
"""

import json
import logging
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import Dataset, IterableDataset
from transformers import TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.exactness import why_inexact
from labels import PaddingCollator, as_dataset, generate, make_trainer

pytestmark = pytest.mark.usefixtures("no_map")

EXAMPLES = 13
STEPS = 4  # an epoch
SAID = "The resumed run will differ from one that never stopped: "


class StoppedError(Exception):
    pass


class StopAfter(TrainerCallback):
    """Breaks the training off at the beginning of a step, as a crash would."""

    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise StoppedError


class Noisy(Dataset):
    """Draws a random number for every item that it loads."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        row = dict(self.rows[number])
        row["input_ids"] = [*row["input_ids"][:-1], int(torch.randint(5, 50, ()))]
        return row


class Stream(IterableDataset):
    """A stream with a length."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)


class Case(NamedTuple):
    """Settings, what is changed on resume, and what is said of it; checkpoints are at step 6 unless saved otherwise."""

    settings: dict[str, Any] = {}  # noqa: RUF012 - a constant
    changed: dict[str, Any] = {}  # noqa: RUF012
    reasons: tuple[str, ...] = ()
    exact: bool | None = None
    data: Any = as_dataset


SEEDABLE = "accelerator_config={'use_seedable_sampler': True}"
BEFORE_EVALUATION = (
    "the checkpoint was written before the evaluation at its epoch's end, which is skipped now and would have moved "
    "the random numbers (save with save_strategy='epoch')"
)
WITHOUT_STATES = (
    "'{folder}/checkpoint-6' lacks the states of the optimizer, the schedule, random numbers, which begin anew "
    "(save_only_model=False keeps them)"
)
NEW_WORKERS = (
    "persistent workers are started anew, and that moves the random numbers of later epochs "
    "(dataloader_persistent_workers=False)"
)
GROUPED = (
    "the order of train_sampling_strategy='group_by_length' is not found again in the middle of an epoch"
)
UNSEEDED = f"the order of the examples is not found again in the middle of an epoch ({SEEDABLE})"
TWICE = "ignore_data_skip begins the epoch's data anew, so that some examples come twice"
LOSS = {"metric_for_best_model": "eval_loss", "greater_is_better": False}
EPOCH = {"save_strategy": "epoch"}
GROUP = {"train_sampling_strategy": "group_by_length"}
NO_SEEDABLE = {"accelerator_config": {"use_seedable_sampler": False}}
CASES = {
    "plain": Case(),
    "evaluation in mid-epoch": Case({"eval_strategy": "steps", "eval_steps": 3}),
    "checkpoint and evaluation at the epoch's end": Case({"eval_strategy": "epoch", **EPOCH}),
    "checkpoint by steps before the evaluation at the epoch's end": Case(
        {"eval_strategy": "epoch", "save_steps": STEPS}, reasons=(BEFORE_EVALUATION,)
    ),
    "ignore_data_skip": Case(changed={"ignore_data_skip": True}, reasons=(TWICE,)),
    "save_only_model": Case({"save_only_model": True}, reasons=(WITHOUT_STATES,)),
    "group_by_length": Case(GROUP, reasons=(GROUPED,)),
    "no seedable sampler": Case(NO_SEEDABLE, reasons=(UNSEEDED,)),
    "another seed": Case(changed={"seed": 7}, reasons=("seed is 7, and was 42",)),
    "other batches": Case(
        {"gradient_accumulation_steps": 2, "per_device_train_batch_size": 2},
        {"gradient_accumulation_steps": 1, "per_device_train_batch_size": 4},
        ("per_device_train_batch_size is 4, and was 2", "gradient_accumulation_steps is 1, and was 2"),
    ),
    "more epochs": Case(EPOCH, {"num_train_epochs": 4}, ("num_train_epochs is 4, and was 3",)),
    "random transforms": Case(data=Noisy, exact=False),
    "a stream with a length": Case(data=Stream),
}
SLOW = {
    "ignore_data_skip at the epoch's end": Case(EPOCH, {"ignore_data_skip": True}),
    "group_by_length at the epoch's end": Case({**GROUP, **EPOCH}),
    "no seedable sampler at the epoch's end": Case({**NO_SEEDABLE, **EPOCH}),
    "no seedable sampler, in order": Case({**NO_SEEDABLE, "train_sampling_strategy": "sequential"}),
    "another learning rate": Case(changed={"learning_rate": 1e-3}),
    "random transforms, at the epoch's end": Case(EPOCH, data=Noisy),
    "accumulation": Case({"gradient_accumulation_steps": 2, "per_device_train_batch_size": 2}),
    "drop_last": Case({"dataloader_drop_last": True, "save_steps": 5}),
    "the best": Case({"eval_strategy": "steps", "eval_steps": 2, "save_strategy": "best", **LOSS}),
    "a stream at the epoch's end": Case(EPOCH, data=Stream),
    "bf16": Case({"bf16": True}),
    "activations recomputed": Case({"activation_checkpointing": True}),
    "auto_find_batch_size": Case({"auto_find_batch_size": True}),
    "workers": Case({"dataloader_num_workers": 2}),
    "more workers": Case(changed={"dataloader_num_workers": 2}),
    "persistent workers": Case(
        {"dataloader_num_workers": 2, "dataloader_persistent_workers": True}, reasons=(NEW_WORKERS,)
    ),
    "random transforms in workers": Case({"dataloader_num_workers": 2}, data=Noisy, exact=False),
}


def tracked(folder, case, changed=()):
    rows = generate(EXAMPLES)
    settings = (
        {"num_train_epochs": 3, "save_strategy": "steps", "save_steps": 3} | case.settings | dict(changed)
    )
    if "eval_strategy" in settings:
        settings["eval_dataset"] = as_dataset(generate(5, seed=1))
    torch.manual_seed(0)
    trainer = make_trainer(folder, case.data(rows), data_collator=PaddingCollator(), **settings)
    track(trainer, folder / "map")
    return trainer


@pytest.mark.parametrize("name", [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_a_resume_is_exact_or_a_warning_says_why_not(name, tmp_path, caplog, keeps_batch_size):
    case = (CASES | SLOW)[name]
    if keeps_batch_size and "per_device_train_batch_size" in case.changed:
        pytest.skip("this Trainer goes on with the checkpoint's batch size")
    whole, folder = tmp_path / "whole", tmp_path / "broken"
    tracked(whole, case).train()
    broken = tracked(folder, case)
    broken.add_callback(StopAfter(7))
    with pytest.raises(StoppedError):
        broken.train()
    torch.rand(3)  # the process that resumes is another
    caplog.clear()
    with caplog.at_level(logging.WARNING, "dataset_cartography"):
        tracked(folder, case, case.changed).train(resume_from_checkpoint=True)
    said = [message.removeprefix(SAID) for message in caplog.messages if message.startswith(SAID)]
    assert said == [f"{reason.replace('{folder}', str(folder / 'model'))}." for reason in case.reasons]
    exact = not case.reasons if case.exact is None else case.exact
    assert compute_metrics(folder / "map").equals(compute_metrics(whole / "map")) == exact


def test_nothing_is_said_where_nothing_is_left_to_train(tmp_path, caplog):
    tracked(tmp_path, Case(EPOCH)).train()
    tracked(tmp_path, Case(EPOCH), {"seed": 7}).train(resume_from_checkpoint=True)
    assert not [message for message in caplog.messages if message.startswith(SAID)]


@pytest.mark.parametrize("shards", [False, True])
def test_weights_under_names_that_the_model_does_not_have(shards, tmp_path):
    settings = {"save_strategy": "steps", "save_steps": 6}
    tracked(tmp_path, Case(settings), {"max_steps": 6}).train()
    folder = tmp_path / "model" / "checkpoint-6"
    weights = load_file(folder / "model.safetensors")
    other = {name.replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in weights.items()}
    renamed = sorted(other.keys() - weights.keys())
    assert renamed
    if shards:
        (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
        index = {"metadata": {}, "weight_map": dict.fromkeys(other, "model-00001-of-00001.safetensors")}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        save_file(other, folder / "model.safetensors", metadata={"format": "pt"})
    trainer = tracked(tmp_path, Case(settings))
    trainer.state.global_step, trainer.state.max_steps = 6, 12
    (reason,) = why_inexact(trainer, {}, STEPS)
    assert reason == (
        f"'{folder}' names {len(renamed)} of the weights as the model does not ('{renamed[0]}'), so that Trainer "
        "leaves them out (transformers before 5.6 named the LayerNorms of BERT's kin so)"
    )
