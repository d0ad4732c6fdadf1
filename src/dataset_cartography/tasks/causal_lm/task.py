"""What `run.py --task causal-lm` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
from transformers import Trainer, TrainingArguments

from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.loading import load_raw, refuse_demo
from dataset_cartography.tasks.models import DECODER, load_model_and_tokenizer
from dataset_cartography.tasks.sequences.features import completion_features
from dataset_cartography.tasks.sequences.forms import form_of
from dataset_cartography.tasks.sequences.raw_labels import WantedTexts
from dataset_cartography.tasks.sequences.rows import check_rows, normalize
from dataset_cartography.tasks.sequences.trainer import METRICS, SequenceTrainer

_COLUMNS = ("prompt", "completion")


class CausalLanguageModelling:
    """A completion of a prompt, or a text alone; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "causal-lm"
    metrics: tuple[str, ...] = METRICS
    ablations: tuple[str, ...] = ("completion-only",)
    text_columns: tuple[str, ...] = ("prompt",)

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, those without a completion left out."""
        refuse_demo(dataset, _COLUMNS)
        where = f"the dataset '{dataset}'"
        raw = load_raw(dataset, split)
        examples = normalize(
            raw, form_of(raw, options, where), _COLUMNS, where=where, max_samples=max_samples
        )
        return check_rows(examples, _COLUMNS[1:])

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a decoder, and its tokenizer."""
        return load_model_and_tokenizer(model, DECODER)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Texts have no numbering; the examples stay as they are."""
        return examples

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along."""
        return completion_features(
            examples,
            tokenizer,
            max_length=options.max_length,
            without_prompt=options.ablation == "completion-only",
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
        """Make the trainer; its evaluation says how probable the completions are."""
        return SequenceTrainer(model, arguments, tokenizer, train_features, eval_features)

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Score: the metrics, and a row per example with its completion's probability."""
        told: Evaluation = trainer.evaluated(examples, features)
        return told

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> WantedTexts:
        """The completions as the dataset writes them."""
        return WantedTexts(raw, form_of(raw, options, where))
