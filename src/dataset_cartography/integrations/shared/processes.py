"""The processes that train together: deciding once, failing together, waiting for each other."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch

Result = TypeVar("Result")


class Processes:
    """The ranks of `torch.distributed`, where it is in use; with one process every method is free."""

    @property
    def count(self) -> int:
        """How many there are."""
        return torch.distributed.get_world_size() if _together() else 1

    @property
    def rank(self) -> int:
        """This one's number, from 0."""
        return torch.distributed.get_rank() if _together() else 0

    @property
    def is_main(self) -> bool:
        """Whether this one keeps the manifest and writes the exports."""
        return self.rank == 0

    def wait(self) -> None:
        """Return when all have come here."""
        self.gather(0)  # which, unlike a barrier, need not be told the device

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
        torch.distributed.broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: Result = outcome[0]
        return result

    def gather(self, value: int) -> list[int]:
        """Every process's value, by rank."""
        if self.count == 1:
            return [value]
        values = [0] * self.count
        torch.distributed.all_gather_object(values, value)
        return values


def _together() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()
