"""The processes that train together: deciding once, failing together, waiting for each other."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from accelerate.utils import broadcast_object_list, gather_object
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.weak import WeakTrainer

Result = TypeVar("Result")


class Processes:
    """The ranks of a trainer's run; with one process every method is free.

    Args:
        trainer: Whose processes.

    Raises:
        InputError: They were started together, but each one's trainer trains alone: all would write the same files.
    """

    _trainer = WeakTrainer()

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        started = _started_together()
        if started != self.count:
            raise InputError(
                f"{started} processes were started together, but Trainer trains in each of them alone, and all would "
                "write the same files: on CPU, tell Trainer with --use_cpu (TrainingArguments(use_cpu=True))."
            )

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._trainer.args.world_size)

    @property
    def rank(self) -> int:
        """This one's number, from 0."""
        return int(self._trainer.args.process_index)

    @property
    def is_main(self) -> bool:
        """Whether this one keeps the manifest and writes the exports."""
        return self.rank == 0

    def wait(self) -> None:
        """Return when all have come here."""
        if self.count > 1:
            self._trainer.accelerator.wait_for_everyone()

    def on_main(self, action: Callable[[], Result]) -> Result:
        """Let the main process do something; all get its result, or raise its error: none waits for ever."""
        if self.count == 1:
            return action()
        outcome: list[Any] = [None, None]
        if self.is_main:
            try:
                outcome[0] = action()
            except Exception as error:  # noqa: BLE001 - raised below, in every process
                outcome[1] = error
        broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: Result = outcome[0]
        return result

    def gather(self, value: int) -> list[int]:
        """Every process's value, by rank."""
        return list(gather_object([value])) if self.count > 1 else [value]


def _started_together() -> int:
    group = torch.distributed
    return group.get_world_size() if group.is_available() and group.is_initialized() else 1
