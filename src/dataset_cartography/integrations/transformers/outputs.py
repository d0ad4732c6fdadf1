"""Seeing what a model answers, without asking it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from dataset_cartography.errors import InputError


class Watch:
    """What happened while a batch was computed.

    Attributes:
        calls: How often the model was called.
        seen: Whether one of the calls was on the batch.
        error: What was wrong with its answer.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.seen = False
        self.error: InputError | None = None

    def check(self) -> None:
        """Raise where nothing could be recorded.

        Raises:
            InputError: The model was not asked about the batch, or its answer is none that can be recorded.
        """
        if self.error is not None:
            raise self.error
        if not self.calls:
            raise InputError(
                "track cannot record this trainer: its step does not call the model that it is given."
            )
        if not self.seen:
            raise InputError(
                "track cannot record this trainer: its step calls the model on other tensors than those of the batch "
                f"({self.calls} times), so that the answers' examples are not known."
            )


@contextlib.contextmanager
def watching(
    model: torch.nn.Module, batch: Mapping[str, Any], take: Callable[[Any], None]
) -> Iterator[Watch]:
    """While open, hand the model's answer to a batch to `take`, at once, before anybody may change it.

    Of several calls the first on the batch's own tensors counts: a consistency or adversarial loss asks again.

    Args:
        model: The module that is called.
        batch: The batch as the model's caller has it.
        take: Given the output; an InputError that it raises is kept until the batch is done.
    """
    watch = Watch()
    own = [value for value in batch.values() if isinstance(value, Tensor) and value.ndim > 1]
    own = own or [value for value in batch.values() if isinstance(value, Tensor)]

    def look(_module: Any, args: Any, kwargs: Any, output: Any) -> None:
        watch.calls += 1
        if watch.seen or not any(_same(value, tensor) for value in _tensors(args, kwargs) for tensor in own):
            return
        watch.seen = True
        try:
            take(output)
        except InputError as error:
            watch.error = error

    handle = model.register_forward_hook(look, with_kwargs=True)
    try:
        yield watch
    finally:
        handle.remove()


def _same(value: Tensor, tensor: Tensor) -> bool:
    """Whether a tensor is the batch's, or a copy on the host, where comparing waits for no device."""
    if value is tensor:
        return True
    on_host = value.device.type == tensor.device.type == "cpu"
    return on_host and value.dtype == tensor.dtype and torch.equal(value, tensor)


def _tensors(args: Any, kwargs: Any) -> Iterator[Tensor]:
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Mapping):
            yield from _tensors((), value)
