"""Seeing what a model answers, without asking it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch


@contextlib.contextmanager
def captured_outputs(model: torch.nn.Module) -> Iterator[list[Any]]:
    """Collect the outputs of the model's forward passes while open."""
    outputs: list[Any] = []
    handle = model.register_forward_hook(lambda _module, _args, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()
