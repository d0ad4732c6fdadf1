"""Of a text that a model shall write: which of its tokens were the least likely, where each was recorded."""

import numpy as np

from dataset_cartography.dynamics import load_units, read_tokens
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

TOKENS = "tokens"
"""Option of a manifest: whether tokens are rows of their own."""
_TOLD = 3
_LONGEST = 20  # characters of a token
_MOST = 2000  # examples that are looked at: beyond, nobody reads reasons


def unlikely_tokens(log: LogReader, rows: Array) -> Array:
    """Name the least likely tokens of some examples.

    Args:
        log: The run's.
        rows: (rows,) positions of the examples asked for, those that matter first.

    Returns:
        (rows,) clauses such as "least likely: 'Paris' (0.01), 'in' (0.04)"; empty where tokens were recorded together.
    """
    clauses = np.full(len(rows), "", dtype=object)
    if not log.manifest.options.get(TOKENS):
        return clauses
    asked = log.ids[rows[:_MOST]].tolist()
    tokens = read_tokens(log.paths.root, asked, units=load_units(log))
    probability = tokens[list(log.epochs)].mean(axis=1)
    told = tokens.assign(probability=probability)[tokens["text"].str.strip() != ""]
    place = {name: row for row, name in enumerate(asked)}
    for name, group in told.groupby("id", sort=False):
        least = group.nsmallest(_TOLD, "probability")
        words = [
            f"'{text.strip()[:_LONGEST]}' ({each:.2f})"
            for text, each in zip(least["text"], least["probability"], strict=True)
        ]
        clauses[place[name]] = f"least likely: {', '.join(words)}"
    return clauses
