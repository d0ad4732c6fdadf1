"""What `run.py` is asked, checked before the work: other libraries' refusals become one sentence of ours."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from transformers import HfArgumentParser, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from dataset_cartography.errors import CartographyError, InputError, OutputNotWritableError

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
    """Refuse windows longer than the model can read, which would fail in the middle of the training."""
    positions = getattr(model.config, "max_position_embeddings", None) or max_length
    limit = min(positions, tokenizer.model_max_length)
    if max_length > limit:
        raise InputError(
            f"max_length {max_length} is more than the {limit} tokens that the model '{name}' can read at once: "
            f"give --max_length {limit} or less."
        )


def find_checkpoint(training: TrainingArguments) -> str | None:
    """The checkpoint to go on from: a folder, or the newest one for `last` (or `True`, Trainer's own word)."""
    asked: str | None = training.resume_from_checkpoint
    if asked is None or asked.lower() == "false":
        return None
    output_dir = Path(training.output_dir)
    newest = get_last_checkpoint(str(output_dir)) if output_dir.is_dir() else None
    folder: str | None = newest if asked.lower() in ("last", "true") else asked
    if folder is None or not Path(folder).is_dir():
        what = f"no checkpoint folder '{asked}'" if folder else f"no checkpoint in '{output_dir}'"
        raise InputError(f"Cannot resume: {what}. Without --resume_from_checkpoint a new run is begun.")
    if not (Path(folder) / "trainer_state.json").is_file():
        raise InputError(
            f"Cannot resume: the checkpoint '{folder}' is not whole, it has no trainer_state.json. "
            "Delete it, or give an earlier one to --resume_from_checkpoint."
        )
    return folder


def make_output_dir(path: Path) -> None:
    """Make the directory and see that it can be written to, before the training and not after it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write to --output_dir '{path}' ({error.strerror}): choose another."
        ) from error
