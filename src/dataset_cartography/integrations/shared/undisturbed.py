"""Asking a model in the midst of its training, and leaving no trace in it."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def untouched_random_states() -> Iterator[None]:
    """Put back the states of Python's, NumPy's and torch's generators, on every device that is in use."""
    python, numpy, host = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        torch.set_rng_state(host)
        if devices is not None:
            torch.cuda.set_rng_state_all(devices)


@contextlib.contextmanager
def undisturbed(model: torch.nn.Module) -> Iterator[None]:
    """Let a model be asked in evaluation mode; put back every module's training flag and all random states."""
    flags = [(module, module.training) for module in model.modules()]
    with untouched_random_states(), torch.no_grad():
        try:
            model.eval()
            yield
        finally:
            for module, training in flags:
                module.training = training
