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
import pandas as pd
import torch
from sets import RECIPES, Recipe
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainingArguments, default_data_collator, set_seed

from dataset_cartography import track
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogPaths
from dataset_cartography.tasks.cross_fit import CrossFit, MakeTrainer
from dataset_cartography.tasks.noise import plant_label_noise, read_planted, write_planted
from dataset_cartography.tasks.noise.confusion import confusion_of_run
from dataset_cartography.tasks.registry import TASKS

LOG = "cartography"
PLANTED = "planted.parquet"
FACTS = "cell.json"
FOLDS = 3
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

    def is_cross_fitted(self, folder: Path) -> bool:
        """Whether its examples were also judged by models that were not trained on them."""
        return LogPaths(folder / self.name / LOG).out_of_fold.is_dir()

    def train(self, folder: Path, data: Path, *, bf16: bool = False) -> float:
        """Plant, train with recording, and keep the log and the truth; the seconds it took."""
        begin = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            place = Path(scratch) / "cell"
            place.mkdir()
            recipe = RECIPES[self.dataset]
            noisy, planted = self._plant(folder, data, Path(scratch))
            features, make_trainer = _training(recipe, noisy, self.seed, bf16=bf16)
            trainer = make_trainer(features, Path(scratch) / "model")
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

    def cross_fit(self, folder: Path, data: Path) -> float:
        """Train a model a fold, on the same planted labels and as the cell was trained; the seconds it took.

        Raises:
            InputError: What is planted now is not what was planted when the cell was trained.
        """
        begin = time.perf_counter()
        recipe, place = RECIPES[self.dataset], folder / self.name
        bf16 = json.loads((place / FACTS).read_text(encoding="utf-8"))["bf16"]
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            noisy, planted = self._plant(folder, data, Path(scratch))
            before = read_planted(place / PLANTED)
            if planted.to_dict("records") != before.to_dict("records"):
                raise InputError(
                    f"The labels planted in '{place}' are others than would be now: train it anew."
                )
            features, make_trainer = _training(recipe, noisy, self.seed, bf16=bf16)
            names = getattr(noisy.features.get("label"), "names", None)
            CrossFit(
                place / LOG, features, recipe.task, FOLDS, self.seed, names, provenance={"labels": names}
            ).run(make_trainer)
        return time.perf_counter() - begin

    def _plant(self, folder: Path, data: Path, scratch: Path) -> tuple[datasets.Dataset, pd.DataFrame]:
        """The examples with their wrong labels, and the truth."""
        recipe = RECIPES[self.dataset]
        examples = recipe.examples(data, scratch)
        return plant_label_noise(
            examples,
            recipe.task,
            self.share,
            kind=self.kind,
            seed=self.seed,
            confusion=self._confusion(folder, examples) if self.kind == "confusable" else None,
        )

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


def _training(
    recipe: Recipe, examples: datasets.Dataset, seed: int, *, bf16: bool
) -> tuple[datasets.Dataset, MakeTrainer]:
    """The features of a cell's examples, and what makes a trainer of some of them: each time from the same start."""
    if "pixels" in examples.column_names:
        features = examples.rename_columns({"label": "labels"})
    else:
        task = TASKS[recipe.task]
        model, tokenizer = task.model_and_tokenizer("demo", examples)
        examples = task.fit(examples, model)
        features = task.features(examples, tokenizer, recipe.options, labelled=True)

    def make(some: datasets.Dataset, folder: Path) -> Trainer:
        set_seed(seed)
        arguments = _arguments(recipe, folder, seed, bf16=bf16)
        if "pixels" in some.column_names:
            trainer = Trainer(
                model=PixelNet(some.features["labels"].num_classes),
                args=arguments,
                train_dataset=some,
                data_collator=default_data_collator,
            )
        else:
            model, tokenizer = task.model_and_tokenizer("demo", examples)
            trainer = task.trainer(
                model,
                tokenizer,
                arguments,
                train_features=some,
                eval_features=None,
                eval_examples=None,
                options=recipe.options,
            )
        trainer.remove_callback(PrinterCallback)
        return trainer

    return features, make


def _arguments(recipe: Recipe, folder: Path, seed: int, *, bf16: bool) -> TrainingArguments:
    return TrainingArguments(
        str(folder),
        seed=seed,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.accelerator.is_available(),
        bf16=bf16,
        use_cpu=not torch.accelerator.is_available(),
    )


class PixelNet(nn.Module):
    """A small network for pictures of 8 × 8 pixels."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, classes))

    def forward(self, pixels: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Loss and logits of a batch."""
        logits = self.layers(pixels)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def _likeness(examples: datasets.Dataset) -> Any:
    """(classes, classes) how alike two classes' mean pictures are."""
    columns = examples.with_format("numpy")
    pixels, labels = columns["pixels"][:], columns["label"][:]
    means = np.stack([pixels[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    distances = np.linalg.norm(means[:, None] - means[None], axis=-1)
    likeness = np.exp(-((distances / distances[distances > 0].min()) ** 2))
    np.fill_diagonal(likeness, 0)
    return likeness
