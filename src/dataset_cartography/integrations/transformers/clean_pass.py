"""One clean pass over the training data after an epoch, leaving no trace in the training.

No Trainer event is fired, and every random state and every module's training flag is put back, so that the
next epoch's losses are bit for bit those of a run without the pass.
"""

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader
from tqdm.auto import tqdm
from transformers import Trainer

from dataset_cartography.integrations.transformers.batches import BATCH_KEY, IndexCollator, IndexedDataset


def run_clean_pass(
    trainer: Trainer,
    dataset: IndexedDataset,
    collate: IndexCollator,
    record: Callable[[Any, Any, Any], None],
) -> None:
    """Run the model over the whole training data in evaluation mode.

    Args:
        trainer: Whose model, device, precision and batch size are used.
        dataset: The training data with row numbers.
        collate: Its collator.
        record: Called with inputs, outputs and our tensors for every batch.
    """
    loader: DataLoader[Any] = DataLoader(
        dataset,
        batch_size=trainer.args.eval_batch_size,
        collate_fn=collate,
        # A generator of its own: the default one belongs to the training.
        generator=torch.Generator(),
    )
    model = trainer.model
    with _untouched(model), torch.no_grad():
        model.eval()
        for batch in tqdm(loader, desc="Cartography pass", leave=False, disable=trainer.args.disable_tqdm):
            inputs = trainer._prepare_inputs(batch)
            carried = inputs.pop(BATCH_KEY)
            with trainer.compute_loss_context_manager():
                outputs = model(**inputs)
            record(inputs, outputs, carried)


@contextlib.contextmanager
def _untouched(model: torch.nn.Module) -> Iterator[None]:
    """Put back every random state and every module's training flag."""
    flags = [(module, module.training) for module in model.modules()]
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
        for module, training in flags:
            module.training = training
