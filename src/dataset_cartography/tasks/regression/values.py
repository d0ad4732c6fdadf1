"""Targets of any kind -> numbers; and the scale that a model is trained on."""

import logging
from typing import Any, NamedTuple

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Value

from dataset_cartography.dynamics.regression import spread
from dataset_cartography.errors import InputError
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.fingerprint import fingerprint

log = logging.getLogger(__name__)

VALUE_NAMES = ("label", "labels", "score", "target", "value", "rating", "stars", "similarity", "y")
SCALED = "scaled_label"
_SHOWN = 40  # characters of a text that is no number


class Standard(NamedTuple):
    """How targets are brought to the mean 0 and the standard deviation 1 that models are trained on.

    A model's configuration keeps both, as `target_mean` and `target_scale`, so that its answers can be read.
    """

    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_model(cls, model: Any) -> "Standard":
        """What a model's configuration says; a model from elsewhere answers in its targets' own scale."""
        config = model.config
        return cls(float(getattr(config, "target_mean", 0.0)), float(getattr(config, "target_scale", 1.0)))

    @classmethod
    def of_targets(cls, targets: Any) -> "Standard":
        """Mean and standard deviation of targets.

        Raises:
            InputError: All are alike.
        """
        values = np.asarray(targets, np.float64)
        if not (scale := spread(values)):
            raise InputError(
                f"All examples have the target {values[0]:g}: there is nothing to predict. Give data whose targets "
                "differ."
            )
        return cls(float(values.mean()), scale)

    def tell(self, model: Any) -> None:
        """Write both into a model's configuration."""
        model.config.target_mean, model.config.target_scale = self


def read_values(values: pa.ChunkedArray, feature: Any, where: str) -> pa.Array:
    """The numbers of a column: as they are, or written in strings; null, NaN, infinite or "" where a row has none.

    Args:
        values: The column.
        feature: Its type as `datasets` knows it.
        where: What it is, for messages: "column 'label' of the dataset 'x'".

    Raises:
        InputError: The column holds no numbers.
    """
    values = values.combine_chunks()
    kind = values.type
    if isinstance(feature, ClassLabel):
        shown = ", ".join([*map(repr, feature.names[:3]), *(["…"] if len(feature.names) > 3 else [])])
        raise InputError(
            f"{_capital(where)} holds the classes {shown}: a regression needs a "
            "number for each row. Give --task classification, or name the right column with --label_column."
        )
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = pc.utf8_trim_whitespace(values)
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        numbers = [_number(text) for text in texts.to_pylist()]
        bad = next(
            (text for text, number in zip(texts.to_pylist(), numbers, strict=True) if number == "bad"), None
        )
        if bad is not None:
            raise InputError(
                f"{_capital(where)} holds '{bad[:_SHOWN]}', which is no number. Name the right column with "
                "--label_column, or give --task classification."
            )
        values = pa.array(numbers, pa.float64())
    elif not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise InputError(
            f"{_capital(where)} holds values of the type {kind}: a regression needs a number for each row. Name the "
            "right column with --label_column."
        )
    found = values.cast(pa.float64())
    found = pc.if_else(pc.is_finite(found), found, None)
    if found.null_count == len(found):
        raise InputError(
            f"{_capital(where)} has no number in any row, as in test sets whose targets are kept back: choose another "
            "split, or name the right column with --label_column."
        )
    return found


def targets_of(examples: datasets.Dataset) -> Any:
    """The targets of examples, shape (examples,), float64, NaN where there is none."""
    return examples.with_format("arrow")[LABEL][:].to_numpy().astype(np.float64)


def put_value(rows: datasets.Dataset, values: pa.ChunkedArray, feature: Any, where: str) -> datasets.Dataset:
    """Add the column `label`, float64, null where a row has no number; as `classification.rows.PutLabel`."""
    numbers = read_values(values, feature, where)[: len(rows)]
    return _with_column(rows, LABEL, numbers)


def with_scaled(examples: datasets.Dataset, standard: Standard) -> datasets.Dataset:
    """Add what a model is trained on: the column `scaled_label`."""
    values = targets_of(examples)
    rows = examples.remove_columns(SCALED) if SCALED in examples.column_names else examples
    return _with_column(rows, SCALED, pa.array((values - standard.mean) / standard.scale))


def _with_column(rows: datasets.Dataset, name: str, values: pa.Array) -> datasets.Dataset:
    key = fingerprint(rows._fingerprint, name, values.to_numpy(zero_copy_only=False).tobytes())
    return rows.add_column(name, values, feature=Value("float64"), new_fingerprint=key)


def _number(text: str | None) -> Any:
    try:
        return None if text is None else float(text)
    except ValueError:
        return "bad"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
