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
        twice: Whether a reference is asked after the model, so that `take` is given both outputs.
    """

    def __init__(self, batch: Mapping[str, Any], take: Callable[[Any], None], *, twice: bool = False) -> None:
        own = [value for value in batch.values() if isinstance(value, Tensor) and value.ndim > 1]
        self._own = own or [value for value in batch.values() if isinstance(value, Tensor)]
        self._take = take
        self._twice = twice
        self._first: Any = None
        self._calls = 0
        self._seen = False
        self._taken = False
        self._error: InputError | None = None

    def look(self, _module: Any, args: Any, kwargs: Any, output: Any) -> None:
        """Hand the answer on at once, before anybody may change it."""
        self._calls += 1
        if self._seen or not self._is_own(args, kwargs):
            return
        self._seen = True
        if self._twice:
            self._first = output
        else:
            self._hand_on(output)

    def look_at_reference(self, _module: Any, args: Any, kwargs: Any, output: Any) -> None:
        """Hand on both answers; one that comes before the model's own is part of that."""
        if self._seen and not self._taken and self._is_own(args, kwargs):
            first, self._first = self._first, None
            self._hand_on((first, output))

    def _is_own(self, args: Any, kwargs: Any) -> bool:
        return any(_same(value, tensor) for value in _tensors(args, kwargs) for tensor in self._own)

    def _hand_on(self, answer: Any) -> None:
        self._taken = True
        try:
            self._take(answer)
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
        if not self._taken:
            raise InputError(
                "track cannot record this trainer: its step does not ask the reference about the batch."
            )


@contextlib.contextmanager
def watching(
    model: torch.nn.Module,
    batch: Mapping[str, Any],
    take: Callable[[Any], None],
    reference: torch.nn.Module | None = None,
) -> Iterator[Watch]:
    """While open, hand the model's answer to a batch to `take`.

    Args:
        model: What the step calls.
        batch: As of `Watch`.
        take: As of `Watch`.
        reference: What the step asks about the batch after the model, if its answer is wanted too; it may be the
            model, asked again in another state.
    """
    watch = Watch(batch, take, twice=reference is not None)
    # The reference's hook comes first: where it is the model itself, the first answer is not the reference's.
    handles = [] if reference is None else [_hooked(reference, watch.look_at_reference)]
    handles.append(_hooked(model, watch.look))
    try:
        yield watch
    finally:
        for handle in handles:
            handle.remove()


def _hooked(module: torch.nn.Module, look: Callable[..., None]) -> Any:
    return module.register_forward_hook(look, with_kwargs=True)


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
