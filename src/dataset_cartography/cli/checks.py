"""What `run.py` is asked, checked before the work: other libraries' refusals become one sentence of ours."""

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
from transformers import HfArgumentParser, TrainingArguments
from transformers.trainer_utils import IntervalStrategy

from dataset_cartography.cli.run_arguments import RunArguments
from dataset_cartography.errors import CartographyError, InputError, OutputNotWritableError
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.tasks.base import Task

AT_LEAST_ONE = (
    "per_device_train_batch_size",
    "per_device_eval_batch_size",
    "gradient_accumulation_steps",
    "eval_accumulation_steps",
)
ADAPTED = ("seq2seq", "causal-lm", "dpo")
# The last three where the hub is asked (push_to_hub).
SET_UP_ERRORS = (
    ValueError,
    ImportError,
    RuntimeError,
    ConnectionError,
    HfHubHTTPError,
    LocalTokenNotFoundError,
)


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
        number = getattr(training, name)
        if number is not None and number < 1:
            raise InputError(f"--{name} must be 1 or more, but is {number}.")
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


def check_training(training: TrainingArguments, task: Task) -> None:
    """Refuse training arguments that fail after the first epoch, or at the first step."""
    if training.do_eval and training.prediction_loss_only:
        raise InputError("--prediction_loss_only leaves --do_eval nothing to score: give one of the two.")
    metric = training.metric_for_best_model
    evaluates = training.do_train and training.eval_strategy != IntervalStrategy.NO
    if evaluates and metric is not None and metric.removeprefix("eval_") not in task.metrics:
        raise InputError(
            f"--metric_for_best_model is '{metric}' (its default is 'loss'), which the task '{task.name}' does not "
            f"report: choose from {', '.join(task.metrics)}."
        )
    mode, backend = training.torch_compile_mode, training.torch_compile_backend
    if mode is not None and backend in (None, "inductor"):
        from torch._inductor import list_mode_options

        if mode not in list_mode_options():
            raise InputError(
                f"--torch_compile_mode has no '{mode}': choose from {', '.join(list_mode_options())}."
            )


def check_batches(training: TrainingArguments, rows: int) -> None:
    """Refuse to train on nothing, where every batch is the last one and dropped.

    Args:
        training: The batch size, and whether the last one is dropped.
        rows: Features that are trained on.
    """
    needed = training.train_batch_size * training.world_size
    if training.dataloader_drop_last and rows < needed:
        raise InputError(
            f"--dataloader_drop_last drops all {rows} rows that are trained on, as a batch takes {needed}: leave it "
            "out, or give a smaller --per_device_train_batch_size."
        )


@contextlib.contextmanager
def tracker_refusals() -> Iterator[None]:
    """Turn what W&B raises, asked for without a login, into one sentence."""
    try:
        yield
    except Exception as error:
        # Loaded with its callback, if at all.
        wandb = sys.modules.get("wandb")
        if wandb is None or not isinstance(error, wandb.errors.UsageError):
            raise
        sentence = " ".join(str(error).split()).rstrip(".")
        raise InputError(
            f"Cannot report to wandb: {sentence}. Log in, set WANDB_MODE=offline, or give another --report_to."
        ) from error


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
    """Refuse an ablation or an adapter that the task does not have, and column names that it cannot use."""
    if arguments.lora_r is not None:
        if task.name not in ADAPTED:
            raise InputError(f"--lora_r adapts language models ({', '.join(ADAPTED)}), not '{task.name}'.")
        if arguments.lora_r < 1:
            raise InputError(f"--lora_r must be 1 or more, but is {arguments.lora_r}.")
    if not 0 < arguments.beta < math.inf:
        raise InputError(f"--beta must be more than 0, but is {arguments.beta:g}.")
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


def check_tokens(task: Task) -> None:
    """Refuse to record tokens one by one where there are none to predict."""
    sequences = [name for name, schema in SCHEMAS.items() if schema.pieces == "tokens"]
    if task.name not in sequences:
        raise InputError(
            f"--cartography_tokens is for sequences ({', '.join(sequences)}), not for '{task.name}'."
        )


def check_splits(splits: Sequence[str], training: TrainingArguments) -> None:
    """Refuse to record what is not run."""
    if "train" not in splits:
        raise InputError("--cartography_splits must hold train; validation can only be recorded beside it.")
    if "validation" in splits and not training.do_eval:
        raise InputError("--cartography_splits validation records the evaluation passes: give --do_eval too.")


def check_directories(training: TrainingArguments, cartography_output_dir: str) -> None:
    """Refuse empty names, which would mean the current directory."""
    given = {"output_dir": training.output_dir, "cartography_output_dir": cartography_output_dir}
    for name, path in given.items():
        if not str(path).strip():
            raise InputError(f"--{name} is empty: give a directory, such as . for this one.")


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
