"""The tasks that `run.py` knows, and what each must offer."""

from collections.abc import Iterator
from typing import Any, Protocol

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.qa.checks import Checked
from dataset_cartography.tasks.qa.task import QuestionAnswering


class Task(Protocol):
    """One task's steps, in the order that `run.py` takes them."""

    name: str

    def load(self, dataset: str, split: str, max_samples: int | None) -> Checked:
        """Read a split's examples, faulty rows repaired or left out."""

    def model_and_tokenizer(self, model: str) -> tuple[Any, Any]:
        """Load a model for the task, and its tokenizer."""

    def train_features(self, examples: datasets.Dataset, tokenizer: Any, **lengths: int) -> datasets.Dataset:
        """Turn examples into features with labels, and with the example ids that recording needs."""

    def eval_features(self, examples: datasets.Dataset, tokenizer: Any, **lengths: int) -> datasets.Dataset:
        """Turn examples into features to predict on."""

    def trainer(
        self,
        model: Any,
        tokenizer: Any,
        arguments: TrainingArguments,
        train_features: datasets.Dataset | None,
        eval_features: datasets.Dataset | None,
        eval_examples: datasets.Dataset | None,
        *,
        max_answer_length: int,
    ) -> Trainer:
        """Make the trainer; `max_answer_length` is for tasks that decode spans."""

    def evaluate(
        self, trainer: Any, examples: datasets.Dataset
    ) -> tuple[dict[str, float], Iterator[dict[str, Any]]]:
        """Predict and score: the metrics, and a row per example with its prediction."""


TASKS: dict[str, Task] = {task.name: task for task in (QuestionAnswering(),)}
