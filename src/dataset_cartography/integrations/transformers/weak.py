"""Knowing a trainer without keeping it alive: who drops a tracked trainer frees its model at once, as without us.

Trainer itself takes part in no reference cycle. One would keep model and optimizer on the device until the garbage
collector comes, and let persistent loader workers wait five seconds each for a word that never reaches them.
"""

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from transformers import Trainer


class WeakTrainer:
    """An attribute that holds a trainer for as long as somebody else does."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __set__(self, instance: Any, trainer: Trainer) -> None:
        vars(instance)[self._name] = weakref.ref(trainer)

    def __get__(self, instance: Any, owner: type) -> Any:
        return vars(instance)[self._name]()


@contextlib.contextmanager
def standing_in(trainer: Trainer, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """While open, another method is in the place of one of a trainer's."""
    own = name in vars(trainer)
    before = vars(trainer).get(name)
    setattr(trainer, name, method)
    try:
        yield
    finally:
        if own:
            setattr(trainer, name, before)
        else:
            delattr(trainer, name)


def weak_method(trainer: Trainer, name: str) -> Callable[..., Any]:
    """A method as the trainer has it now, to be called when another has taken its place."""
    method: Callable[..., Any] = getattr(trainer, name)
    if getattr(method, "__self__", None) is not trainer:  # somebody else's
        return method
    held = weakref.WeakMethod(method)

    def call(*args: Any, **kwargs: Any) -> Any:
        found = held()
        assert found is not None  # noqa: S101 - it is the trainer that calls
        return found(*args, **kwargs)

    return call
