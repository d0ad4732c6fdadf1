"""What `run.py --task qa` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.models import SPANS, load_model_and_tokenizer
from dataset_cartography.tasks.qa.checks import check_rows
from dataset_cartography.tasks.qa.collate import qa_collator
from dataset_cartography.tasks.qa.features import prepare_eval_features, prepare_train_features
from dataset_cartography.tasks.qa.load import load_examples
from dataset_cartography.tasks.qa.raw_labels import AnswerLabels
from dataset_cartography.tasks.qa.score import score_predictions
from dataset_cartography.tasks.qa.trainer import QuestionAnsweringTrainer
from dataset_cartography.tasks.qa.windows import ABLATIONS


class QuestionAnswering:
    """Extractive question answering; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "qa"
    metrics: tuple[str, ...] = ("exact_match", "f1")
    ablations: tuple[str, ...] = ABLATIONS
    text_columns: tuple[str, ...] = ()

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, faulty rows repaired or left out."""
        return check_rows(load_examples(dataset, split=split, max_samples=max_samples))

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model with a span head, and its tokenizer."""
        return load_model_and_tokenizer(model, SPANS)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Answers have no numbering; the examples stay as they are."""
        return examples

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Cut examples into windows, with the answers in them or to be answered."""
        prepare = prepare_train_features if labelled else prepare_eval_features
        return prepare(
            examples,
            tokenizer,
            max_length=options.max_length,
            doc_stride=options.doc_stride,
            ablation=options.ablation,
        )

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
        """Make the trainer; its evaluation scores decoded answers."""
        return QuestionAnsweringTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            eval_examples=eval_examples,
            processing_class=tokenizer,
            data_collator=qa_collator(tokenizer),
            max_answer_length=options.max_answer_length,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Answer and score: the metrics, and a row per example with its `predicted_answer`."""
        predictions = trainer.predict_answers(features, examples)
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
        return Evaluation(metrics, rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> AnswerLabels:
        """The answers as the dataset writes them."""
        return AnswerLabels(raw, where=where)
