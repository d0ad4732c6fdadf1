"""What `run.py --task multiple-choice` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
from transformers import EvalPrediction, Trainer, TrainingArguments

from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.models import CHOICES, load_model_and_tokenizer
from dataset_cartography.tasks.multiple_choice.collate import MultipleChoiceCollator
from dataset_cartography.tasks.multiple_choice.features import ABLATIONS, prepare_features
from dataset_cartography.tasks.multiple_choice.load import load_examples
from dataset_cartography.tasks.multiple_choice.raw_labels import ChoiceLabels
from dataset_cartography.tasks.trainer import TaskTrainer, logits_of


class MultipleChoice:
    """One of several choices; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "multiple-choice"
    metrics: tuple[str, ...] = ("loss", "accuracy")
    ablations: tuple[str, ...] = ABLATIONS
    text_columns: tuple[str, ...] = ()

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, faulty rows left out."""
        return load_examples(dataset, split=split, max_samples=max_samples)

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model that scores choices, and its tokenizer."""
        return load_model_and_tokenizer(model, CHOICES)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Labels are positions, the same for every model; the examples stay as they are."""
        return examples

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Pair choices with what they answer; labels are always there, as every example kept has one."""
        return prepare_features(examples, tokenizer, max_length=options.max_length, ablation=options.ablation)

    def trainer(
        self,
        model: Any,
        tokenizer: Any,
        arguments: TrainingArguments,
        *,
        train_features: datasets.Dataset | None,
        eval_features: datasets.Dataset | None,
        eval_examples: datasets.Dataset | None,
        options: Options,
    ) -> Trainer:
        """Make the trainer; its evaluation reports accuracy."""
        return TaskTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            processing_class=tokenizer,
            data_collator=MultipleChoiceCollator(tokenizer),
            compute_metrics=_compute_metrics,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Predict and score: the metrics, and a row per example with its `predicted_choice`."""
        scores = logits_of(trainer.predict(features).predictions)
        predicted = scores.argmax(-1)
        rows = (
            {
                **example,
                "predicted_label": int(label),
                "predicted_choice": example["choices"][label],
                "predicted_scores": logits.tolist(),
                "correct": bool(label == example["label"]),
            }
            for example, label, logits in zip(examples, predicted, scores, strict=True)
        )
        return Evaluation(_accuracy(predicted, examples.with_format("numpy")["label"][:]), rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> ChoiceLabels:
        """The labels as the dataset writes them."""
        return ChoiceLabels(raw, where=where)


def _compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
    return _accuracy(logits_of(prediction.predictions).argmax(-1), prediction.label_ids)


def _accuracy(predicted: npt.NDArray[np.integer], gold: npt.NDArray[np.integer]) -> dict[str, float]:
    """``accuracy`` in percent, and ``n``, the number of examples."""
    return {"accuracy": 100.0 * float((predicted == gold).mean()), "n": len(gold)}
