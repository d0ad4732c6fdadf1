"""Seeing what a model answers, without asking it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from dataset_cartography.errors import InputError


class Watch:
    """A forward hook that waits for the model's answer to a batch.

    Of several calls the first on the batch's own tensors counts: a consistency or adversarial loss asks again.

    Args:
        batch: The batch as the model's caller has it.
        take: Given the output; an InputError that it raises is kept until the batch is done.
    """

    def __init__(self, batch: Mapping[str, Any], take: Callable[[Any], None]) -> None:
        own = [value for value in batch.values() if isinstance(value, Tensor) and value.ndim > 1]
        self._own = own or [value for value in batch.values() if isinstance(value, Tensor)]
        self._take = take
        self._calls = 0
        self._seen = False
        self._error: InputError | None = None

    def look(self, _module: Any, args: Any, kwargs: Any, output: Any) -> None:
        """Hand the answer on at once, before anybody may change it."""
        self._calls += 1
        if self._seen or not any(
            _same(value, tensor) for value in _tensors(args, kwargs) for tensor in self._own
        ):
            return
        self._seen = True
        try:
            self._take(output)
        except InputError as error:
            self._error = error

    def check(self) -> None:
        """Raise where nothing could be recorded.

        Raises:
            InputError: The model was not asked about the batch, or its answer is none that can be recorded.
        """
        if self._error is not None:
            raise self._error
        if not self._calls:
            raise InputError(
                "track cannot record this trainer: its step does not call the model that it is given."
            )
        if not self._seen:
            raise InputError(
                "track cannot record this trainer: its step calls the model on other tensors than those of the batch "
                f"({self._calls} times), so that the answers' examples are not known."
            )


@contextlib.contextmanager
def watching(
    model: torch.nn.Module, batch: Mapping[str, Any], take: Callable[[Any], None]
) -> Iterator[Watch]:
    """While open, hand the model's answer to a batch to `take`; arguments as of `Watch`."""
    watch = Watch(batch, take)
    handle = model.register_forward_hook(watch.look, with_kwargs=True)
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
