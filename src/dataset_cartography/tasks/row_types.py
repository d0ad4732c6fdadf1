"""Edge (extra: train): one Arrow type a column for rows of JSON whose shapes were never agreed on."""

import json
from typing import Any

import pyarrow as pa

NOT_ONE_TYPE = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)


class RowTypes:
    """The columns of all rows observed, and batches of rows in those types.

    Integers and floats in one column become floats, objects the union of their keys; any other mix becomes
    text: strings stay, the rest is written as JSON.
    """

    def __init__(self) -> None:
        self._types: dict[str, pa.DataType] = {}
        self._text: set[str] = set()

    def observe(self, rows: list[dict[str, Any]]) -> None:
        """Take notice of a batch of rows."""
        for name in dict.fromkeys(name for row in rows for name in row):
            if name in self._text:
                continue
            try:
                found = pa.array([row.get(name) for row in rows]).type
                known = self._types.get(name, pa.null())
                self._types[name] = pa.unify_schemas(
                    [pa.schema([("column", known)]), pa.schema([("column", found)])],
                    promote_options="permissive",
                )[0].type
            except NOT_ONE_TYPE:
                self._text.add(name)
                self._types[name] = pa.string()

    @property
    def schema(self) -> pa.Schema:
        """Column names in order of appearance, with their types; a column of nothing but nulls is text."""
        return pa.schema(
            [(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in self._types.items()]
        )

    def record_batch(self, rows: list[dict[str, Any]]) -> pa.RecordBatch:
        """The rows in the types of `schema`; a key that a row lacks is null."""
        schema = self.schema
        return pa.record_batch(
            [
                pa.array(
                    [
                        _as_text(row.get(field.name)) if field.name in self._text else row.get(field.name)
                        for row in rows
                    ],
                    type=field.type,
                )
                for field in schema
            ],
            schema=schema,
        )


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
