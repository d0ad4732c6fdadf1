"""What `run.py --task multi-label` does at each step: classification's, with a decision for each label."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasets import List, Value
from transformers import EvalPrediction, Trainer, TrainingArguments

from dataset_cartography.tasks.base import DEFAULTS, Evaluation, Options
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.classification.features import LabelledCollator, prepare_features
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.label_lists import fit_label_lists
from dataset_cartography.tasks.loading import load_raw, refuse_demo
from dataset_cartography.tasks.models import SETS, load_model_and_tokenizer
from dataset_cartography.tasks.multi_label.raw_labels import LabelSets
from dataset_cartography.tasks.multi_label.rows import LABELS, check_rows, normalize
from dataset_cartography.tasks.multi_label.score import score_sets
from dataset_cartography.tasks.trainer import TaskTrainer, logits_of

_GIVEN = "given"


class MultiLabel:
    """Any number of labels for a text; the methods are `tasks.base.Task`'s, in the order they are called."""

    name = "multi-label"
    metrics: tuple[str, ...] = ("loss", "micro_f1", "macro_f1", "exact_match", "hamming_loss")
    ablations: tuple[str, ...] = ()
    text = Classification.texts[0]

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The column that `--text_column` stands for."""
        return (self.text.name,)

    def load(
        self, dataset: str, split: str, max_samples: int | None = None, options: Options = DEFAULTS
    ) -> Checked:
        """Read a split's examples, those without a text or a list of labels left out."""
        refuse_demo(dataset, (self.text.name, LABELS))
        raw = load_raw(dataset, split)
        where = f"the dataset '{dataset}'"
        return check_rows(normalize(raw, self.text, options, where=where, max_samples=max_samples), self.text)

    def model_and_tokenizer(self, model: str, examples: datasets.Dataset | None) -> tuple[Any, Any]:
        """Load a model with an output for each of the examples' labels, and its tokenizer."""
        names = examples.features[LABELS].feature.names if examples is not None else None
        return load_model_and_tokenizer(model, SETS, names, problem_type="multi_label_classification")

    def fit(self, examples: datasets.Dataset, model: Any) -> datasets.Dataset:
        """Number the examples' labels as the model does."""
        return fit_label_lists(examples, LABELS, model)

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along, as a 1 or 0 for each that there is."""
        given = _given(examples)
        column = pa.FixedSizeListArray.from_arrays(pa.array(given.ravel()), given.shape[1]).cast(
            pa.list_(pa.float32())
        )
        key = fingerprint(examples._fingerprint, _GIVEN, code_version(__file__))
        plain = examples.select_columns(["id", *self.text_columns])
        return prepare_features(
            plain.add_column(_GIVEN, column, feature=List(Value("float32")), new_fingerprint=key),
            tokenizer,
            self.text_columns,
            max_length=options.max_length,
            label=_GIVEN,
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
        """Predict and score: the metrics, and a row per example with its `predicted_labels`."""
        scores = logits_of(trainer.predict(features).predictions)
        names = examples.features[LABELS].feature.names
        predicted, gold = scores > 0, _given(examples) > 0
        rows = (
            {
                **example,
                LABELS: _named(there, names),
                "predicted_labels": _named(guess, names),
                "predicted_scores": logits.tolist(),
                "correct": bool((guess == there).all()),
            }
            for example, guess, there, logits in zip(examples, predicted, gold, scores, strict=True)
        )
        return Evaluation(score_sets(predicted, gold), rows)

    def raw_labels(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> LabelSets:
        """The labels as the dataset writes them."""
        return LabelSets(raw, options, where=where, new_labels=new_labels)


def _given(examples: datasets.Dataset) -> npt.NDArray[np.float32]:
    """(examples, labels) 1 where a label is given, else 0."""
    rows = examples[LABELS][:]
    given = np.zeros((len(rows), len(examples.features[LABELS].feature.names)), np.float32)
    for place, numbers in enumerate(rows):
        given[place, numbers] = 1
    return given


def _named(given: npt.NDArray[np.bool_], names: list[str]) -> list[str]:
    return [names[number] for number in np.flatnonzero(given)]


def _compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
    return score_sets(logits_of(prediction.predictions) > 0, np.asarray(prediction.label_ids) > 0)
