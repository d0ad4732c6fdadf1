"""What every process of a launch of `test_loops` runs: the module of `test_lightning`, by Lightning's DDP.

python -m torch.distributed.run --standalone --nproc_per_node 2 module.py FOLDER WAY
"""

import os
import sys
import warnings
from pathlib import Path

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "integrations"))

from test_lightning import WAYS, Module

from dataset_cartography.integrations.lightning import CartographyCallback
from dataset_cartography.integrations.pytorch import with_ids
from labels import generate
from loops import BATCH, COLLATE, EPOCHS

EXAMPLES, PROCESSES = 16, 2


def main(folder, way):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    size, rank = BATCH // PROCESSES, int(os.environ["RANK"])
    starts = range(rank * size, EXAMPLES, BATCH)
    batches = [list(range(start, start + size)) for start in starts]
    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        devices=PROCESSES,
        strategy="ddp",
        use_distributed_sampler=False,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        callbacks=[CartographyCallback(folder / "map", task="classification", **WAYS[way])],
    )
    data = with_ids(generate(EXAMPLES))
    trainer.fit(Module(way), DataLoader(data, batch_sampler=batches, collate_fn=COLLATE))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
