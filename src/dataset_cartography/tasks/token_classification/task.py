"""What `run.py --task token-classification` does at each step."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from collections.abc import Iterator, Sequence
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch
from transformers import EvalPrediction, Trainer, TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.units import WORD_NUMBERS
from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.label_lists import fit_label_lists
from dataset_cartography.tasks.loading import load_raw, refuse_demo
from dataset_cartography.tasks.models import TAGS as HEAD
from dataset_cartography.tasks.models import load_model_and_tokenizer, written_names
from dataset_cartography.tasks.token_classification.features import TagCollator, prepare_features
from dataset_cartography.tasks.token_classification.raw_labels import TagSequences
from dataset_cartography.tasks.token_classification.rows import TAGS, TOKENS, check_rows, normalize
from dataset_cartography.tasks.token_classification.score import score_tags
from dataset_cartography.tasks.trainer import TaskTrainer

Array = npt.NDArray[Any]


class TokenClassification:
    """A tag for every token; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "token-classification"
    metrics: tuple[str, ...] = ("loss", "f1", "precision", "recall", "accuracy")
    ablations: tuple[str, ...] = ()
    text_columns: tuple[str, ...] = (TOKENS,)

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's sentences, those without a tag for every token left out."""
        refuse_demo(dataset, (TOKENS, TAGS))
        raw = load_raw(dataset, split)
        return check_rows(normalize(raw, options, where=f"the dataset '{dataset}'", max_samples=max_samples))

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model whose head tells the examples' tags apart, and its tokenizer."""
        names = examples.features[TAGS].feature.names if examples is not None else None
        if names is not None and len(names) < 2:
            raise InputError(
                f"All tokens have the tag '{names[0]}': there is nothing to tell apart. Give data with two tags or "
                "more."
            )
        return load_model_and_tokenizer(model, HEAD, names)

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Number the examples' tags as the model does."""
        return fit_label_lists(examples, TAGS, model)

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their tags always come along, for they say which pieces are predicted."""
        return prepare_features(examples, tokenizer, max_length=options.max_length)

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
        """Make the trainer; its evaluation scores the tags of what the model reads."""
        names = (
            written_names(model.config)
            if eval_examples is None
            else eval_examples.features[TAGS].feature.names
        )

        def compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
            labels = np.asarray(prediction.label_ids)
            read = zip(labels, np.asarray(prediction.predictions), strict=True)
            rows = [(named(tags[tags >= 0], names), named(guess[tags >= 0], names)) for tags, guess in read]
            return score_tags(*zip(*rows, strict=True))

        return TaskTrainer(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            processing_class=tokenizer,
            data_collator=TagCollator(tokenizer),
            compute_metrics=compute_metrics,
            preprocess_logits_for_metrics=_best,
        )

    def evaluate(self, trainer: Any, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """Predict and score: the metrics, and a row per example with its `predicted_tags`, null where not read."""
        output = trainer.predict(features)
        names = examples.features[TAGS].feature.names
        gold = [named(tags, names) for tags in examples[TAGS][:]]
        predicted: list[list[str | None]] = []
        rows = zip(output.label_ids, output.predictions, features[WORD_NUMBERS][:], gold, strict=True)
        for labels, best, words, tags in rows:
            guess: list[str | None] = [None] * len(tags)
            for word, tag in zip(words, named(best[labels >= 0], names), strict=True):
                guess[word] = tag
            predicted.append(guess)
        return Evaluation(score_tags(gold, predicted), _rows(examples, gold, predicted))

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> TagSequences:
        """The tags as the dataset writes them."""
        return TagSequences(raw, options, where=where, new_labels=new_labels)


def named(numbers: Any, names: Sequence[str]) -> list[str]:
    """Tags by their names."""
    return [names[number] for number in numbers]


def _rows(
    examples: datasets.Dataset, gold: list[list[str]], predicted: list[list[str | None]]
) -> Iterator[dict[str, Any]]:
    for example, tags, guess in zip(examples, gold, predicted, strict=True):
        yield {**example, TAGS: tags, "predicted_tags": guess, "correct": guess == tags}


def _best(logits: Any, _labels: Any) -> torch.Tensor:
    """The best tag of each piece: an evaluation need not keep all logits."""
    best: torch.Tensor = (logits[0] if isinstance(logits, tuple) else logits).argmax(-1)
    return best
