"""What every process of a launch of `test_loops` runs: the loop of `tests/loops.py` by Accelerate.

    python -m torch.distributed.run --standalone --nproc_per_node 2 loop.py FOLDER [STOP]

With STOP every process breaks off before that batch of the second epoch, after a checkpoint in the middle of it.
"""

import contextlib
import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).parents[1]))

from dataset_cartography.integrations.pytorch import DynamicsRecorder, with_ids
from labels import generate
from loops import BATCH, COLLATE, EPOCHS, steady_model
from steps import RATE

EXAMPLES = 16
SAVED = 1  # batches of the second epoch that the checkpoint has behind it


def main(folder, stop=None):
    torch.set_num_threads(1)
    accelerator = Accelerator(cpu=True)
    data = with_ids(generate(EXAMPLES))
    model = steady_model().train()
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    loader = DataLoader(data, batch_size=BATCH // accelerator.num_processes, collate_fn=COLLATE)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    recorder = DynamicsRecorder(folder / "map", data, task="classification")
    accelerator.register_for_checkpointing(recorder)
    checkpoint = folder / "checkpoint"
    resumed = checkpoint.is_dir()
    if resumed:
        accelerator.load_state(str(checkpoint))
    with recorder:
        for epoch in range(resumed, EPOCHS):
            batches = accelerator.skip_first_batches(loader, SAVED) if resumed and epoch == 1 else loader
            for number, inputs in enumerate(batches):
                rows = inputs.pop("row")
                outputs = model(**inputs)
                recorder.record(rows, outputs, inputs["labels"])
                optimizer.zero_grad()
                accelerator.backward(outputs.loss)
                optimizer.step()
                if stop is not None and epoch == 1 and number + 1 == SAVED:
                    recorder.flush()
                    accelerator.save_state(str(checkpoint))
                if stop is not None and (epoch, number) == (1, stop):
                    raise InterruptedError
            recorder.end_epoch()


if __name__ == "__main__":
    with contextlib.suppress(InterruptedError):
        main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
