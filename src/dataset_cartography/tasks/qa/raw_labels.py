"""The answers of a question-answering dataset, as its user wrote them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import datasets
import pyarrow as pa

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.pages import NO_ANSWER
from dataset_cartography.tasks.cells import spelled
from dataset_cartography.tasks.qa.checks import check_row, occurrences
from dataset_cartography.tasks.qa.rows import ANSWER_COLUMNS, NO_OFFSET, Answers, normalize_batch
from dataset_cartography.tasks.raw_labels import UnreadableLabelError, with_cells

_START, _IMPOSSIBLE = "answer_start", "is_impossible"
_UNSET = object()


class _Spelling(NamedTuple):
    """One way to write an answer: the cell of the answers, and that of `answer_start` if it has a say."""

    cell: Any
    start: Any = _UNSET


class AnswerLabels:
    """The gold answers of questions, in whatever way the dataset writes them; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        where: What they are, for messages.

    Raises:
        MissingColumnError: There are no answers.
    """

    def __init__(self, raw: datasets.Dataset, *, where: str) -> None:
        found = next((name for name in ANSWER_COLUMNS if name in raw.column_names), None)
        if found is None:
            hint = "Question answering needs 'question', 'context' and 'answers'."
            raise MissingColumnError.of("answers", raw.column_names, where, hint)
        self._raw, self._column = raw, found
        self._types = {field.name: field.type for field in raw.features.arrow_schema}
        names = ("question", "context", found, _START, _IMPOSSIBLE)
        self._rows = raw.select_columns([name for name in names if name in raw.column_names])

    def at(self, row: int) -> Answers | None:
        """The answers of a row, as a run reads them: with repaired offsets; empty if it is unanswerable."""
        return self._answers(self._rows[row])

    def read(self, row: int, text: str) -> Answers:
        """An answer by its text, or by its characters as `[start, end]`, or `NO_ANSWER`.

        Of several places the one nearest to the first answer of before counts.

        Raises:
            UnreadableLabelError: The text is not in the context, or nothing says which of several places is meant.
        """
        cells = self._rows[row]
        context = cells["context"] or ""
        answer = text.strip()
        if answer == NO_ANSWER:
            new: Answers = {"text": [], "answer_start": []}
        else:
            start, end = self._place(context, answer, self._answers(cells))
            new = {"text": [context[start:end]], "answer_start": [start]}
        if self._spelling(cells, new) is None:
            raise UnreadableLabelError(
                f"cannot be written in column '{self._column}', which has no room for it"
            )
        return new

    def written(self, labels: Mapping[int, Answers]) -> datasets.Dataset:
        """The rows with other answers; the columns `answer_start` and `is_impossible` follow, where they exist."""
        changed: dict[str, dict[int, Any]] = {self._column: {}, _START: {}, _IMPOSSIBLE: {}}
        for row, answers in labels.items():
            cells = self._rows[row]
            spelling = self._spelling(cells, answers)
            if spelling is None:
                raise ValueError(f"row {row} cannot say {answers}")
            changed[self._column][row] = spelling.cell
            if spelling.start is not _UNSET:
                changed[_START][row] = spelling.start
            if _IMPOSSIBLE in cells:
                changed[_IMPOSSIBLE][row] = _fitting(self._types[_IMPOSSIBLE], not answers["text"])
        rows = self._raw
        for column, cells_of in changed.items():
            rows = with_cells(rows, column, cells_of)
        return rows

    def _answers(self, cells: dict[str, Any]) -> Answers:
        batch = {name: [cell] for name, cell in cells.items()}
        read = normalize_batch(batch, self._column)
        given: Answers = read["answers"][0]
        answers, fault, _ = check_row("?", read["context"][0], given)
        return given if fault else answers

    def _place(self, context: str, answer: str, before: Answers) -> tuple[int, int]:
        places = occurrences(context, answer)
        offsets = _offsets(answer)
        if offsets and places:
            raise UnreadableLabelError(
                "stands in the context, but could be meant as offsets; give its own offsets"
            )
        if offsets:
            return _span(context, *offsets)
        if not places:
            raise UnreadableLabelError("does not stand in the context")
        old = before["answer_start"][0] if before["text"] else NO_OFFSET
        if len(places) > 1 and old == NO_OFFSET:
            raise UnreadableLabelError(f"stands in the context {len(places)} times; give [start, end]")
        start = min(places, key=lambda place: abs(place - old))
        return start, start + len(answer)

    def _spelling(self, cells: dict[str, Any], answers: Answers) -> _Spelling | None:
        """The first way to write answers from which they can be read back."""
        text = answers["text"][0] if answers["text"] else None
        start = answers["answer_start"][0] if answers["answer_start"] else None
        for spelling in self._spellings(cells, text, start):
            if not _fits(self._types[self._column], spelling.cell):
                continue
            tried = {**cells, self._column: spelling.cell}
            if spelling.start is not _UNSET:
                tried[_START] = spelling.start
            if _IMPOSSIBLE in cells:
                tried[_IMPOSSIBLE] = text is None
            if self._answers(tried) == answers:
                return spelling
        return None

    def _spellings(self, cells: dict[str, Any], text: str | None, start: int | None) -> Iterator[_Spelling]:
        """Ways to write an answer, or none, in the order of preference: as before, then more explicit."""
        kind = self._types[self._column]
        if not _is_text(kind):
            yield from self._typed(_as_type(kind, text, start), start)
            return
        before = spelled(cells[self._column])
        if isinstance(before, dict | list):
            yield _Spelling(json.dumps(_as_before(before, text, start), ensure_ascii=False))
        else:
            yield from self._typed(text or "", start)
        yield _Spelling(json.dumps(_lists(text, start), ensure_ascii=False))

    def _typed(self, cell: Any, start: int | None) -> Iterator[_Spelling]:
        yield _Spelling(cell)
        if _START in self._types:
            kind = self._types[_START]
            listed = [] if start is None else [start]
            yield _Spelling(cell, listed if _is_list(kind) else _fitting(kind, start))


def _lists(text: str | None, start: int | None) -> dict[str, list[Any]]:
    return {"text": [], "answer_start": []} if text is None else {"text": [text], "answer_start": [start]}


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _fits(kind: pa.DataType, cell: Any) -> bool:
    try:
        pa.array([cell], type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return False
    return True


def _fitting(kind: pa.DataType, value: Any) -> Any:
    """A number or a truth value for a cell of an Arrow type."""
    if _is_text(kind):
        return "" if value is None else str(value)
    return value if value is None or pa.types.is_boolean(kind) else int(value)


def _as_type(kind: pa.DataType, text: str | None, start: int | None) -> Any:
    """An answer as a cell of an Arrow type: objects of lists or of single values, lists of objects or of texts."""
    if pa.types.is_struct(kind):
        known = {"text": text, "answer_start": start}
        return {field.name: _field(field.type, known.get(field.name)) for field in kind}
    if text is None:
        return []
    return [_as_type(kind.value_type, text, start) if pa.types.is_struct(kind.value_type) else text]


def _field(kind: pa.DataType, value: Any) -> Any:
    if _is_list(kind):
        return [] if value is None else [_field(kind.value_type, value)]
    return value if isinstance(value, str) else _fitting(kind, value)


def _as_before(before: Any, text: str | None, start: int | None) -> Any:
    """An answer in the form of a spelled cell."""
    if isinstance(before, list):
        if text is None:
            return []
        return (
            [{"text": text, "answer_start": start}] if not before or isinstance(before[0], dict) else [text]
        )
    if isinstance(before.get("text", []), list):
        return _lists(text, start)
    return {"text": text or "", "answer_start": start}


def _offsets(text: str) -> tuple[int, int] | None:
    """The two numbers of `[start, end]`, if a text is that."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value):
        return value[0], value[1]
    return None


def _span(context: str, start: int, end: int) -> tuple[int, int]:
    """Characters of the context, without the white space around them."""
    if not 0 <= start < end <= len(context):
        raise UnreadableLabelError(f"is not inside the context of {len(context)} characters")
    span = context[start:end]
    if not span.strip():
        raise UnreadableLabelError("is white space")
    return start + len(span) - len(span.lstrip()), end - (len(span) - len(span.rstrip()))
