"""Accuracy and macro F1 of predicted labels."""

import numpy as np
import numpy.typing as npt


def score_labels(predicted: npt.NDArray[np.integer], gold: npt.NDArray[np.integer]) -> dict[str, float]:
    """Score predicted labels.

    Args:
        predicted: (examples,) label numbers.
        gold: (examples,) label numbers.

    Returns:
        ``accuracy`` and ``macro_f1`` in percent, and ``n``, the number of examples. The F1 of a label is that of
        telling it from all others; macro F1 is its mean over the labels that are predicted or gold somewhere,
        each counting alike, as in scikit-learn.
    """
    labels, codes = np.unique(np.concatenate([predicted, gold]), return_inverse=True)
    first, second = codes[: len(predicted)], codes[len(predicted) :]
    hits = np.bincount(first[first == second], minlength=len(labels))
    given = np.bincount(first, minlength=len(labels)) + np.bincount(second, minlength=len(labels))
    return {
        "accuracy": 100.0 * float((predicted == gold).mean()),
        "macro_f1": 100.0 * float((2 * hits / given).mean()),
        "n": len(gold),
    }
