"""What each optimizer step of a training was made of, and the documented loss of it computed anew in NumPy.

A linear head's gradient is the sum over rows of (how its answer should change) x (what it was given), so that plain
gradient descent shows in the head's weights which loss was trained on, down to the single row's weight and target.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from transformers import TrainerCallback

RATE = 0.5
PLAIN = {
    "optim": "sgd",
    "learning_rate": RATE,
    "lr_scheduler_type": "constant",
    "weight_decay": 0.0,
    "max_grad_norm": 0.0,
    "logging_steps": 1,
}
"""Settings of plain gradient descent."""


class Batch(NamedTuple):
    """One forward pass in training."""

    inputs: dict[str, np.ndarray]
    given: np.ndarray  # what the head was given, (rows, …, units)
    answer: np.ndarray  # what the head answered, (rows, …)

    @property
    def contents(self):
        tokens = self.inputs["input_ids"]
        return [tuple(token for token in row if token) for row in tokens.reshape(len(tokens), -1).tolist()]


class Step(NamedTuple):
    """One optimizer step of one process."""

    before: np.ndarray
    after: np.ndarray
    batches: list[Batch]
    epoch: int


class Steps(TrainerCallback):
    """Notes a trainer's optimizer steps.

    Args:
        trainer: The trainer.
        head: The last linear layer's name.
    """

    def __init__(self, trainer, head):
        self.steps, self.epoch = [], 0
        self._head = trainer.model.get_submodule(head)
        trainer.add_callback(self)
        trainer.model.register_forward_pre_hook(self._note_inputs, with_kwargs=True)
        self._head.register_forward_hook(self._note_answer)

    def _note_inputs(self, module, args, kwargs):
        self._inputs = {
            name: value.numpy(force=True)
            for name, value in kwargs.items()
            if hasattr(value, "numpy") and value.ndim
        }

    def _note_answer(self, module, args, output):
        if module.training:
            given, answer = (value.detach().float().numpy() for value in (args[0], output))
            self._batches.append(Batch(self._inputs, given.copy(), answer.copy()))

    def _weights(self):
        return self._head.weight.detach().float().numpy().copy()

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.epoch += 1

    def on_step_begin(self, args, state, control, **kwargs):
        self._batches, self._before = [], self._weights()

    def on_step_end(self, args, state, control, **kwargs):
        self.steps.append(Step(self._before, self._weights(), self._batches, self.epoch))

    def save(self, path):
        """Write them down, for `load_steps`."""
        arrays = {}
        for number, step in enumerate(self.steps):
            arrays |= {f"{number}/before": step.before, f"{number}/after": step.after}
            for place, batch in enumerate(step.batches):
                arrays |= {f"{number}/{place}/given": batch.given, f"{number}/{place}/answer": batch.answer}
                arrays |= {f"{number}/{place}/inputs/{name}": value for name, value in batch.inputs.items()}
        epochs = np.array([step.epoch for step in self.steps])
        np.savez(path, epochs=epochs, **arrays)


def load_steps(path):
    """The steps that a process wrote down."""
    with np.load(path) as file:
        arrays = dict(file)
    steps = []
    for number, epoch in enumerate(arrays["epochs"].tolist()):
        batches = []
        while (at := f"{number}/{len(batches)}") + "/given" in arrays:
            names = [name for name in arrays if name.startswith(f"{at}/inputs/")]
            inputs = {name.removeprefix(f"{at}/inputs/"): arrays[name] for name in names}
            batches.append(Batch(inputs, arrays[f"{at}/given"], arrays[f"{at}/answer"]))
        steps.append(Step(arrays[f"{number}/before"], arrays[f"{number}/after"], batches, epoch))
    return steps


def drawn(names, *, seed, low, high):
    """A number for each of some ids, all different."""
    names = list(dict.fromkeys(names))
    return pd.Series(np.random.default_rng(seed).uniform(low, high, len(names)), index=names)


def softmax(logits):
    shifted = np.exp(logits.astype(float) - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def smoothed(target, options, epsilon):
    """1 - epsilon on the target, epsilon spread evenly over the options (a mask)."""
    goal = epsilon * options / options.sum()
    goal[target] += 1 - epsilon
    return goal


def one_label(batch, row, example, epsilon):
    """Loss of a row, and how its answer should change: of a classifier (labels) or a choice (choices, 1)."""
    logits = batch.answer.reshape(len(batch.contents), -1)[row]
    target = example["labels"]
    if target == -100:
        return None, np.zeros(len(logits))
    goal = smoothed(target, np.ones(len(logits)), epsilon)
    probabilities = softmax(logits)
    return -float(goal @ np.log(probabilities)), probabilities - goal


def one_span(batch, row, example, epsilon):
    """The same of a window: the answer has two columns, start and end."""
    options, loss, change = batch.inputs["attention_mask"][row].astype(float), 0.0, []
    for column, name in enumerate(("start_positions", "end_positions")):
        probabilities = softmax(batch.answer[row, :, column])
        goal = smoothed(example[name], options, epsilon)
        loss += -float(goal @ np.log(probabilities)) / 2
        change.append((probabilities - goal) / 2)
    return loss, np.stack(change, axis=-1)


def documented(batches, examples, one_row, weights, smoothing):
    """The documented loss of a step, 1/N sum w_i l_i, and its gradient in the head's weights.

    Args:
        batches: Of all processes.
        examples: Those trained on, by content.
        one_row: `one_label` or `one_span`.
        weights: By id.
        smoothing: By id.
    """
    total, gradient, rows = 0.0, 0.0, 0
    for batch in batches:
        given = batch.given.reshape(len(batch.contents), -1, batch.given.shape[-1])
        for row, content in enumerate(batch.contents):
            example = examples[content]
            name = example.get("example_id", example.get("id"))
            loss, change = one_row(batch, row, example, smoothing[name])
            if loss is None:
                continue
            rows += 1
            total += weights[name] * loss
            # (outputs, positions) x (positions, units)
            change = change.reshape(-1, 1) if len(given[row]) > 1 and change.ndim == 1 else change
            change = change.reshape(1, -1) if len(given[row]) == 1 else change
            gradient = gradient + weights[name] * change.T.reshape(-1, len(given[row])) @ given[row]
    return total / rows, gradient / rows


def assert_documented(recorded, losses, examples, one_row, weights, smoothing, *, near=2e-5):
    """Every step's logged loss and weights are what the documented formula says.

    Args:
        recorded: For each process, its steps.
        losses: The logged loss of each step.
        near: Tolerance, of a loss and of a change of weights.
    """
    assert len(losses) == len(recorded[0]) > 0
    for number, (told, steps) in enumerate(zip(losses, zip(*recorded, strict=True), strict=True)):
        batches = [batch for step in steps for batch in step.batches]
        loss, gradient = documented(batches, examples, one_row, weights, smoothing)
        np.testing.assert_allclose(told, loss, atol=near, err_msg=f"loss of step {number}")
        for step in steps:
            np.testing.assert_allclose(
                step.before - step.after, RATE * gradient, atol=near, err_msg=f"step {number}"
            )
