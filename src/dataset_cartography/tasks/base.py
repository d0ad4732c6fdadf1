"""Edge (extra: train): what `run.py` needs of a task, and what a task is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.raw_labels import RawLabels


@dataclass(frozen=True)
class Options:
    """What a run is asked, beside its data and its model; a task reads what concerns it.

    Attributes:
        max_length: Most tokens that the model is given at once, special tokens included.
        doc_stride: Tokens by which neighbouring windows of a long text overlap.
        max_answer_length: Longest answer that is decoded, in tokens.
        ablation: One of the task's `ablations`: part of the input is withheld, in training and evaluation
            alike, to see what the rest gives away.
        text_columns: The dataset's names for the task's `text_columns`, in their order; empty for the usual.
        label_column: The dataset's name for the label; None for the usual.
        beta: Preference pairs: β, how much a policy's log-ratio counts.
    """

    max_length: int = 384
    doc_stride: int = 128
    max_answer_length: int = 30
    ablation: str | None = None
    text_columns: tuple[str, ...] = ()
    label_column: str | None = None
    beta: float = 0.1


DEFAULTS = Options()


class Evaluation(NamedTuple):
    """What a task's evaluation gives: metrics (shares in percent), and a row per example with its prediction."""

    metrics: dict[str, float]
    rows: Iterator[dict[str, Any]]


class Task(Protocol):
    """One task's steps, in the order that `run.py` takes them."""

    @property
    def name(self) -> str:
        """As in `--task`, and in `schema.SCHEMAS`."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """What every evaluation during training reports and `--metric_for_best_model` can be."""

    @property
    def ablations(self) -> tuple[str, ...]:
        """What `--ablation` can be."""

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that `--text_column` stands for, in its order; with none, `--label_column` is refused too."""

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples in the task's one form; faulty rows are repaired or left out."""

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model for the task, and its tokenizer.

        Args:
            model: As `models.resolve_model` takes it.
            examples: What is trained on, which decides the labels that the head tells apart; None if nothing is
                trained, so that the model's own hold.
        """

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Bring the examples' labels into the model's own numbering; refuse those that it does not know."""

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Turn examples into features.

        Args:
            examples: As `fit` returns them.
            tokenizer: The model's.
            options: What of them decides the input; the ablation among it.
            labelled: With the labels and the column `example_id` that training and recording need; else what
                predicting needs (more may be there).
        """

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
        """Make the trainer, whose own evaluation reports the task's metrics."""

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Predict and score examples by their features."""

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> RawLabels:
        """The labels of rows as `loading.load_raw` read them, to read and to change.

        Args:
            raw: The rows.
            options: How their columns are called, if not by the usual names.
            where: What they are, for messages.
            new_labels: Whether a class may be one that no row has yet.
        """
