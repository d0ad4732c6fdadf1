"""Seeing what a model answers, without asking it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from dataset_cartography.errors import InputError


@contextlib.contextmanager
def captured_outputs(model: torch.nn.Module) -> Iterator[list[Any]]:
    """Collect the outputs of the model's forward passes while open."""
    outputs: list[Any] = []
    handle = model.register_forward_hook(lambda _module, _args, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


def last_output(captured: list[Any]) -> Any:
    """What the model answered while a loss was computed.

    Raises:
        InputError: It was not asked.
    """
    if not captured:
        raise InputError(
            "track cannot record this trainer: its compute_loss does not call the model that it is given."
        )
    return captured[-1]
