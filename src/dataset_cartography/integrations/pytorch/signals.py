"""Signals from what a training loop has at hand: the model's outputs and the targets."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.schema import PREFERENCE, TaskSchema
from dataset_cartography.signals import (
    classification_signals,
    multi_label_signals,
    preference_signals,
    regression_signals,
    span_signals,
    tag_signals,
)
from dataset_cartography.signals.question_answering import MAX_ANSWER_LENGTH
from dataset_cartography.signals.sequences import sequence_signals

WINDOW = ("window", "context_start", "context_end", "cls_index", "gold_spans")
"""What else may be told of a question-answering window."""

Pair = tuple[Tensor, Tensor]
Take = Callable[[Tensor, Tensor], dict[str, Tensor]]


class LoopSignals:
    """How a task's signals are taken from outputs and targets.

    Args:
        schema: The task's.
        tokens: Of sequences, whether every target token is a row of its own.
        beta: Of preference pairs, β.
        max_answer_length: Of question answering, the longest span that is decoded, in tokens.
    """

    def __init__(
        self,
        schema: TaskSchema,
        *,
        tokens: bool = False,
        beta: float = 0.1,
        max_answer_length: int = MAX_ANSWER_LENGTH,
    ) -> None:
        self.schema = schema
        self._tokens = tokens
        self._beta = beta
        self._longest = max_answer_length

    @property
    def options(self) -> dict[str, Any]:
        """How signals are taken, for the manifest."""
        if self.schema.windowed:
            return {"max_answer_length": self._longest, "prediction_unit": "tokens"}
        if self.schema is PREFERENCE:
            return {"beta": self._beta}
        return {"tokens": True} if self._tokens else {}

    def __call__(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Any]
    ) -> dict[str, Tensor]:
        """Take a batch's signals.

        Args:
            inputs: With `targets`.
            outputs: What the model answered.
            carried: With `row`, one of each feature, and what is told of a window.

        Raises:
            InputError: Outputs and targets do not fit each other, the ids, or the task.
        """
        targets, rows = inputs["targets"], len(carried["row"])
        if self.schema.windowed or self.schema is PREFERENCE:
            kind = "start_logits", "end_logits"
            answers, goals = (_pair(value, kind) for value in (outputs, targets))
            if answers is None or goals is None:
                raise self._refusal(outputs, targets, rows)
            fit = _are_pairs if self.schema is PREFERENCE else _are_spans
            if {len(part) for part in (*answers, *goals)} != {rows} or not fit(answers, goals):
                raise self._refusal(outputs, targets, rows)
            if self.schema is PREFERENCE:
                return preference_signals(*answers, *goals, beta=self._beta)
            return self._of_windows(*answers, *goals, carried)
        logits, (fits, take) = _logits(outputs), self._of_task()
        if logits is None or not isinstance(targets, Tensor):
            raise self._refusal(outputs, targets, rows)
        logits, targets = _batched(logits), _batched(targets)
        if not len(logits) == len(targets) == rows or not fits(logits, targets):
            raise self._refusal(outputs, targets, rows)
        return take(logits, targets.to(logits.device, non_blocking=True))

    def _of_task(self) -> tuple[Callable[[Tensor, Tensor], bool], Take]:
        """What fits, and how signals are taken of it."""
        if self.schema.pieces == "tokens":
            shift = self.schema.task == "causal-lm"
            return _are_sequences, lambda logits, targets: sequence_signals(
                logits, targets.long(), shift=shift, tokens=self._tokens
            )
        return {
            "multi-label": (_are_alike, multi_label_signals),
            "token-classification": (_are_tags, lambda logits, tags: tag_signals(logits, tags.long())),
            "regression": (_are_values, _value_signals),
        }.get(self.schema.task, (_are_labels, _label_signals))

    def _of_windows(
        self, start_logits: Tensor, end_logits: Tensor, start: Tensor, end: Tensor, carried: Mapping[str, Any]
    ) -> dict[str, Tensor]:
        device = start_logits.device
        told = {name: torch.as_tensor(carried[name], device=device) for name in WINDOW if name in carried}
        if odd := [name for name, values in told.items() if values.shape[:1] != start.shape]:
            raise InputError(
                f"record needs a value of '{odd[0]}' for each of {len(start)} ids, and was given it "
                f"{_described(told[odd[0]])}."
            )
        window = told.pop("window", None)
        start, end = start.to(device).long(), end.to(device).long()
        signals = span_signals(start_logits, end_logits, start, end, max_answer_length=self._longest, **told)
        return {**signals, "window": torch.zeros_like(start) if window is None else window}

    def _refusal(self, outputs: Any, targets: Any, rows: int) -> InputError:
        return InputError(
            f"DynamicsRecorder records the task '{self.schema.task}' from {_NEEDED[self.schema.task]}; of {rows} ids "
            f"it was given outputs {_described(outputs)} and targets {_described(targets)}."
        )


_LABELS = "logits of shape (batch, labels) and one whole-number label an example"
_TOKENS = "logits of shape (batch, tokens, vocabulary) and labels of shape (batch, tokens), -100 where there is none"
_NEEDED = {
    "qa": "(start_logits, end_logits) of shape (batch, tokens) and the targets (start_positions, end_positions)",
    "classification": f"{_LABELS}; of two labels one logit will do",
    "nli": _LABELS,
    "multiple-choice": "logits of shape (batch, choices) and the right choice's number for each example",
    "multi-label": "logits and targets of shape (batch, labels)",
    "regression": "values of shape (batch,) or (batch, outputs) and as many targets",
    "token-classification": "logits of shape (batch, tokens, tags) and tags of shape (batch, tokens), -100 where there "
    "is none",
    "seq2seq": _TOKENS,
    "causal-lm": f"{_TOKENS}, not shifted",
    "dpo": "the policy's log-probabilities (chosen, rejected), each of shape (batch,), and the reference's as targets",
}


def _are_labels(logits: Tensor, targets: Tensor) -> bool:
    single = logits.numel() == len(logits)
    return targets.numel() == len(targets) and (
        single or (logits.ndim == 2 and not targets.is_floating_point())
    )


def _label_signals(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    if logits.numel() == len(logits):  # the logit of label 1, beside which label 0 has the logit 0
        positive = logits.reshape(-1)
        logits = torch.stack([torch.zeros_like(positive), positive], dim=-1)
    return classification_signals(logits, targets.reshape(-1).long())


def _are_alike(logits: Tensor, targets: Tensor) -> bool:
    return logits.ndim == 2 and logits.shape == targets.shape


def _are_values(values: Tensor, targets: Tensor) -> bool:
    return values.ndim in (1, 2) and values.numel() == targets.numel()


def _value_signals(values: Tensor, targets: Tensor) -> dict[str, Tensor]:
    return regression_signals(values, targets.reshape(values.shape))


def _are_tags(logits: Tensor, targets: Tensor) -> bool:
    return logits.ndim == 3 and logits.shape[:2] == targets.shape and not targets.is_floating_point()


def _are_sequences(logits: Tensor, targets: Tensor) -> bool:
    fit = logits.ndim == 3 and targets.ndim == 2 and logits.shape[1] >= targets.shape[1]
    return fit and not targets.is_floating_point()


def _are_pairs(policy: Pair, reference: Pair) -> bool:
    return all(part.ndim == 1 for part in (*policy, *reference))


def _are_spans(logits: Pair, targets: Pair) -> bool:
    alike = logits[0].shape == logits[1].shape and logits[0].ndim == 2
    return alike and all(part.ndim == 1 and not part.is_floating_point() for part in targets)


def _logits(outputs: Any) -> Tensor | None:
    """The logits of a model's answer, or the answer itself where it is a tensor."""
    if isinstance(outputs, Tensor):
        return outputs
    found = outputs.get("logits") if isinstance(outputs, Mapping) else getattr(outputs, "logits", None)
    return found if isinstance(found, Tensor) else None


def _pair(values: Any, names: tuple[str, str]) -> Pair | None:
    """Two tensors, of a pair or of an answer that names them."""
    if isinstance(values, Mapping):
        values = tuple(values.get(name) for name in names)
    elif not isinstance(values, (tuple, list)):
        values = tuple(getattr(values, name, None) for name in names)
    if len(values) != 2 or not all(isinstance(value, Tensor) for value in values):
        return None
    return _batched(values[0]), _batched(values[1])


def _batched(values: Tensor) -> Tensor:
    """A batch of one, where a loop squeezes it to a single number."""
    return values if values.ndim else values.reshape(1)


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"of shape {tuple(value.shape)} ({str(value.dtype).removeprefix('torch.')})"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_described, value))})"
    return "none" if value is None else f"a {type(value).__name__}"
