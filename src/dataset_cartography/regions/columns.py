"""Reading the columns of a map, with sentences for what is missing."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset_cartography.errors import InputError, MissingColumnError


def category_of(df: pd.DataFrame) -> NDArray[np.object_]:
    """Read the column "category" as (examples,) text, empty where missing.

    Raises:
        MissingColumnError: The map was not categorized.
    """
    column = _column(df, "category", "Call categorize_examples(df) first.")
    return column.to_numpy(dtype=np.object_, na_value="")


def numbers_of(df: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Read a numeric column as (examples,) float64, NaN where missing.

    Raises:
        MissingColumnError: The map has no such column.
        InputError: It does not hold numbers.
    """
    column = _column(df, name, "Load the map with load_cartography_metrics(cartography_dir).")
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"Column '{name}' of the map must hold numbers; {error}.") from error


def _column(df: pd.DataFrame, name: str, hint: str) -> "pd.Series[Any]":
    if name not in df.columns:
        raise MissingColumnError.of(name, [str(column) for column in df.columns], "the map", hint)
    return df[name]
