"""What `run.py --task classification` does at each step; `--task nli` is the same on a pair of texts."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any, ClassVar

import datasets
from transformers import EvalPrediction, Trainer, TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.classification.features import LabelledCollator, prepare_features
from dataset_cartography.tasks.classification.labels import LABEL, fit_labels
from dataset_cartography.tasks.classification.load import load_examples
from dataset_cartography.tasks.classification.raw_labels import ClassLabels
from dataset_cartography.tasks.classification.rows import Text, check_rows
from dataset_cartography.tasks.classification.score import score_labels
from dataset_cartography.tasks.models import CLASSES, load_model_and_tokenizer
from dataset_cartography.tasks.trainer import TaskTrainer, logits_of


class Classification:
    """A label for a text; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "classification"
    metrics: tuple[str, ...] = ("loss", "accuracy", "macro_f1")
    texts: ClassVar[tuple[Text, ...]] = (
        Text("text", ("text", "sentence", "question", "content", "tweet", "utterance", "review", "document")),
    )
    withheld: ClassVar[dict[str, str]] = {}
    """The text that each ablation leaves empty."""

    @property
    def ablations(self) -> tuple[str, ...]:
        """What `--ablation` can be."""
        return tuple(self.withheld)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that `--text_column` stands for."""
        return tuple(text.name for text in self.texts)

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, those without a text or a label left out."""
        examples = load_examples(dataset, self.texts, split=split, max_samples=max_samples, options=options)
        return check_rows(examples, self.texts)

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model whose head tells the examples' labels apart, and its tokenizer."""
        names = examples.features[LABEL].names if examples is not None else None
        if names is not None and len(names) < 2:
            raise InputError(
                f"All examples have the label '{names[0]}': there is nothing to tell apart. Give data with two "
                "labels or more."
            )
        return load_model_and_tokenizer(model, CLASSES, names)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Number the examples' labels as the model does."""
        return fit_labels(examples, model)

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along."""
        withheld = [self.withheld[options.ablation]] if options.ablation else []
        return prepare_features(
            examples, tokenizer, self.text_columns, max_length=options.max_length, withheld=withheld
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
        """Make the trainer; its evaluation scores predicted labels."""
        return TaskTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            processing_class=tokenizer,
            data_collator=LabelledCollator(tokenizer),
            compute_metrics=_compute_metrics,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Predict and score: the metrics, and a row per example with its `predicted_label`."""
        scores = logits_of(trainer.predict(features).predictions)
        predicted = scores.argmax(-1)
        gold = examples.with_format("numpy")[LABEL][:]
        names = examples.features[LABEL].names
        rows = (
            {
                **example,
                "predicted_label": int(label),
                "predicted_label_name": names[label],
                "predicted_scores": logits.tolist(),
                "correct": bool(label == example[LABEL]),
            }
            for example, label, logits in zip(examples, predicted, scores, strict=True)
        )
        return Evaluation(score_labels(predicted, gold), rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> ClassLabels:
        """The labels as the dataset writes them."""
        return ClassLabels(raw, options, where=where, new_labels=new_labels)


def _compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
    return score_labels(logits_of(prediction.predictions).argmax(-1), prediction.label_ids)
