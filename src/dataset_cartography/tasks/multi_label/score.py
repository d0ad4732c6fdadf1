"""Scores of predicted sets of labels."""

from typing import Any

import numpy.typing as npt


def score_sets(predicted: npt.NDArray[Any], gold: npt.NDArray[Any]) -> dict[str, float]:
    """Score predicted labels.

    Args:
        predicted: (examples, labels) Whether each is predicted.
        gold: (examples, labels) Whether each is given.

    Returns:
        In percent: ``micro_f1``, over all decisions together; ``macro_f1``, the mean over the labels that are predicted
        or given somewhere; ``exact_match``, examples with all labels right; ``hamming_loss``, decisions that are wrong.
        And ``n``, the number of examples.
    """
    predicted, gold = predicted.astype(bool), gold.astype(bool)
    hits = (predicted & gold).sum(0)
    both = predicted.sum(0) + gold.sum(0)
    somewhere = both > 0
    f1 = 2 * hits[somewhere] / both[somewhere]
    right = predicted == gold
    return {
        "micro_f1": 200.0 * float(hits.sum() / max(1, both.sum())),
        "macro_f1": 100.0 * float(f1.mean()) if len(f1) else 0.0,
        "exact_match": 100.0 * float(right.all(1).mean()),
        "hamming_loss": 100.0 * float(1 - right.mean()),
        "n": len(gold),
    }
