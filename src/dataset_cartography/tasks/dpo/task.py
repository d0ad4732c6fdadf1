"""What `run.py --task dpo` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
import numpy as np
from transformers import Trainer, TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.adapters import base_of
from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.dpo.features import pair_features
from dataset_cartography.tasks.dpo.raw_labels import Preferences
from dataset_cartography.tasks.dpo.rows import COLUMNS, check_rows, normalize
from dataset_cartography.tasks.dpo.trainer import METRICS, make_trainer, reference_model, signals_of
from dataset_cartography.tasks.loading import load_raw, refuse_demo
from dataset_cartography.tasks.models import DECODER, load_model_and_tokenizer, resolve_model

REFERENCE = "preference_reference"
"""In a model's configuration: the model that it is compared with, as `--model` named it."""


class PreferenceOptimization:
    """A chosen and a rejected answer; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "dpo"
    metrics: tuple[str, ...] = METRICS
    ablations: tuple[str, ...] = ()
    text_columns: tuple[str, ...] = COLUMNS

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's pairs, those without two different answers left out."""
        refuse_demo(dataset, COLUMNS)
        where = f"the dataset '{dataset}'"
        return check_rows(normalize(load_raw(dataset, split), options, where=where, max_samples=max_samples))

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a decoder, and its tokenizer."""
        network, tokenizer = load_model_and_tokenizer(model, DECODER)
        below = base_of(resolve_model(model, DECODER))
        if examples is not None:
            setattr(network.config, REFERENCE, model)
        elif below is not None:  # of an adapter
            setattr(network.config, REFERENCE, below)
        elif getattr(network.config, REFERENCE, None) is None:
            raise InputError(
                f"The model '{model}' was not trained by run.py --task dpo, so that there is no reference to compare "
                "it with: evaluate one that was, or train it on pairs (--do_train)."
            )
        return network, tokenizer

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Texts have no numbering; the examples stay as they are."""
        return examples

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise pairs."""
        return pair_features(examples, tokenizer, max_length=options.max_length)

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
        """Make TRL's trainer, whose evaluation says how large the margins are."""
        if train_features is None:
            reference, _ = load_model_and_tokenizer(getattr(model.config, REFERENCE), DECODER)
        else:
            reference = reference_model(model)
        return make_trainer(
            model,
            tokenizer,
            arguments,
            reference=reference,
            train_features=train_features,
            eval_features=eval_features,
            beta=options.beta,
            max_length=options.max_length,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Score: the metrics, and a row per pair with its margin, and whether the chosen answer is preferred."""
        told = signals_of(trainer, features)
        rows = (
            {
                **example,
                "margin": float(margin),
                "probability": float(probability),
                "correct": bool(correct),
            }
            for example, margin, probability, correct in zip(
                examples, told["margin"], np.exp(told["gold_logprob"]), told["correct"], strict=True
            )
        )
        metrics = {
            "accuracy": 100.0 * float(told["correct"].mean()),
            "mean_margin": float(told["margin"].mean()),
            "loss": -float(told["gold_logprob"].mean()),
            "n": len(examples),
        }
        return Evaluation(metrics, rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> Preferences:
        """Which answer is preferred, as the dataset has the two."""
        return Preferences(raw, options, where=where)
