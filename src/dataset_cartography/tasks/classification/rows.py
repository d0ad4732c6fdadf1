"""Rows of any dataset of labelled texts -> one form: ``id``, the texts, ``label``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Value

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.classification.labels import LABEL, read_labels, with_labels
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.loading import keep_first

PutLabel = Callable[[datasets.Dataset, pa.ChunkedArray, Any, str], datasets.Dataset]
"""Adds `label` to the first rows of a dataset: from its labels in all rows, their type, and words for messages."""

_ROWS_AT_ONCE = 10_000
LABEL_NAMES = ("label", "labels", "gold_label", "intent", "category", "class", "target", "sentiment", "topic")


@dataclass(frozen=True)
class Text:
    """A text that a model reads.

    Attributes:
        name: The column it becomes.
        known_as: What datasets call it; the first that exists counts, in upper or lower case.
    """

    name: str
    known_as: tuple[str, ...]


def normalize(
    raw: datasets.Dataset,
    texts: Sequence[Text],
    options: Options,
    *,
    where: str = "the dataset",
    max_samples: int | None = None,
    label_names: Sequence[str] = LABEL_NAMES,
    put_label: PutLabel | None = None,
) -> datasets.Dataset:
    """Bring rows into one form; every other column is kept as it is.

    - a column for each of `texts`: strings; null becomes empty, numbers become text.
    - ``label``: a `ClassLabel`, see `labels.read_labels`; null where a row has none. Its names are those of
      all rows, not only of the first `max_samples`.
    - ``id``: as `example_ids.give_ids` finds or makes it, from the texts alone: a corrected label keeps its id.

    A column that already bears one of these names, though another was chosen for it, gets a "_" at its end.

    Args:
        raw: Rows as they were read.
        texts: What the task reads.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        where: What the rows are, for messages.
        max_samples: Keep only the first so many rows.
        label_names: What datasets call the label.
        put_label: How the label is read, where it is no class.

    Raises:
        MissingColumnError: No column for a text or for the label.
        InputError: Columns without texts or labels, or unusable ids.
    """
    asked = options.text_columns or (None,) * len(texts)
    sources = {
        text.name: find_column(text.name, text.known_as, name, raw, "--text_column", where)
        for text, name in zip(texts, asked, strict=True)
    }
    sources[LABEL] = find_column(LABEL, label_names, options.label_column, raw, "--label_column", where)
    if len(set(sources.values())) < len(sources):
        raise InputError(
            f"The columns of {where} for {', '.join(sources)} must be different ones, but are "
            f"{', '.join(map(repr, sources.values()))}."
        )
    label = sources.pop(LABEL)
    values = raw.with_format("arrow")[label][:]
    rows = keep_first(renamed(raw.remove_columns(label), sources, [*sources, LABEL]), max_samples)
    rows = (put_label or _put_class)(rows, values, raw.features[label], f"column '{label}' of {where}")
    for name, source in sources.items():
        rows = _as_text(rows, name, f"column '{source}' of {where}")
    return give_ids(rows, content=list(sources), where=where)


def _put_class(rows: datasets.Dataset, values: pa.ChunkedArray, feature: Any, where: str) -> datasets.Dataset:
    labels = read_labels(values, feature, where)
    return with_labels(rows, labels.numbers[: len(rows)], labels.names)


def check_rows(examples: datasets.Dataset, texts: Sequence[Text]) -> Checked:
    """Leave out rows without a label or with an empty text.

    Args:
        examples: As `normalize` returns them.
        texts: What the task reads.

    Raises:
        InputError: No row is left.
    """
    faults: list[str | None] = [None] * len(examples)
    start = 0
    for part in _parts(examples, [LABEL, *(text.name for text in texts)]):
        reasons = [("it has no label", pc.is_null(part.column(LABEL)))]
        for text in texts:
            bare = pc.utf8_trim_whitespace(part.column(text.name))
            reasons.append((f"the {text.name} is empty", pc.equal(bare, "")))
        for reason, faulty in reasons:
            for row in pc.indices_nonzero(faulty).to_pylist():
                known = faults[start + row]
                faults[start + row] = f"{known}; {reason}" if known else reason
        start += len(part)
    return leave_out(examples, faults)


def find_column(
    column: str,
    known_as: Sequence[str],
    asked: str | None,
    raw: datasets.Dataset,
    flag: str,
    where: str,
) -> str:
    """The dataset's name for a column: the one asked for, or the first of the usual ones.

    Args:
        column: What it is for.
        known_as: Its usual names.
        asked: The name that the user gave, if any.
        raw: Rows as they were read.
        flag: The option that names it, for messages.
        where: What the rows are, for messages.

    Raises:
        MissingColumnError: There is no such column.
    """
    if asked is not None:
        if asked not in raw.column_names:
            raise MissingColumnError.of(asked, raw.column_names, where, f"Give {flag} one of these.")
        return asked
    lower: dict[str, str] = {name.lower(): name for name in reversed(raw.column_names)}
    found = next((lower[name] for name in known_as if name in lower), None)
    if found is None:
        raise MissingColumnError.of(
            column, raw.column_names, where, f"Name the one that holds the {column} with {flag}."
        )
    return found


def renamed(rows: datasets.Dataset, sources: dict[str, str], reserved: Sequence[str]) -> datasets.Dataset:
    """Give columns other names, and those that bear one already a "_" at its end.

    Args:
        rows: Rows.
        sources: A column's new name to its old one.
        reserved: Names that no other column keeps.
    """
    names: dict[str, str] = {source: name for name, source in sources.items()}
    taken = {*rows.column_names, *reserved}
    for column in rows.column_names:
        if column in reserved and column not in names:
            free = f"{column}_"
            while free in taken:
                free += "_"
            names[column] = free
            taken.add(free)
    return rows.rename_columns({old: new for old, new in names.items() if old != new})


def _as_text(rows: datasets.Dataset, name: str, where: str) -> datasets.Dataset:
    """A column as strings, null as empty."""
    if rows.features[name] == Value("string") and not rows.data.column(name).null_count:
        return rows
    kind = rows.features.arrow_schema.field(name).type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise InputError(
            f"The {where} holds values of the type {kind}, not texts: name the right column with --text_column."
        )
    parts = [part.column(name).cast(pa.string()).fill_null("") for part in _parts(rows, [name])]
    return rows.remove_columns(name).add_column(
        name,
        pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.string()),
        feature=Value("string"),
        new_fingerprint=fingerprint(rows._fingerprint, "text", name, code_version(__file__)),
    )


def _parts(rows: datasets.Dataset, columns: list[str]) -> Iterator[pa.Table]:
    """Columns of rows a part at a time: texts may fill most of the memory."""
    yield from rows.select_columns(columns).with_format("arrow").iter(_ROWS_AT_ONCE)
