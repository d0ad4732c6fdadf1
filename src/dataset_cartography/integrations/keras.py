"""Edge (extra: keras): recording in `model.fit` of Keras 3, whatever its backend: a clean pass after each epoch."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.integrations.shared.arrays import ArrayLog, ArrayTask, numbered_labels, one_each

try:
    import keras
except ImportError as error:
    raise MissingExtraError.of("Recording a Keras model", "keras") from error

Array = npt.NDArray[Any]

_ROUNDING = 1e-2  # of probabilities in half precision


class CartographyCallback(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Records a model's answers to all examples after each epoch, and writes their map after training.

        model.fit(x, y, epochs=5, callbacks=[CartographyCallback("./cartography_output", x, y)])

    Args:
        output_dir: The cartography directory, new or empty.
        x: The examples as `model.predict` takes them, in a fixed order.
        y: Shape (examples,) or (examples, 1): labels' numbers, or values; or (examples, labels), 1 for the right one.
        ids: One an example, integers or strings; default their numbers.
        task: "classification" or "regression".
        labels: The labels' names.
        from_logits: Whether the model answers with logits, and not with probabilities; default what its loss says.
        batch_size: As `model.predict` takes it.
    """

    def __init__(
        self,
        output_dir: str | Path,
        x: Any,
        y: Any,
        *,
        ids: Sequence[Any] | Array | None = None,
        task: ArrayTask = "classification",
        labels: Sequence[str] | None = None,
        from_logits: bool | None = None,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        if task not in ("classification", "regression"):
            raise InputError(f"task must be classification or regression, but is '{task}'.")
        self.root = Path(output_dir)
        self._x, self._ids, self._task, self._batch_size = x, ids, task, batch_size
        self._from_logits = from_logits
        self._facts: dict[str, Any] = {"versions": {"keras": keras.__version__}}
        if task == "classification":
            self._targets, names = numbered_labels(_classes(np.asarray(y)), None)
            self._facts["labels"] = names if labels is None else list(labels)
        else:
            self._targets = one_each(y).astype(np.float64)
        self._log: ArrayLog | None = None
        self._epochs = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin the log, unless an earlier `fit` did."""
        if self._log is None:
            self._facts["model"] = self.model.name
            self._log = ArrayLog(
                self.root, self._ids, self._targets, task=self._task, mode="epoch_end", provenance=self._facts
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ask the model for all examples."""
        assert self._log is not None  # noqa: S101 - for the type checker
        with _untouched():
            answers = np.asarray(
                self.model.predict(self._x, batch_size=self._batch_size, verbose=0), np.float64
            )
        told = self._from_logits
        if told is None:
            told = bool(getattr(self.model.loss, "from_logits", False))
        if self._task == "classification" and not told:
            if answers.size and not (answers.min() >= 0 and answers.max() <= 1 + _ROUNDING):
                raise InputError(
                    f"The model's answers reach from {answers.min():.3g} to {answers.max():.3g} and are no "
                    "probabilities: if they are logits, give CartographyCallback from_logits=True."
                )
            answers = _logits(answers)
        self._epochs += 1
        self._log.write(self._epochs, answers, int(self.model.optimizer.iterations))

    def on_train_end(self, logs: Any = None) -> None:
        """Write the map."""
        if self._log is not None:
            self._log.close()


def _untouched() -> contextlib.AbstractContextManager[None]:
    """Put back the random numbers that torch's loaders draw even where nothing is shuffled."""
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    from dataset_cartography.integrations.shared.undisturbed import untouched_random_states

    return untouched_random_states()


def _classes(y: Array) -> Array:
    if y.ndim < 2 or y.shape[1] == 1:
        return y.reshape(-1)
    if odd := np.flatnonzero((y == y.max(axis=1, keepdims=True)).sum(axis=1) != 1).tolist():
        raise InputError(
            f"CartographyCallback records one label an example, and row {odd[0]} of y (counted from 0) has several, or "
            "none."
        )
    numbers: Array = y.argmax(axis=1)
    return numbers


def _logits(probabilities: Array) -> Array:
    """Logits whose softmax, or of a single output whose sigmoid, is this."""
    tiny = np.finfo(np.float32).tiny
    logs = np.log(np.maximum(probabilities, tiny))
    if probabilities.ndim == 2 and probabilities.shape[1] > 1:
        return logs
    single: Array = logs - np.log(np.maximum(1 - probabilities, tiny))
    return single
