"""What `run.py --task regression` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
import numpy as np
from transformers import EvalPrediction, Trainer, TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.classification.features import LabelledCollator, prepare_features
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.classification.load import load_examples
from dataset_cartography.tasks.classification.rows import check_rows
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.models import VALUES, load_model_and_tokenizer
from dataset_cartography.tasks.regression.raw_labels import Values
from dataset_cartography.tasks.regression.score import score_values
from dataset_cartography.tasks.regression.values import (
    SCALED,
    VALUE_NAMES,
    Standard,
    put_value,
    targets_of,
    with_scaled,
)
from dataset_cartography.tasks.trainer import TaskTrainer, logits_of


class Regression:
    """A number for a text; the methods are `tasks.base.Task`'s, in the order they are called.

    A model is trained on standardised targets, whatever their unit; the log, the map and the evaluation have them as
    the dataset does.
    """

    name = "regression"
    metrics: tuple[str, ...] = ("loss", "r2", "spearman")
    ablations: tuple[str, ...] = ()
    text_columns: tuple[str, ...] = ("text",)

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, those without a text or a number left out."""
        texts = Classification.texts
        examples = load_examples(
            dataset,
            texts,
            split=split,
            max_samples=max_samples,
            options=options,
            label_names=VALUE_NAMES,
            put_label=put_value,
        )
        return check_rows(examples, texts)

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model that answers with a number, and its tokenizer; a new head is trained on standardised targets."""
        if examples is None:
            network, tokenizer = load_model_and_tokenizer(model, VALUES)
            if (outputs := getattr(network.config, "num_labels", 1)) != 1:
                raise InputError(
                    f"The model '{model}' has {outputs} outputs, and a regression one: evaluate a model that was "
                    "trained with --task regression."
                )
            return network, tokenizer
        network, tokenizer = load_model_and_tokenizer(model, VALUES, problem_type="regression")
        if getattr(network.config, "target_scale", None) is None:
            Standard.of_targets(targets_of(examples)).tell(network)
        return network, tokenizer

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Bring the targets to the model's own scale."""
        return with_scaled(examples, Standard.of_model(model))

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their targets always come along."""
        return prepare_features(
            examples, tokenizer, self.text_columns, max_length=options.max_length, label=SCALED
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
        """Make the trainer; its evaluation scores predicted values."""
        standard = Standard.of_model(model)

        def compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
            return score_values(
                _values(prediction.predictions, standard), _values(prediction.label_ids, standard)
            )

        return TaskTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            processing_class=tokenizer,
            data_collator=LabelledCollator(tokenizer),
            compute_metrics=compute_metrics,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Predict and score: the metrics, and a row per example with its `predicted_value` and `error`."""
        predicted = _values(trainer.predict(features).predictions, Standard.of_model(trainer.model))
        rows = (
            {**example, "predicted_value": float(value), "error": float(value) - example[LABEL]}
            for example, value in zip(examples.remove_columns(SCALED), predicted, strict=True)
        )
        return Evaluation(score_values(predicted, targets_of(examples)), rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> Values:
        """The targets as the dataset writes them."""
        return Values(raw, options, where=where)


def _values(predictions: Any, standard: Standard) -> Any:
    """Values in the targets' own scale, shape (examples,)."""
    return logits_of(predictions).reshape(-1).astype(np.float64) * standard.scale + standard.mean
