"""Slow twins: the metrics written loop by loop from the papers, one example at a time, in plain Python.

Every function takes one example's signals, a list with one entry per epoch and None where the example was
not seen, and the epoch numbers; it returns a number, or None where there is none to give.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

Signal = Sequence[float | None]
Example = dict[str, Signal]


def seen(values: Signal) -> list[float]:
    return [value for value in values if value is not None]


def mean(values: Signal) -> float | None:
    total = 0.0
    for value in seen(values):
        total += value
    return total / len(seen(values)) if seen(values) else None


def variance(values: Signal) -> float | None:
    center = mean(values)
    if center is None:
        return None
    return sum((value - center) ** 2 for value in seen(values)) / len(seen(values))


def confidence(example: Example, numbers: Sequence[int]) -> float | None:
    return mean(example["gold_probability"])


def variability(example: Example, numbers: Sequence[int]) -> float | None:
    spread = variance(example["gold_probability"])
    return None if spread is None else math.sqrt(spread)


def variability_ci(example: Example, numbers: Sequence[int]) -> float | None:
    spread, count = variance(example["gold_probability"]), len(seen(example["gold_probability"]))
    if spread is None or count < 2:
        return None
    return math.sqrt(spread + spread * spread / (count - 1))


def threshold_closeness(example: Example, numbers: Sequence[int]) -> float | None:
    center = mean(example["gold_probability"])
    return None if center is None else center * (1 - center)


def correctness(example: Example, numbers: Sequence[int]) -> float | None:
    answers = seen(example["correct"])
    return sum(1 for answer in answers if answer) / len(answers) if answers else None


def unit_accuracy(example: Example, numbers: Sequence[int]) -> float | None:
    return mean(example["unit_accuracy"])


def forgetting_events(example: Example, numbers: Sequence[int]) -> float | None:
    """The loop of the paper's code, without its 1000 for examples that were never learnt."""
    if not seen(example["correct"]):
        return None
    learnt, times_forgotten = False, 0
    for is_correct in seen(example["correct"]):
        if learnt and not is_correct:
            learnt = False
            times_forgotten += 1
        elif not learnt and is_correct:
            learnt = True
    return times_forgotten


def first_learned_epoch(example: Example, numbers: Sequence[int]) -> float | None:
    for number, is_correct in zip(numbers, example["correct"], strict=True):
        if is_correct:
            return number
    return None


def never_learned(example: Example, numbers: Sequence[int]) -> float | None:
    answers = seen(example["correct"])
    if not answers:
        return None
    for answer in answers:
        if answer:
            return 0
    return 1


def aum(example: Example, numbers: Sequence[int]) -> float | None:
    return mean(example["margin"])


def mean_loss(example: Example, numbers: Sequence[int]) -> float | None:
    return mean(example["loss"])


def el2n(example: Example, numbers: Sequence[int]) -> float | None:
    return mean(example["el2n"])


def last(values: Signal) -> float | None:
    return seen(values)[-1] if seen(values) else None


def last_gold_probability(example: Example, numbers: Sequence[int]) -> float | None:
    return last(example["gold_probability"])


def last_correct(example: Example, numbers: Sequence[int]) -> float | None:
    return last(example["correct"])


def last_loss(example: Example, numbers: Sequence[int]) -> float | None:
    return last(example["loss"])


def epochs_seen(example: Example, numbers: Sequence[int]) -> float | None:
    return len(seen(example["gold_probability"]))


def presentations(example: Example, numbers: Sequence[int]) -> float | None:
    total = 0
    for count in example["presentations"]:
        total += int(count or 0)
    return total


REFERENCE: dict[str, Callable[[Example, Sequence[int]], float | None]] = {
    function.__name__: function
    for function in (
        confidence,
        variability,
        correctness,
        unit_accuracy,
        forgetting_events,
        first_learned_epoch,
        never_learned,
        threshold_closeness,
        aum,
        mean_loss,
        el2n,
        variability_ci,
        last_gold_probability,
        last_correct,
        last_loss,
        epochs_seen,
        presentations,
    )
}


def paper_metrics_of_logits(logits: Sequence[Sequence[float]], gold: int) -> dict[str, float]:
    """One example from its logged logits (epochs, classes), a softmax an epoch, as the paper's own code does it."""
    import torch

    probabilities, hits = [], []
    for row in logits:
        softmax = torch.nn.functional.softmax(torch.Tensor(row), dim=-1)
        probabilities.append(float(softmax[gold]))
        hits.append(bool(np.argmax(row) == gold))
    return paper_metrics(probabilities, hits)


def paper_metrics(probabilities: Sequence[float], hits: Sequence[float]) -> dict[str, float]:
    """One example as the paper's own code computes it (`compute_train_dy_metrics`), with NumPy's mean and std."""
    center = float(np.mean(probabilities))
    events, learnt = 0, False
    for hit in hits:
        if learnt and not hit:
            events += 1
        learnt = bool(hit)
    return {
        "confidence": center,
        "variability": float(np.std(probabilities)),
        "threshold_closeness": center * (1 - center),
        "correctness": sum(hits) / len(hits),
        "forgetting_events": events,
        "never_learned": not any(hits),
    }
