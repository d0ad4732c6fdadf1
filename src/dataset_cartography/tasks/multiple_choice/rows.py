"""Rows of any multiple-choice dataset -> one form: ``id``, ``context``, ``question``, ``choices``, ``label``."""

import logging
from collections import Counter
from typing import Any

import datasets
import pyarrow.compute as pc
from datasets import Features, List, Value

from dataset_cartography.tasks import cells
from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.loading import keep_first
from dataset_cartography.tasks.multiple_choice import labels as labels_module
from dataset_cartography.tasks.multiple_choice.columns import Columns, find_columns
from dataset_cartography.tasks.multiple_choice.labels import FROM_ZERO, NONE, choose_reading, read_label

log = logging.getLogger(__name__)

FORM = {
    "context": Value("string"),
    "question": Value("string"),
    "choices": List(Value("string")),
    "label": Value("int64"),
}
FAULT = "why_left_out"
LOOKED_AT = 2000  # rows, spread over the dataset, that decide how labels are read
COPA = {"cause": "What was the cause of this?", "effect": "What happened as a result?"}
RACE = {"article", "options", "example_id"}

Choices = tuple[list[str], list[str] | None]


def read_rows(
    raw: datasets.Dataset, *, max_samples: int | None = None, where: str = "the dataset"
) -> Checked:
    """Bring rows into one form and leave out faulty ones; columns that are not read are kept as they are.

    - ``id``: as `example_ids.give_ids` finds or makes it, from the texts alone: a corrected label keeps its
      id. RACE's ``example_id``, which the questions on an article share, becomes ``article_id``.
    - ``context``, ``question``: strings, either of them empty where there is none. SWAG's ``sent2`` is a question:
      the words that every ending begins with. COPA's "cause" and "effect" are written out.
    - ``choices``: list of strings, from one column of lists, of ``{"text": […], "label": […]}``, of
      ``{"A": …, "B": …}``, of lists of ``{"text", "label"}``, of any of these as JSON or a Python literal; or
      from one column each (``ending0`` …). Empty ones at the end of the latter do not count.
    - ``label``: the right choice's position, from 0, however the dataset writes it (`labels.READINGS`).

    Faulty is a row with fewer than two choices, an empty one, nothing to read beside them, or a label that
    means none of them. So is one whose number of choices is not the commonest: models take a softmax over
    all choices in a batch, in which a made-up one would take part.

    Args:
        raw: Rows as they were read.
        max_samples: Keep only the first this many rows; how labels are written is still learnt from all.
        where: What the rows are, for messages.

    Raises:
        MissingColumnError: No choices, no label, or neither question nor context.
        InputError: The ids are not unique, have gaps, or are neither integers nor strings; or no row is left.
    """
    if set(raw.column_names) >= RACE and "id" not in raw.column_names:
        raw = raw.rename_column("example_id", "article_id")
    columns = find_columns(raw.column_names, where)
    reading = label_reading(raw, columns)
    if reading != FROM_ZERO:
        log.info("The labels of %s ('%s') are read as %s", where, columns.label, reading)
    rows = keep_first(raw, max_samples)
    others = {name: kind for name, kind in raw.features.items() if name not in {*columns.all, *FORM}}
    read = rows.map(
        _read_batch,
        batched=True,
        fn_kwargs={"columns": columns, "reading": reading},
        remove_columns=[name for name in raw.column_names if name not in others],
        features=Features({**others, **FORM, FAULT: Value("string")}),
        new_fingerprint=fingerprint(
            rows._fingerprint,
            columns,
            reading,
            code_version(__file__, cells.__file__, labels_module.__file__),
        ),
        desc="Reading rows",
    )
    lengths = pc.list_value_length(read.data.table["choices"]).to_pylist()
    faults = _other_numbers(read[FAULT][:], lengths)
    examples = give_ids(read.remove_columns(FAULT), content=("context", "question", "choices"), where=where)
    return leave_out(examples, faults)


def label_reading(raw: datasets.Dataset, columns: Columns) -> str:
    """How the labels of a dataset are written: one of `labels.READINGS`, learnt from rows all over it."""
    some = raw.select(range(0, len(raw), 1 + len(raw) // LOOKED_AT)).select_columns(columns.all)
    rows = [(row[columns.label], *read_choices(row, columns)) for row in some]
    return choose_reading(rows, numbered_from_one=(columns.names or [""])[0] == "1")


def _read_batch(batch: dict[str, list[Any]], columns: Columns, reading: str) -> dict[str, list[Any]]:
    read: dict[str, list[Any]] = {name: [] for name in (*FORM, FAULT)}
    for values in zip(*(batch[name] for name in columns.all), strict=True):
        row = dict(zip(columns.all, values, strict=True))
        context = as_text(row[columns.context]) if columns.context else ""
        question = as_text(row[columns.question]) if columns.question else ""
        if columns.context == "premise":
            question = COPA.get(question, question)
        choices, names = read_choices(row, columns)
        label = read_label(row[columns.label], reading, choices, names)
        read["context"].append(context)
        read["question"].append(question)
        read["choices"].append(choices)
        read["label"].append(label)
        read[FAULT].append(_fault(context, question, choices, label, row[columns.label]))
    return read


def _fault(context: str, question: str, choices: list[str], label: int, given: Any) -> str | None:
    empty = [str(position) for position, choice in enumerate(choices) if not choice.strip()]
    if len(choices) < 2:
        return f"it has {len(choices)} choices, and needs 2" if choices else "it has no choices"
    if empty:
        return f"choice {', '.join(empty)} (counted from 0) is empty"
    if not (context.strip() or question.strip()):
        return "the context and the question are empty"
    if label == NONE:
        return f"the label {_shown(given)} means none of the {len(choices)} choices"
    return None


def _other_numbers(faults: list[str | None], numbers: list[int]) -> list[str | None]:
    """Add the fault of another number of choices than most examples have."""
    sound = Counter(number for number, fault in zip(numbers, faults, strict=True) if not fault)
    if len(sound) < 2:
        return faults
    most = max(sound, key=lambda number: (sound[number], number))
    return [
        fault or (None if number == most else f"it has {number} choices, where most examples have {most}")
        for number, fault in zip(numbers, faults, strict=True)
    ]


def read_choices(row: dict[str, Any], columns: Columns) -> Choices:
    """A row's choices, and what the dataset calls them."""
    if len(columns.choices) > 1:
        texts = [as_text(row[name]) for name in columns.choices]
        while texts and not texts[-1].strip():
            texts.pop()
        names = columns.names or []
        return texts, names[: len(texts)] if names[:1] == ["A"] else None
    cell = spelled(row[columns.choices[0]])
    if isinstance(cell, dict) and isinstance(cell.get("text"), list):
        return _named(cell["text"], cell.get("label"))
    if isinstance(cell, dict):
        named = {name: text for name, text in cell.items() if text is not None}
        return _named(list(named.values()), list(named))
    if isinstance(cell, list) and cell and all(isinstance(item, dict) and "text" in item for item in cell):
        return _named([item["text"] for item in cell], [item.get("label") for item in cell])
    return _named(cell if isinstance(cell, list) else [], None)


def _named(texts: list[Any], names: Any) -> Choices:
    whole = isinstance(names, list) and len(names) == len(texts) and None not in names
    return [as_text(text) for text in texts], [str(name).strip() for name in names] if whole else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
