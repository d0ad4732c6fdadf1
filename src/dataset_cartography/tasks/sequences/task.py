"""What `run.py` does at each step of a task whose answers are texts."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any, ClassVar

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.loading import load_raw, refuse_demo
from dataset_cartography.tasks.models import Head, load_model_and_tokenizer
from dataset_cartography.tasks.sequences.forms import Form
from dataset_cartography.tasks.sequences.raw_labels import WantedTexts
from dataset_cartography.tasks.sequences.rows import check_rows, normalize
from dataset_cartography.tasks.sequences.trainer import METRICS, SequenceTrainer


class SequenceTask:
    """A text that is to be written; the methods are `tasks.base.Task`'s, in the order they are called."""

    name: str
    head: ClassVar[Head]
    columns: ClassVar[tuple[str, str]]
    """What is given, and what is wanted."""
    needed: ClassVar[tuple[str, ...]]
    """Those of the columns that may not be empty."""
    metrics: tuple[str, ...] = METRICS
    ablations: tuple[str, ...]

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The column that `--text_column` stands for."""
        return self.columns[:1]

    def form(self, raw: datasets.Dataset, options: Options, where: str) -> Form:
        """Tell how rows as they were read say what is given and what is wanted.

        Raises:
            MissingColumnError: They do not.
        """
        raise NotImplementedError

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, those without a needed text left out."""
        refuse_demo(dataset, self.columns)
        where = f"the dataset '{dataset}'"
        raw = load_raw(dataset, split)
        form = self.form(raw, options, where)
        examples = normalize(raw, form, self.columns, where=where, max_samples=max_samples)
        return check_rows(examples, self.needed)

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model that writes, and its tokenizer."""
        return load_model_and_tokenizer(model, self.head)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Texts have no numbering; the examples stay as they are."""
        return examples

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along."""
        raise NotImplementedError

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
        """Make the trainer; its evaluation says how probable the wanted texts are."""
        return SequenceTrainer(model, arguments, tokenizer, train_features, eval_features)

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Score: the metrics, and a row per example with its wanted text's probability."""
        told: Evaluation = trainer.evaluated(examples, features)
        return told

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> WantedTexts:
        """The wanted texts as the dataset writes them."""
        return WantedTexts(raw, self.form(raw, options, where))
