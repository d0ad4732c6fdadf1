"""Training on sequences, and what their evaluation reports: how probable the wanted texts are."""

from collections.abc import Iterator, Mapping
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch
from transformers import EvalPrediction, TrainingArguments

from dataset_cartography.integrations.transformers.sequences import three_dimensional
from dataset_cartography.signals.sequences import sequence_signals
from dataset_cartography.tasks.base import Evaluation
from dataset_cartography.tasks.sequences.features import SequenceCollator
from dataset_cartography.tasks.trainer import TaskTrainer

METRICS = ("loss", "perplexity", "token_accuracy")


class SequenceTrainer(TaskTrainer):
    """A trainer whose evaluation keeps three numbers of each example, and not its logits.

    The wanted tokens are given to the model as in training, and nothing is generated.

    Args:
        model: A decoder, or an encoder-decoder.
        arguments: Trainer's.
        tokenizer: Its tokenizer.
        train_features: As `sequences.features` makes them.
        eval_features: The same.
    """

    def __init__(
        self,
        model: Any,
        arguments: TrainingArguments,
        tokenizer: Any,
        train_features: datasets.Dataset | None,
        eval_features: datasets.Dataset | None,
    ) -> None:
        both = bool(model.config.is_encoder_decoder)
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=train_features,
            eval_dataset=eval_features,
            processing_class=tokenizer,
            data_collator=SequenceCollator(tokenizer, model=model if both else None),
            compute_metrics=_compute_metrics,
            preprocess_logits_for_metrics=_shifted if not both else _in_place,
        )

    def evaluated(self, examples: datasets.Dataset, features: datasets.Dataset) -> Evaluation:
        """The metrics of examples, and a row of each with its target tokens' mean log-probability."""
        told = self.predict(features).predictions
        return Evaluation(score(told), _rows(examples, told))


def score(told: npt.NDArray[Any]) -> dict[str, float]:
    """Score wanted texts.

    Args:
        told: (examples, 3): the sum of the target tokens' log-probabilities, how many of them are the likeliest, and
            how many there are.

    Returns:
        ``loss``, the mean of -log p over all target tokens; ``perplexity``, its exponential; ``token_accuracy``, in
        percent; and ``n``, the number of examples.
    """
    logprob, right, tokens = told.sum(0, dtype=np.float64).tolist()
    loss = -logprob / tokens if tokens else float("nan")
    with np.errstate(over="ignore"):
        perplexity = float(np.exp(loss))
    accuracy = 100 * right / tokens if tokens else float("nan")
    return {"loss": loss, "perplexity": perplexity, "token_accuracy": accuracy, "n": len(told)}


def _rows(examples: datasets.Dataset, told: npt.NDArray[Any]) -> Iterator[dict[str, Any]]:
    for example, (logprob, right, tokens) in zip(examples, told.tolist(), strict=True):
        mean = logprob / tokens if tokens else None
        yield {
            **example,
            "mean_log_probability": mean,
            "probability": None if mean is None else float(np.exp(mean)),
            "tokens": int(tokens),
            "token_accuracy": right / tokens if tokens else None,
        }


def _compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
    metrics = score(np.asarray(prediction.predictions))
    metrics.pop("loss")  # Trainer has its own, the mean over batches
    return metrics


def _shifted(outputs: Any, labels: torch.Tensor) -> torch.Tensor:
    return _told(outputs, labels, shift=True)


def _in_place(outputs: Any, labels: torch.Tensor) -> torch.Tensor:
    return _told(outputs, labels, shift=False)


def _told(outputs: Any, labels: torch.Tensor, *, shift: bool) -> torch.Tensor:
    if isinstance(outputs, (tuple, list)) and not isinstance(outputs, Mapping):
        outputs = outputs[0]  # an encoder-decoder gives its encoder's states too
    logits = three_dimensional(outputs)
    assert logits is not None  # noqa: S101 - the model has a language-model head
    signals = sequence_signals(logits, labels, shift=shift)
    names = ("gold_logprob", "correct_tokens", "tokens")
    return torch.stack([signals[name].float() for name in names], dim=1)  # no double on every device
