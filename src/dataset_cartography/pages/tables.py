"""Tables as CSV for spreadsheets, which run what looks like a formula."""

import csv
import re
from pathlib import Path
from typing import Literal

import pandas as pd

# What a spreadsheet would run, also full-width.
_FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def write_table(table: pd.DataFrame, path: Path, *, index: bool = True) -> None:
    """Write a table as UTF-8 CSV; text that a spreadsheet would take for a formula gets an apostrophe."""
    safe = table.reset_index() if index else table.copy()
    safe.columns = pd.Index([neutral(str(name)) for name in safe.columns])
    returns = False  # readers take a bare carriage return for the end of a line, and pandas does not quote it
    for place, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            cells = [neutral(value) if isinstance(value, str) else value for value in safe.iloc[:, place]]
            returns = returns or any(isinstance(cell, str) and "\r" in cell for cell in cells)
            column = pd.Series(cells, dtype="object", index=safe.index)
            safe.isetitem(place, column)  # type: ignore[arg-type]  # the stubs forget Series
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    safe.to_csv(path, index=False, encoding="utf-8", errors="replace", quoting=quoting)


def neutral(text: str) -> str:
    """The text with an apostrophe before a sign that would make a spreadsheet run it."""
    return f"'{text}" if _FORMULA.match(text) else text
