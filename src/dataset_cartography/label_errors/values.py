"""What the model would put in the place of a wrong number, and of a wrong preference."""

from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.dynamics.regression import spread, targets_of
from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.label_errors.suggestions import CORRECTION, SUGGESTED
from dataset_cartography.label_errors.words import REJECTED
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

_FINE = 0.01  # of the targets' standard deviation: what a suggestion is rounded to


def suggest_values(
    log: LogReader, dynamics: Dynamics, evidence: Evidence, rows: Array
) -> tuple[dict[str, Any], Array]:
    """Say which numbers the model would put in the place of some targets, and in which way those are off.

    The suggestion is the median of what was predicted in the epochs that were off in the direction that most of them
    were off in: one epoch more or less moves it little. Where all targets are whole, so is the suggestion: a column of
    whole numbers takes no other.

    Args:
        log: The run's.
        dynamics: With the predicted values.
        evidence: Of the run, where a prediction is a direction.
        rows: (rows,) positions of the examples asked for.

    Returns:
        The columns `suggested`, a number, and `correction`, the same as text; missing where no prediction was off, none
        is known, or it is the target itself when rounded. And (rows,) clauses such as
        "too high by 1.8 (1.4 standard deviations)"; empty where missing.
    """
    (value,) = (predicted[rows] for predicted in dynamics.predictions.values())
    direction = next(iter(evidence.dynamics.predictions.values()))[rows]
    rival = evidence.alternatives.take(next(iter(evidence.dynamics.predictions.values())))[rows]
    chosen = np.where(direction == rival[:, None], value, np.nan)
    known = ~np.isnan(chosen).all(axis=1)
    middle = np.full(len(rows), np.nan)
    middle[known] = np.nanmedian(chosen[known], axis=1)
    targets = targets_of(log)
    scale = spread(targets) or 1.0
    seen = targets[~np.isnan(targets)]
    whole = bool((seen == seen.round()).all())
    digits = 0 if whole else max(0, -round(float(np.log10(_FINE * scale))))
    suggested = np.round(middle, digits)
    off = np.round(targets[rows] - suggested, digits)
    suggested[off == 0] = np.nan
    clauses = [
        f"too {'high' if each > 0 else 'low'} by {abs(each):.{digits}f} ({abs(each) / scale:.1f} standard deviations)"
        if each == each and each
        else ""
        for each in off.tolist()
    ]
    texts = [None if each != each else f"{each:.{digits}f}" for each in suggested.tolist()]
    return {SUGGESTED: suggested, CORRECTION: _texts(texts)}, np.array(clauses, dtype=object)


def suggest_preferences(evidence: Evidence, rows: Array) -> dict[str, Any]:
    """Say of which pairs the model prefers the rejected answer; the correction is to swap the two.

    Args:
        evidence: Of the run.
        rows: (rows,) positions of the examples asked for.
    """
    swap = evidence.alternatives.epoch[rows] >= 0
    texts = [REJECTED if each else None for each in swap.tolist()]
    return {SUGGESTED: _texts(texts), CORRECTION: _texts(texts)}


def _texts(values: list[str | None]) -> Any:
    return pd.Series(values, dtype=object).to_numpy()
