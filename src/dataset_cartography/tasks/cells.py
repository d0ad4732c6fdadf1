"""What one cell of a dataset holds: CSV and some JSON spell lists, objects and texts in several ways."""

import ast
import json
from typing import Any


def spelled(cell: Any) -> Any:
    """The object or list that a text cell spells, as JSON or as Python; any other cell as it is."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("{", "["):
        return cell
    for read in (json.loads, ast.literal_eval):
        try:
            return read(cell.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return cell


def as_text(value: Any) -> str:
    """A value as text: none is empty, what is no text is written as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
