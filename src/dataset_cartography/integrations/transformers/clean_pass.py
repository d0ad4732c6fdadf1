"""One clean pass over the training data after an epoch, leaving no trace in the training.

No Trainer event is fired, and every random state and every module's training flag is put back, so that the
next epoch's losses are bit for bit those of a run without the pass.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader
from tqdm.auto import tqdm
from transformers import Trainer

from dataset_cartography.integrations.shared.outputs import watching
from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.shared.undisturbed import undisturbed
from dataset_cartography.integrations.transformers.batches import BATCH_KEY, IndexCollator, IndexedDataset
from dataset_cartography.integrations.transformers.loading import indexed
from dataset_cartography.integrations.transformers.preferences import reference_of
from dataset_cartography.integrations.transformers.sources import Source
from dataset_cartography.integrations.transformers.weak import standing_in


def record_clean_pass(trainer: Trainer, recording: Recording[Source], global_step: int) -> None:
    """Record what the model, as it is, answers to the training data.

    Args:
        trainer: The trainer.
        recording: Of its training data, with an epoch begun.
        global_step: Optimizer steps done.
    """
    data = indexed(trainer, trainer.train_dataset, recording.source, "Training")
    record = functools.partial(recording.record, global_step=global_step)
    run_clean_pass(trainer, *data, record, reference_of(recording.source.signals, trainer))


def run_clean_pass(
    trainer: Trainer,
    dataset: IndexedDataset,
    collate: IndexCollator,
    record: Callable[[Any, Any, Any], None],
    reference: torch.nn.Module | None = None,
) -> None:
    """Run the model over the whole training data in evaluation mode, each process over its share.

    Args:
        trainer: Whose model, device, precision and batch size are used.
        dataset: The training data with row numbers.
        collate: Its collator.
        record: Called with inputs, our tensors and outputs for every batch.
        reference: As `watching` takes it.
    """
    rank, processes = trainer.args.process_index, trainer.args.world_size
    size = trainer.args.eval_batch_size
    batches = [list(range(start, min(start + size, len(dataset)))) for start in range(0, len(dataset), size)]
    mine = batches[rank::processes]
    recorded = len(mine)
    if trainer.is_fsdp_enabled:
        # Parameters are gathered by all processes together: those with a batch less go along once more.
        mine += batches[:1] * (-(-len(batches) // processes) - recorded)
    loader: DataLoader[Any] = DataLoader(
        dataset,
        batch_sampler=mine,
        collate_fn=collate,
        # A generator of its own: the default one belongs to the training.
        generator=torch.Generator(),
    )
    model = trainer.model
    # A loss that logs logs nothing here: the pass is none of the training's.
    quiet_log = standing_in(trainer, "log", _ignore)
    with quiet_log, _collected(trainer), undisturbed(model):
        quiet = trainer.args.disable_tqdm or rank > 0
        for number, batch in enumerate(tqdm(loader, desc="Cartography pass", leave=False, disable=quiet)):
            carried = batch.pop(BATCH_KEY)
            inputs = trainer._prepare_inputs(batch)
            carried = trainer._prepare_input(carried)
            take = functools.partial(record, dict(inputs), carried) if number < recorded else _ignore
            # As training asks the model: what a batch holds may be for the loss alone.
            with watching(model, inputs, take, reference) as watch, trainer.compute_loss_context_manager():
                trainer.compute_loss(model, inputs, num_items_in_batch=_labelled_items(inputs))
            watch.check()


def _ignore(*_args: Any, **_kwargs: Any) -> None:
    """Record, or log, nothing."""


def _labelled_items(inputs: Any) -> torch.Tensor | None:
    """What Trainer tells a loss to divide by; counted here, as its own way waits for the other processes."""
    labels = inputs.get("labels")
    return labels.ne(-100).sum() if isinstance(labels, torch.Tensor) else None


@contextlib.contextmanager
def _collected(trainer: Trainer) -> Iterator[None]:
    """Put back what TRL's trainers collect at each loss for their next log."""
    metrics: dict[str, dict[str, list[Any]]] = getattr(trainer, "_metrics", {})
    before = {mode: {name: list(values) for name, values in of.items()} for mode, of in metrics.items()}
    try:
        yield
    finally:
        for mode, of in metrics.items():
            of.clear()
            of.update(before.get(mode, {}))
