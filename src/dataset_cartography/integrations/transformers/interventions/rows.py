"""Which example each row of a trainer's training data is, and what a map says of it."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array
from dataset_cartography.integrations.transformers.examples import as_table, find_id_column, is_stream
from dataset_cartography.selection import located

logger = logging.getLogger(__name__)


def row_ids(trainer: Trainer, id_column: str | None, what: str) -> NDArray[Any]:
    """Read the id of each row of a trainer's training data.

    Args:
        trainer: The trainer.
        id_column: The column of ids; None for the first of the usual names.
        what: Who asks, for the message ("weigh_loss").

    Returns:
        (rows,) ids; the windows of one example have one id.

    Raises:
        InputError: There is no training data, or it is a stream.
        MissingColumnError: It has no ids.
    """
    dataset = trainer.train_dataset
    if dataset is None or is_stream(dataset):
        has = (
            "none"
            if dataset is None
            else f"a stream ({type(dataset).__name__}), whose examples come as they will"
        )
        raise InputError(f"{what} needs a trainer with a train_dataset of rows; this one has {has}.")
    table = as_table(dataset, id_column, ())
    name = find_id_column(list(table.column_names), id_column)
    return as_id_array(table.with_format(None)[name][:])


def values_of_rows(
    values: "pd.Series[Any] | Mapping[Any, float]", ids: NDArray[Any], neutral: float, what: str, default: str
) -> NDArray[np.float64]:
    """Give each row its example's value.

    Args:
        values: By id.
        ids: (rows,) each row's.
        neutral: For an example without a value, or with a missing one; how many there are is logged.
        what: What the values are, for messages ("weight").
        default: What is done with an example without one, for messages ("count 1").

    Returns:
        (rows,) values.

    Raises:
        InputError: An id is there twice, no example has a value, or a value is infinite.
    """
    series = values if isinstance(values, pd.Series) else pd.Series(values, dtype=np.float64)
    if not series.index.is_unique:
        again = series.index[series.index.duplicated()].tolist()[0]
        raise InputError(f"The {what}s have the id {again!r} more than once.")
    examples, codes = np.unique(ids, return_inverse=True)
    places = located(series.index, examples.tolist(), "of the training data", f"among those with a {what}")
    given = np.append(series.to_numpy(dtype=np.float64, na_value=np.nan), np.nan)[places]
    if np.isinf(given).any():
        raise InputError(f"A {what} must be a finite number, but one is infinite.")
    missing = np.isnan(given)
    if missing.any():
        logger.warning(
            "%s of the %s training examples have no %s, and %s.",
            f"{missing.sum():,}",
            f"{len(examples):,}",
            what,
            default,
        )
    filled: NDArray[np.float64] = np.where(missing, neutral, given)[codes]
    return filled
