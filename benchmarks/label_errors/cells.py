"""A cell: one dataset, one kind of noise, one share, one seed. Trained once; only its log and the hidden truth stay."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from sets import RECIPES, Recipe
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainingArguments, default_data_collator, set_seed

from dataset_cartography import track
from dataset_cartography.tasks.noise import plant_label_noise, write_planted
from dataset_cartography.tasks.noise.confusion import confusion_of_run
from dataset_cartography.tasks.registry import TASKS

LOG = "cartography"
PLANTED = "planted.parquet"
FACTS = "cell.json"
# What a log can be read without: tables and pictures that are made of it.
MADE_OF_THE_LOG = ("cartography_m*", "training_dynamics_epoch_*.json")


@dataclass(frozen=True)
class Cell:
    """What is planted in what."""

    dataset: str
    kind: str
    share: float
    seed: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.dataset}-{self.kind}-{self.share:g}-{self.seed}"

    def is_done(self, folder: Path) -> bool:
        """Whether it was trained to its end; a cell that was cut short is trained anew."""
        return (folder / self.name / FACTS).is_file()

    def train(self, folder: Path, data: Path, *, bf16: bool = False) -> float:
        """Plant, train with recording, and keep the log and the truth; the seconds it took."""
        begin = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            place = Path(scratch) / "cell"
            place.mkdir()
            recipe = RECIPES[self.dataset]
            examples = recipe.examples(data, Path(scratch))
            noisy, planted = plant_label_noise(
                examples,
                recipe.task,
                self.share,
                kind=self.kind,
                seed=self.seed,
                confusion=self._confusion(folder, examples) if self.kind == "confusable" else None,
            )
            trainer = _trainer(recipe, noisy, Path(scratch) / "model", self.seed, bf16=bf16)
            tracker = track(trainer, place / LOG, task=recipe.task)
            tracker.provenance["labels"] = getattr(noisy.features.get("label"), "names", None)
            trainer.train()
            for pattern in MADE_OF_THE_LOG:
                for path in (place / LOG).glob(pattern):
                    path.unlink()
            write_planted(planted, place / PLANTED)
            seconds = time.perf_counter() - begin
            facts = asdict(self) | {
                "seconds": seconds,
                "examples": len(noisy),
                "planted": len(planted),
                "bf16": bf16,
            }
            (place / FACTS).write_text(json.dumps(facts) + "\n", encoding="utf-8")
            shutil.rmtree(folder / self.name, ignore_errors=True)
            place.rename(folder / self.name)
        return seconds

    def _confusion(self, folder: Path, examples: datasets.Dataset) -> Any:
        """Which labels are taken for which; None where the texts are to say.

        Of pictures: the more alike two classes' mean pictures, the more confusable. Texts do not show which relations
        of two sentences are confused: there the run of the other kind of noise, which takes all labels alike, says it.
        """
        if "pixels" in examples.column_names:
            return _likeness(examples)
        if RECIPES[self.dataset].task != "nli":
            return None
        return confusion_of_run(folder / replace(self, kind="uniform").name / LOG, examples)


def all_cells(names: list[str], shares: list[float], seeds: int) -> Iterator[Cell]:
    """Every cell, broad before deep: one of each dataset, the cheapest first, then its other noise, then seeds."""
    for seed in range(seeds):
        for share in shares:
            for place in range(2):
                for name in names:
                    yield Cell(name, RECIPES[name].kinds[place], share, seed)


def _trainer(recipe: Recipe, examples: datasets.Dataset, folder: Path, seed: int, *, bf16: bool) -> Trainer:
    set_seed(seed)
    arguments = TrainingArguments(
        str(folder),
        seed=seed,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.accelerator.is_available(),
        bf16=bf16,
        use_cpu=not torch.accelerator.is_available(),
    )
    if "pixels" in examples.column_names:
        trainer = _pixel_trainer(examples, arguments)
    else:
        task = TASKS[recipe.task]
        model, tokenizer = task.model_and_tokenizer("demo", examples)
        examples = task.fit(examples, model)
        features = task.features(examples, tokenizer, recipe.options, labelled=True)
        trainer = task.trainer(
            model,
            tokenizer,
            arguments,
            train_features=features,
            eval_features=None,
            eval_examples=None,
            options=recipe.options,
        )
    trainer.remove_callback(PrinterCallback)
    return trainer


class PixelNet(nn.Module):
    """A small network for pictures of 8 × 8 pixels."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, classes))

    def forward(self, pixels: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Loss and logits of a batch."""
        logits = self.layers(pixels)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def _pixel_trainer(examples: datasets.Dataset, arguments: TrainingArguments) -> Trainer:
    classes = examples.features["label"].num_classes
    return Trainer(
        model=PixelNet(classes),
        args=arguments,
        train_dataset=examples.rename_columns({"label": "labels"}),
        data_collator=default_data_collator,
    )


def _likeness(examples: datasets.Dataset) -> Any:
    """(classes, classes) how alike two classes' mean pictures are."""
    columns = examples.with_format("numpy")
    pixels, labels = columns["pixels"][:], columns["label"][:]
    means = np.stack([pixels[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    distances = np.linalg.norm(means[:, None] - means[None], axis=-1)
    likeness = np.exp(-((distances / distances[distances > 0].min()) ** 2))
    np.fill_diagonal(likeness, 0)
    return likeness
