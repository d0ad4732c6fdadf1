"""The evidence of a recorded run as a table: a row for every example, a column for every signal."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import INDEX
from dataset_cartography.dynamics import Reading, load_dynamics, load_units
from dataset_cartography.label_errors.outcomes import as_outcomes
from dataset_cartography.label_errors.signals import SIGNALS, Evidence
from dataset_cartography.label_errors.suggestions import suggest
from dataset_cartography.log import LogReader

_NAMED = ("classification", "nli", "multiple-choice", "token-classification")


def label_error_signals(directory: str | Path, *, reading: Reading | None = None) -> pd.DataFrame:
    """Say what a run's log holds for and against each label: the evidence, not yet a judgement.

    Args:
        directory: The cartography directory.
        reading: How windows make an example (tasks with windows).

    Returns:
        A row per example, indexed by id, in the log's order. A column per signal that the log allows (see
        `label_errors.SIGNALS`): higher is more suspicious, NaN where the example was never seen. And what the model
        would put in the label's place: `suggested`, the number of the label or choice, or `suggested_start` and
        `suggested_end`, characters of the context (-1 = "no answer"); missing where nothing but the label was ever
        predicted. Of tags and sets of labels a row per `unit`, its number within the example; of numbers `suggested` is
        1 for a higher and 2 for a lower value, of pairs 1 for the rejected answer.

    Raises:
        MissingFileError: There is no log in the directory.
        InputError: No epoch ran to its end.
        LogError: The log is damaged.
    """
    log = LogReader(directory)
    ids, numbers = log.examples.column("id").to_pandas(), {}
    if log.manifest.schema.pieces == "units":
        units = load_units(log)
        evidence, ids, numbers = Evidence(units.dynamics), ids.iloc[units.example], {"unit": units.unit}
    else:
        evidence = Evidence(as_outcomes(log, load_dynamics(log, reading=reading, predictions=True)))
    columns: dict[str, Any] = numbers | {
        name: signal(evidence) for name, signal in SIGNALS.items() if signal.is_recorded(evidence)
    }
    # Of other tasks a number stands for something else than a name of the run's labels.
    labels = log.manifest.provenance.get("labels") if log.manifest.task in _NAMED else None
    columns |= suggest(evidence, np.arange(len(ids)), labels=labels)
    return pd.DataFrame(columns, index=pd.Index(ids, name=INDEX))
