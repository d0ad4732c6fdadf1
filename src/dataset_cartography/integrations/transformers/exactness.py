"""Whether a resumed run will be the one that never stopped: where Trainer's own resume is known not to be exact.

What is told here was found by experiment (tests/integrations/transformers/test_inexact_resume.py); docs/resuming.md
lists it for people.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from transformers import Trainer

from dataset_cartography.integrations.transformers.examples import is_stream

_SCHEDULE = ("num_train_epochs", "max_steps", "lr_scheduler_type", "warmup_steps")


def training_settings(trainer: Trainer) -> dict[str, Any]:
    """The settings that a resumed run must share with the one it goes on with; kept in the manifest."""
    args = trainer.args
    return {
        "num_train_epochs": args.num_train_epochs,
        "max_steps": args.max_steps,
        "learning_rate": args.learning_rate,
        "lr_scheduler_type": str(getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)),
        "warmup_steps": args.warmup_steps,
        # Not the argument: some versions of Trainer go on with the checkpoint's, whatever is asked for.
        "per_device_train_batch_size": trainer._train_batch_size // max(1, args.n_gpu),
        "gradient_accumulation_steps": args.gradient_accumulation_steps,
        "processes": args.world_size,
        "seed": args.seed,
        "data_seed": args.data_seed,
    }


def why_inexact(trainer: Trainer, before: Mapping[str, Any], steps_per_epoch: int | None) -> list[str]:
    """Say why a run that is about to go on from a checkpoint will differ from one that never stopped.

    Args:
        trainer: The trainer, its state read from the checkpoint.
        before: The settings of the run that is resumed, as `training_settings` gave them; unknown ones left out.
        steps_per_epoch: Optimizer steps in a pass; None where the data has no length.

    Returns:
        Reasons, each a clause; none where Trainer's resume is exact as far as is known, or nothing is left to train.
    """
    state = trainer.state
    if not 0 < state.global_step < state.max_steps:
        return []
    in_mid_epoch = not steps_per_epoch or state.global_step % steps_per_epoch > 0
    reasons = [*_missing_states(trainer), *_other_settings(trainer, before)]
    if in_mid_epoch:
        reasons += _lost_place(trainer)
    elif trainer.args.eval_strategy == "epoch" and not any(
        entry.get("step") == state.global_step and any(name.startswith("eval_") for name in entry)
        for entry in state.log_history
    ):
        reasons.append(
            "the checkpoint was written before the evaluation at its epoch's end, which is skipped now and would have "
            "moved the random numbers (save with save_strategy='epoch')"
        )
    if trainer.args.dataloader_persistent_workers and trainer.args.dataloader_num_workers:
        reasons.append(
            "persistent workers are started anew, and that moves the random numbers of later epochs "
            "(dataloader_persistent_workers=False)"
        )
    return reasons


def _missing_states(trainer: Trainer) -> list[str]:
    """What a checkpoint does not hold, or not under the model's names, where Trainer goes on without it."""
    args = trainer.args
    folder = Path(args.output_dir) / f"checkpoint-{trainer.state.global_step}"
    if not folder.is_dir() or trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        return []  # elsewhere, or kept in another form
    random_states = f"rng_state_{args.process_index}.pth" if args.world_size > 1 else "rng_state.pth"
    wanted = {
        "optimizer.pt": "the optimizer",
        "scheduler.pt": "the schedule",
        random_states: "random numbers",
    }
    reasons = []
    if unknown := sorted(stored_weights(folder) - trainer.model.state_dict().keys()):
        reasons.append(
            f"'{folder}' names {len(unknown)} of the weights as the model does not ('{unknown[0]}'), so that Trainer "
            "leaves them out (transformers before 5.6 named the LayerNorms of BERT's kin so)"
        )
    if missing := [what for name, what in wanted.items() if not (folder / name).is_file()]:
        reasons.append(
            f"'{folder}' lacks the states of {', '.join(missing)}, which begin anew (save_only_model=False keeps them)"
        )
    return reasons


def stored_weights(folder: Path) -> set[str]:
    """The names of a checkpoint's weights; none where they are kept in another form."""
    index, whole = folder / "model.safetensors.index.json", folder / "model.safetensors"
    if index.is_file():
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
    if not whole.is_file():
        return set()
    with safe_open(whole, "pt") as file:
        return set(file.keys())


def _other_settings(trainer: Trainer, before: Mapping[str, Any]) -> list[str]:
    now = training_settings(trainer)
    changed = {
        name: (before[name], now[name]) for name in now if name in before and before[name] != now[name]
    }
    changed.pop("learning_rate", None)  # the checkpoint's schedule holds it, and wins
    if now["lr_scheduler_type"] == "constant" and "lr_scheduler_type" not in changed:
        changed = {name: values for name, values in changed.items() if name not in _SCHEDULE}
    return [f"{name} is {new}, and was {old}" for name, (old, new) in changed.items()]


def _lost_place(trainer: Trainer) -> list[str]:
    """Why the middle of an epoch will not be found again."""
    args = trainer.args
    if args.ignore_data_skip:
        return ["ignore_data_skip begins the epoch's data anew, so that some examples come twice"]
    order = args.train_sampling_strategy
    if is_stream(trainer.train_dataset) or order == "sequential":
        return []
    if order == "group_by_length":
        return [
            "the order of train_sampling_strategy='group_by_length' is not found again in the middle of an epoch"
        ]
    if not args.accelerator_config.use_seedable_sampler:
        known = "accelerator_config={'use_seedable_sampler': True}"
        return [f"the order of the examples is not found again in the middle of an epoch ({known})"]
    return []
