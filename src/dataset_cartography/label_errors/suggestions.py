"""What the model would put in the label's place: a label's name, a choice's number, or an answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.metrics.base import Array

SUGGESTED = "suggested"
CORRECTION = "correction"
"""The suggestion as the dataset's label can be written, where it is not `SUGGESTED` itself."""
NO_ANSWER = "(no answer)"
"""What stands for an answer where the question has none; pages say the same."""


def suggest(
    evidence: Evidence,
    rows: Array,
    *,
    labels: Sequence[str] | None = None,
    contexts: Sequence[object] | None = None,
) -> dict[str, Any]:
    """Say what the model would put in the place of some labels.

    Args:
        evidence: Of the run.
        rows: (rows,) positions of the examples asked for.
        labels: The labels' names by number, where they have names.
        contexts: (rows,) the texts that spans are part of, where known: strings, anything else is taken for unknown.

    Returns:
        Columns of (rows,) values, missing where nothing but the label was ever predicted. Of labels and choices
        `suggested`: the name, or the number where there are no names. Of spans `suggested_start` and
        `suggested_end`, characters of the context (-1 = "no answer"), and with `contexts` also `suggested`: the
        text, or `NO_ANSWER`.
    """
    rivals = {
        name.replace("prediction", SUGGESTED): evidence.alternatives.take(predicted)[rows]
        for name, predicted in evidence.dynamics.predictions.items()
    }
    numbers = {name: _whole_numbers(values) for name, values in rivals.items()}
    if not rivals:
        return {}
    if SUGGESTED in rivals and labels:
        return {SUGGESTED: _named(rivals[SUGGESTED], labels)}
    if SUGGESTED not in rivals and contexts is not None:
        starts, ends = rivals.values()
        return {SUGGESTED: _texts(starts, ends, contexts), **numbers}
    return numbers


def label_words(number: int, labels: Sequence[str] | None) -> str:
    """A label by its name, or by its number where it has none."""
    return str(labels[number]) if labels and number < len(labels) else str(number)


def _named(numbers: Array, labels: Sequence[str]) -> Array:
    known = np.unique(numbers[~np.isnan(numbers)]).astype(int).tolist()
    # A model may have predicted beyond the labels that have names.
    names = np.full(max([len(labels), *known]) + 2, None, dtype=object)
    names[known] = [label_words(number, labels) for number in known]
    named: Array = names[np.where(np.isnan(numbers), -1, numbers).astype(int)]
    return named


def _texts(starts: Array, ends: Array, contexts: Sequence[object]) -> Array:
    texts = np.where(starts < 0, NO_ANSWER, np.full(len(starts), None, dtype=object))
    for row in np.flatnonzero(starts >= 0).tolist():
        context = contexts[row]
        if isinstance(context, str) and ends[row] <= len(context):
            texts[row] = context[int(starts[row]) : int(ends[row])]
    return texts


def _whole_numbers(values: Array) -> Any:
    missing = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int32), missing)
