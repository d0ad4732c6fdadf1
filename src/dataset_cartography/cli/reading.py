"""Options that say how a log is read, and the `Reading` that they make."""

import argparse
from dataclasses import fields
from typing import Any

from dataset_cartography.dynamics import Reading
from dataset_cartography.dynamics.reading import PROBABLE_ERROR

OPTIONS: dict[str, dict[str, Any]] = {
    "probability": {"help": "product, geometric or mean (question answering; default: product)"},
    "answers": {"help": "all gold answers, or the first (question answering; default: all)"},
    "windows": {"help": "max, mean or shared_norm (question answering; default: max)"},
    "pooling": {
        "help": "what an example's probability is of those of its tags, labels or tokens: geometric, min, product or "
        "mean (default: min; of sequences geometric)"
    },
    "right": {
        "help": "when an example counts as correct: all of its tags or labels are, or their share (default: all; of "
        "sequences the share)"
    },
    "scale": {
        "type": float,
        "help": "regression: σ, the error that is large for this target (default: the targets' standard deviation)",
    },
    "tolerance": {
        "type": float,
        "help": "regression: a prediction is correct within so many σ, where its gold probability is 1/2 (default: "
        f"{PROBABLE_ERROR:g})",
    },
}
"""The fields of `Reading` that have an option of their name; left out, the field's own default holds."""


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each way to read a log."""
    for name, told in OPTIONS.items():
        parser.add_argument(f"--{name}", **told)


def reading_of(arguments: argparse.Namespace) -> Reading:
    """The reading that the options ask for.

    Raises:
        InputError: A value is none of a field's.
    """
    given = {field.name: getattr(arguments, field.name, None) for field in fields(Reading)}
    return Reading(**{name: value for name, value in given.items() if value is not None})
