"""What `run.py` is asked, checked before the work: other libraries' refusals become one sentence of ours."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from transformers import HfArgumentParser, TrainingArguments

from dataset_cartography.cli.run_arguments import RunArguments
from dataset_cartography.errors import CartographyError, InputError, OutputNotWritableError
from dataset_cartography.tasks.base import Task
from dataset_cartography.tasks.checkpoints import newest_complete, why_incomplete

AT_LEAST_ONE = ("per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps")

SET_UP_ERRORS = (ValueError, ImportError, RuntimeError)


def parse_arguments(parser: HfArgumentParser, argv: Sequence[str]) -> tuple[Any, ...]:
    """The dataclasses of a command line; an unknown flag is a usage error.

    Raises:
        InputError: The training arguments contradict each other, or one of them has no such value.
    """
    with refusals("the training arguments"):
        *parsed, unknown = parser.parse_args_into_dataclasses(args=list(argv), return_remaining_strings=True)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return tuple(parsed)


@contextlib.contextmanager
def refusals(what: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what transformers raises at arguments it cannot use into one sentence.

    Args:
        what: What cannot be used.
        errors: The errors meant; by default those that setting up a trainer raises.
    """
    meant = errors or SET_UP_ERRORS
    try:
        yield
    except CartographyError:
        raise
    except meant as error:
        sentence = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"Cannot use {what}: {sentence}.") from error


def check_numbers(training: TrainingArguments) -> None:
    """Refuse numbers that transformers notices late or not at all."""
    for name in AT_LEAST_ONE:
        if getattr(training, name) < 1:
            raise InputError(f"--{name} must be 1 or more, but is {getattr(training, name)}.")
    if training.max_steps <= 0 and not training.num_train_epochs > 0:
        raise InputError(f"--num_train_epochs must be more than 0, but is {training.num_train_epochs:g}.")
    if not 0 <= training.learning_rate < math.inf:
        raise InputError(f"--learning_rate must be 0 or more, but is {training.learning_rate:g}.")
    if not 0 <= training.seed < 2**32:
        raise InputError(f"--seed must be from 0 to 4294967295, but is {training.seed}.")
    if training.dataloader_num_workers < 0:
        raise InputError(
            f"--dataloader_num_workers must be 0 or more, but is {training.dataloader_num_workers}."
        )


def check_room(model: Any, tokenizer: Any, name: str, max_length: int) -> None:
    """Refuse inputs longer than the model can read, which would fail in the middle of the training."""
    positions = getattr(model.config, "max_position_embeddings", None) or max_length
    limit = min(positions, tokenizer.model_max_length)
    if max_length > limit:
        raise InputError(
            f"max_length {max_length} is more than the {limit} tokens that the model '{name}' can read at once: "
            f"give --max_length {limit} or less."
        )


def check_task_options(task: Task, arguments: RunArguments) -> None:
    """Refuse an ablation that the task does not have, and column names that it cannot use."""
    if arguments.ablation is not None and arguments.ablation not in task.ablations:
        exist = f"has {', '.join(task.ablations)}" if task.ablations else "has none"
        raise InputError(f"No ablation '{arguments.ablation}' for the task '{task.name}', which {exist}.")
    if not task.text_columns and (arguments.text_column or arguments.label_column):
        raise InputError(
            f"--text_column and --label_column are not for the task '{task.name}', which knows its columns by their "
            "names: leave them out."
        )
    needed, given = len(task.text_columns), len(arguments.text_column)
    if given not in (0, needed):
        raise InputError(
            f"--text_column needs {needed} name{'s' if needed > 1 else ''} for the task '{task.name}', for "
            f"{' and '.join(task.text_columns)}, but has {given}."
        )


def check_splits(splits: Sequence[str], training: TrainingArguments) -> None:
    """Refuse to record what is not run."""
    if "train" not in splits:
        raise InputError("--cartography_splits must hold train; validation can only be recorded beside it.")
    if "validation" in splits and not training.do_eval:
        raise InputError("--cartography_splits validation records the evaluation passes: give --do_eval too.")


def find_checkpoint(training: TrainingArguments) -> tuple[str | None, bool]:
    """The checkpoint to go on from, and whether to start over for want of one.

    It is a folder that was given, or for `last` (or `True`, Trainer's own word) the newest complete one.

    Raises:
        InputError: The folder that was given is none, or incomplete.
    """
    asked: str | None = training.resume_from_checkpoint
    if asked is None or asked.lower() == "false":
        return None, False
    if asked.lower() not in ("last", "true"):
        if not Path(asked).is_dir():
            raise InputError(
                f"Cannot resume: no checkpoint folder '{asked}'. Without --resume_from_checkpoint a new run is begun."
            )
        if reason := why_incomplete(Path(asked)):
            raise InputError(
                f"Cannot resume: the checkpoint '{asked}' is not whole: {reason}. Give an earlier one to "
                "--resume_from_checkpoint, or last for the newest that is whole."
            )
        return asked, False
    newest, skipped = newest_complete(Path(training.output_dir))
    if training.process_index == 0:
        for checkpoint in skipped:
            print(f"Skipped the checkpoint '{checkpoint.path}', which is not whole: {checkpoint.reason}")
        if newest is None:
            which = "whole checkpoint" if skipped else "checkpoint"
            print(f"No {which} in '{training.output_dir}': starting over from the beginning")
        else:
            print(f"Resuming from '{newest}'")
    return (None, True) if newest is None else (str(newest), False)


def make_output_dir(path: Path) -> None:
    """Make the directory and see that it can be written to, before the training and not after it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)  # several processes may do this at once
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write to --output_dir '{path}' ({error.strerror}): choose another."
        ) from error
