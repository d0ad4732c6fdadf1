"""Rows of the log from whole arrays of model output, where nothing needs torch; in float64."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def classification_columns(logits: Array, gold: Array) -> dict[str, Array]:
    """Describe examples with one label each, as `signals.classification_signals` does.

    Args:
        logits: Shape (examples, classes), finite.
        gold: Shape (examples,), the labels' numbers.

    Returns:
        The columns of `schema.CLASSIFICATION`, each of shape (examples,).
    """
    logits = np.asarray(logits, np.float64)
    here = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    others = logits.copy()
    others[here, gold] = -np.inf
    error = np.exp(log_probabilities)
    error[here, gold] -= 1
    prediction = logits.argmax(axis=1)
    return {
        "gold_logprob": log_probabilities[here, gold],
        "margin": logits[here, gold] - others.max(axis=1),
        "el2n": np.linalg.norm(error, axis=1),
        "correct": prediction == gold,
        "prediction": prediction,
    }


def regression_columns(predictions: Array, targets: Array) -> dict[str, Array]:
    """Describe examples with a real-valued target each, as `signals.regression_signals` does.

    Args:
        predictions: Shape (examples,).
        targets: Shape (examples,).

    Returns:
        The columns of `schema.REGRESSION`, each of shape (examples,).
    """
    predictions, targets = np.asarray(predictions, np.float64), np.asarray(targets, np.float64)
    return {
        "squared_error": np.square(predictions - targets),
        "target": targets,
        "prediction": predictions,
    }


def two_class_logits(logit: Array) -> Array:
    """Logits of both labels, shape (examples, 2), where a model gives that of the second one; the first's is 0."""
    positive = np.asarray(logit, np.float64).reshape(-1)
    return np.stack([np.zeros_like(positive), positive], axis=1)
