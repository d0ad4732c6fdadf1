"""What `run.py --task qa` does at each step."""

from collections.abc import Iterator
from typing import Any

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.models import load_qa_model_and_tokenizer
from dataset_cartography.tasks.qa.checks import Checked, check_rows
from dataset_cartography.tasks.qa.collate import qa_collator
from dataset_cartography.tasks.qa.features import prepare_eval_features, prepare_train_features
from dataset_cartography.tasks.qa.load import load_examples
from dataset_cartography.tasks.qa.score import score_predictions
from dataset_cartography.tasks.qa.trainer import QuestionAnsweringTrainer


class QuestionAnswering:
    """Extractive question answering; the methods are `tasks.Task`'s, in the order they are called."""

    name = "qa"

    @staticmethod
    def load(dataset: str, split: str, max_samples: int | None) -> Checked:
        """Read a split's examples, faulty rows repaired or left out."""
        return check_rows(load_examples(dataset, split=split, max_samples=max_samples))

    @staticmethod
    def model_and_tokenizer(model: str) -> tuple[Any, Any]:
        """Load a model with a span head, and its tokenizer."""
        return load_qa_model_and_tokenizer(model)

    @staticmethod
    def train_features(examples: datasets.Dataset, tokenizer: Any, **lengths: int) -> datasets.Dataset:
        """Cut examples into labelled windows."""
        return prepare_train_features(examples, tokenizer, **lengths)

    @staticmethod
    def eval_features(examples: datasets.Dataset, tokenizer: Any, **lengths: int) -> datasets.Dataset:
        """Cut examples into windows to be answered."""
        return prepare_eval_features(examples, tokenizer, **lengths)

    @staticmethod
    def trainer(
        model: Any,
        tokenizer: Any,
        arguments: TrainingArguments,
        train_features: datasets.Dataset | None,
        eval_features: datasets.Dataset | None,
        eval_examples: datasets.Dataset | None,
        *,
        max_answer_length: int,
    ) -> Trainer:
        """Make the trainer; its evaluation scores decoded answers."""
        return QuestionAnsweringTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            eval_examples=eval_examples,
            processing_class=tokenizer,
            data_collator=qa_collator(tokenizer),
            max_answer_length=max_answer_length,
        )

    @staticmethod
    def evaluate(
        trainer: Any, examples: datasets.Dataset
    ) -> tuple[dict[str, float], Iterator[dict[str, Any]]]:
        """Answer and score: the metrics, and a row per example with its `predicted_answer`."""
        predictions = trainer.predict_answers()
        metrics, scores = score_predictions(predictions, examples)
        rows = (
            {
                **example,
                "predicted_answer": predictions[example["id"]].text,
                "exact_match": float(scores["exact_match"][position]),
                "f1": float(scores["f1"][position]),
            }
            for position, example in enumerate(examples)
        )
        return metrics, rows
