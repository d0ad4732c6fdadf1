"""Weights and label smoothing of single examples, put into the training of any `transformers.Trainer`.

The trainer goes its own way through the model and computes its own loss; the loss that is trained on is then computed
anew from the model's answer, row by row. What `track` records, the model's answer itself, is what it always is.
"""

import copy
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.batches import PendingBatches, bare, carries
from dataset_cartography.integrations.transformers.interventions.facts import note
from dataset_cartography.integrations.transformers.interventions.losses import (
    IGNORED,
    row_losses,
    rows_asked,
    with_a_loss,
)
from dataset_cartography.integrations.transformers.interventions.rows import row_ids, values_of_rows
from dataset_cartography.integrations.transformers.loading import (
    index,
    noting_columns,
    strip_when_iterated,
)
from dataset_cartography.integrations.transformers.weak import WeakTrainer, weak_method

KEY = "__dataset_cartography_rows__"
_CHECKED = (
    4  # batches of which the trainer's own loss is compared with ours; each comparison waits for the device
)
_ATTRIBUTE = "_cartography_loss"


def weigh_loss(
    trainer: Trainer, weights: "pd.Series[Any] | Mapping[Any, float]", *, id_column: str | None = None
) -> None:
    """Let examples count more or less in a trainer's loss. Call it before `trainer.train()`.

    The loss of an optimizer step is

        L = 1/N  sum over its rows i of  w_i l_i

    over all rows of the step: those of every accumulated batch, in every process. N is how many of them have a loss,
    l_i the row's cross-entropy (of an answer: the mean of its start's and its end's), w_i the weight of its example;
    all windows of an example have the same. It is divided by N and not by the sum of weights, so that an example counts
    the same whichever others it is batched with. Trainer's own loss is this one with all weights 1, but for accumulated
    batches, or processes, of unequal size, whose means it averages.

    The trainer may be any, with `compute_loss_func` of its own too, if that is a mean or sum over rows (it is then
    asked row by row). Evaluation losses stay unweighted, and so does what `track` records.

    Args:
        trainer: The trainer; its training data has an id in every row.
        weights: By example id, 0 or more; as `loss_weights` gives them. Examples without one count 1, which is logged.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.

    Raises:
        InputError: A weight is negative or infinite, no example has one, the training data is a stream, or the trainer
            is weighed already. `trainer.train()` raises it at the first batch if the trainer's loss is no mean over
            rows that could be weighed.
    """
    ids = row_ids(trainer, id_column, "weigh_loss")
    values = values_of_rows(weights, ids, 1.0, "weight", "count 1")
    if (values < 0).any():
        raise InputError(f"Weights must be 0 or more, but one is {values.min():g}.")
    note(trainer, "loss weights", dict(getattr(weights, "attrs", {})), values)
    _loss_of(trainer).weights = _tensor(values)


def smooth_labels(
    trainer: Trainer, smoothing: "pd.Series[Any] | Mapping[Any, float]", *, id_column: str | None = None
) -> None:
    """Train on labels that are each as sure as its example is. Call it before `trainer.train()`.

    A row's loss is, with epsilon_i of its example, p_i what the model answers and y_i the label,

        l_i = (1 - epsilon_i) (-log p_i(y_i)) + epsilon_i / |S_i|  sum over k in S_i of  -log p_i(k)

    where S_i are all labels or choices; of an answer's start and end, whose losses are averaged, all positions that the
    attention mask keeps. The loss of a step is L = 1/N sum_i w_i l_i as `weigh_loss` says, with weights of 1 if there
    are none.

    Args:
        trainer: The trainer, with the models' own cross-entropy; its training data has an id in every row.
        smoothing: epsilon by example id, from 0 to below 1; as `label_smoothing` gives it. Examples without one are not
            smoothed, which is logged.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.

    Raises:
        InputError: As `weigh_loss`; or the trainer smooths labels, or has a loss, of its own.
    """
    if trainer.compute_loss_func is not None:
        raise InputError(
            "smooth_labels cannot smooth the labels of a trainer's own compute_loss_func: leave that out, or smooth in "
            "it."
        )
    if trainer.args.label_smoothing_factor:
        raise InputError(
            f"This trainer smooths all labels by {trainer.args.label_smoothing_factor:g} already: give one of "
            "label_smoothing_factor and smooth_labels."
        )
    ids = row_ids(trainer, id_column, "smooth_labels")
    values = values_of_rows(smoothing, ids, 0.0, "label smoothing", "are not smoothed")
    if (values < 0).any() or (values >= 1).any():
        odd = values.min() if (values < 0).any() else values.max()
        raise InputError(f"Label smoothing must be from 0 to below 1, but one is {odd:g}.")
    note(trainer, "label smoothing", dict(getattr(smoothing, "attrs", {})), values)
    _loss_of(trainer).smoothing = _tensor(values)


def _loss_of(trainer: Trainer) -> "_Loss":
    """The one that stands in for a trainer's loss; made at the first call."""
    found = vars(trainer).get(_ATTRIBUTE)
    if found is None:
        found = _Loss(trainer)
        setattr(trainer, _ATTRIBUTE, found)
    loss: _Loss = found
    return loss


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.astype("float32"))


class _Loss:
    """What is called in the place of a trainer's loss while it trains.

    Attributes:
        weights: Shape (rows,), or None for 1.
        smoothing: Shape (rows,), or None for the trainer's own.
    """

    _trainer = WeakTrainer()

    def __init__(self, trainer: Trainer) -> None:
        self.weights: Tensor | None = None
        self.smoothing: Tensor | None = None
        self._trainer = trainer
        self._dataset = trainer.train_dataset
        self._pending = PendingBatches(KEY)
        self._waiting: deque[dict[str, Any] | None] = deque()  # what the step's batches carry, in their order
        self._rows: Tensor | None = None  # of the batch that is trained on
        self._step_rows: Tensor = torch.ones(())  # rows with a loss in the whole step
        self._unchecked = _CHECKED
        self._get_train_dataloader = weak_method(trainer, "get_train_dataloader")
        self._get_batch_samples = weak_method(trainer, "get_batch_samples")
        self._training_step = weak_method(trainer, "training_step")
        self._compute_loss = weak_method(trainer, "compute_loss")
        trainer.get_train_dataloader = self._train_dataloader
        trainer.get_batch_samples = self._batch_samples
        trainer.training_step = self._step
        trainer.compute_loss = self._loss

    def _train_dataloader(self) -> Any:
        trainer = self._trainer
        if trainer.train_dataset is not self._dataset:
            raise InputError(
                "This trainer was given another train_dataset after its loss was weighed or its labels smoothed: do "
                "that when it has its data."
            )
        self._unchecked = _CHECKED
        with noting_columns(trainer, self._dataset) as same:
            loader = self._get_train_dataloader()
        base = getattr(loader, "base_dataloader", loader)  # within Accelerate's
        if not isinstance(loader, DataLoader) or not any(bare(base.dataset) is known for known in same):
            raise _unknown_rows("the trainer's loader goes through another dataset than its train_dataset")
        if not carries(base.collate_fn, KEY):
            index(base, _nothing_more, key=KEY)
            strip_when_iterated(loader, self._pending)
        return loader

    def _batch_samples(self, batches: Iterator[Any], *args: Any, **kwargs: Any) -> Any:
        """Count the rows of the step that is about to be made, in all processes."""
        samples, items = self._get_batch_samples(self._pending.stripping(batches), *args, **kwargs)
        self._waiting = deque(self._pending.take(batch) for batch in samples)
        trainer = self._trainer
        rows = torch.zeros((), dtype=torch.long, device=trainer.args.device)
        for batch in samples:
            rows += self._with_a_loss(batch).sum().to(rows.device)
        if trainer.args.world_size > 1:
            rows = trainer.accelerator.gather(rows).sum()
        self._step_rows = rows
        return samples, items

    def _with_a_loss(self, batch: Any) -> Tensor:
        if self._trainer.compute_loss_func is None:
            return with_a_loss(batch)
        labels = batch.get("labels")
        if not isinstance(labels, Tensor):
            first = next(value for value in batch.values() if isinstance(value, Tensor))
            return torch.ones(len(first), dtype=torch.bool)
        if labels.is_floating_point():
            return torch.ones(len(labels), dtype=torch.bool)
        return (labels != IGNORED).reshape(len(labels), -1).any(-1)

    def _step(self, model: torch.nn.Module, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        carried = self._waiting.popleft() if self._waiting else None
        if carried is None:
            raise _unknown_rows("its batches do not come from the trainer's own loader")
        trainer = self._trainer
        accumulated = trainer.current_gradient_accumulation_steps
        # The loss is divided by the rows of the whole step, and no more by its batches.
        trainer.current_gradient_accumulation_steps = 1
        self._rows = carried["row"]
        try:
            return self._training_step(model, inputs, *args, **kwargs)
        finally:
            self._rows = None
            trainer.current_gradient_accumulation_steps = accumulated

    def _loss(self, model: torch.nn.Module, inputs: Any, return_outputs: bool = False, **kwargs: Any) -> Any:
        rows = self._rows
        if rows is None:  # an evaluation, or a clean pass
            return self._compute_loss(model, inputs, return_outputs=return_outputs, **kwargs)
        # Trainer may take the labels out of the batch.
        answered = self._compute_loss(model, copy.copy(inputs), return_outputs=True, **kwargs)
        trainer, counts = self._trainer, self._with_a_loss(inputs)
        if not isinstance(answered, tuple):
            raise InputError(
                f"Single examples are weighed or smoothed by what the model answers, but {type(trainer).__name__}'s "
                "compute_loss gives a loss alone: let it give (loss, outputs) where return_outputs=True asks for them."
            )
        own, outputs = answered
        if len(counts) != len(rows):
            raise _unknown_rows(f"the data collator made {len(counts)} rows of {len(rows)} features")
        counts = counts.to(own.device)
        losses = self._row_losses(inputs, outputs, rows, counts).to(own.device)
        self._check(own, losses, counts, kwargs.get("num_items_in_batch"))
        weights = torch.ones_like(losses) if self.weights is None else _of(self.weights, rows, losses)
        if self.smoothing is not None:
            losses = row_losses(inputs, outputs, _of(self.smoothing, rows, losses))
        # Gradients are averaged over the processes.
        total = (weights * losses).sum() * trainer.args.world_size / self._step_rows.clamp(min=1)
        return (total, outputs) if return_outputs else total

    def _row_losses(self, inputs: Any, outputs: Any, rows: Tensor, counts: Tensor) -> Tensor:
        """Each row's loss as the trainer has it; 0 where it has none."""
        trainer = self._trainer
        if trainer.compute_loss_func is not None:
            return rows_asked(trainer.compute_loss_func, outputs, inputs.get("labels"), counts)
        # Trainer smooths labels, but no positions.
        factor = trainer.args.label_smoothing_factor if "labels" in inputs else 0
        return row_losses(inputs, outputs, torch.full(rows.shape, float(factor), device=rows.device))

    def _check(self, own: Tensor, losses: Tensor, counts: Tensor, items: Any) -> None:
        """See that the trainer's own loss is the mean of these rows' losses, so that it can be weighed by row.

        Raises:
            InputError: It is another.
        """
        if not self._unchecked or not bool(counts.any()):
            return
        self._unchecked -= 1
        trainer = self._trainer
        ours = float(losses.detach().sum())
        mean = ours / int(counts.sum())
        # The ways in which Trainer and the models divide: by the batch's rows, or by those of the step; and multiply.
        known = [mean] if items is None else [mean, ours / float(torch.as_tensor(items).float().mean())]
        known += [value * max(trainer.args.world_size, trainer.args.n_gpu) for value in known]
        there = float(own.detach().float().mean())
        args, dtype = trainer.args, next(trainer.model.parameters()).dtype
        near = 2e-2 if args.bf16 or args.fp16 or dtype != torch.float32 else 1e-4
        if not any(abs(there - value) <= near * max(abs(value), 1e-3) for value in known):
            what = "compute_loss_func" if trainer.compute_loss_func is not None else "loss"
            raise InputError(
                f"The {what} of this trainer is not the mean of its rows' losses (it is {there:.4g}, and their mean is "
                f"{mean:.4g}), so that single examples cannot be weighed or smoothed in it: give Trainer a "
                "compute_loss_func that is a mean over rows."
            )


def _of(values: Tensor, rows: Tensor, like: Tensor) -> Tensor:
    return values.to(rows.device)[rows].to(like.device)


def _nothing_more(_rows: list[int]) -> dict[str, Any]:
    """Nothing travels with a batch but its row numbers."""
    return {}


def _unknown_rows(why: str) -> InputError:
    return InputError(f"The examples of a batch are not known, and cannot be weighed or smoothed: {why}.")
