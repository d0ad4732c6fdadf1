"""Which examples of a map an expression over its columns holds of."""

from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.expressions import Expression, Truth, Values, shown

_GRAMMAR = (
    "it compares columns of the map with numbers and 'texts' by <, <=, >, >=, ==, != or in, joined by `and`, `or`, "
    "`not`, such as category != 'ambiguous' and confidence < 0.9"
)


def truth_of(df: pd.DataFrame, expression: str) -> Truth:
    """Say of which examples an expression over the map's columns holds.

    Columns are compared with each other, with numbers, with quoted texts and with True and False: by <, <=, >, >=, ==
    and !=, texts by == and != alone, and by `in` with a list of values. Comparisons are joined by `and`, `or` and
    `not`; a column of true and false stands for itself. The index goes by its name. It is parsed and never run as
    code.

    A comparison with a missing value neither holds nor fails, `!=` included, nor does its `not`.

    Args:
        df: The map: a row per example.
        expression: Such as "category != 'ambiguous' and not (never_learned or confidence < 0.1)".

    Returns:
        For the map's rows, where it holds and where it fails; neither, where a missing value leaves it open.

    Raises:
        InputError: It is no such expression, or compares what cannot be compared.
        MissingColumnError: It names a column that the map does not have.
    """
    parsed = Expression.parse(expression, what="expression", grammar=_GRAMMAR)
    have = {str(name): df[name] for name in df.columns}
    if df.index.name is not None:
        have.setdefault(str(df.index.name), df.index.to_series())
    if unknown := [name for name in parsed.names if name not in have]:
        hint = f"It is named in {shown(expression)}."
        raise MissingColumnError.of(unknown[0], list(have), "the map", hint)
    return parsed.truth({name: _values_of(have[name]) for name in parsed.names})


def _values_of(column: "pd.Series[Any]") -> Values:
    missing = column.isna().to_numpy(dtype=bool)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(column.dtype):
        return Values(column.to_numpy(dtype=bool, na_value=False), missing, "truth")
    if pd.api.types.is_numeric_dtype(column.dtype):
        whole = pd.api.types.is_integer_dtype(
            column.dtype
        )  # as float, large ids would lose their last digits
        wide = np.uint64 if pd.api.types.is_unsigned_integer_dtype(column.dtype) else np.int64
        values = (
            column.to_numpy(dtype=wide, na_value=0) if whole else column.to_numpy(np.float64, na_value=np.nan)
        )
        return Values(values, missing, "number")
    texts = column.astype(object).where(~missing, "").map(str)
    return Values(texts.to_numpy(dtype=object), missing, "text")
