"""Rows of any dataset of texts with several labels -> one form: ``id``, ``text``, ``labels``."""

from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.classification.rows import Text
from dataset_cartography.tasks.classification.rows import normalize as normalize_labelled
from dataset_cartography.tasks.label_lists import as_lists, with_label_lists
from dataset_cartography.tasks.multi_label.labels import read_several

LABELS = "labels"
LABEL_NAMES = ("labels", "label", "tags", "topics", "categories", "classes", "genres", "emotions", "intents")


def normalize(
    raw: datasets.Dataset,
    text: Text,
    options: Options,
    *,
    where: str = "the dataset",
    max_samples: int | None = None,
) -> datasets.Dataset:
    """Bring rows into one form; every other column is kept as it is.

    - the column of the text, and ``id``: as `classification.rows.normalize` has them.
    - ``labels``: lists of a `ClassLabel`, see `labels.read_several`; null where a row has none. Its names are those of
      all rows, not only of the first `max_samples`.

    Args:
        raw: Rows as they were read.
        text: What the model reads.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        where: What the rows are, for messages.
        max_samples: Keep only the first so many rows.

    Raises:
        MissingColumnError: No column for the text or for the labels.
        InputError: Columns without texts or labels, or unusable ids.
    """
    rows = normalize_labelled(
        raw,
        [text],
        options,
        where=where,
        max_samples=max_samples,
        label_names=LABEL_NAMES,
        put_label=_put_labels,
    )
    if LABELS in rows.column_names:  # though another column was chosen
        rows = rows.rename_column(LABELS, f"{LABELS}_")
    return rows.rename_column(LABEL, LABELS)


def _put_labels(
    rows: datasets.Dataset, values: pa.ChunkedArray, feature: Any, where: str
) -> datasets.Dataset:
    names, numbers = read_several(values, feature, where).labels
    return with_label_lists(rows, LABEL, numbers.slice(0, len(rows)), names)


def check_rows(examples: datasets.Dataset, text: Text) -> Checked:
    """Leave out rows with an empty text, without a list of labels, or with a label that is none.

    Raises:
        InputError: No row is left.
    """
    table = examples.select_columns([text.name, LABELS]).with_format("arrow")[:]
    lists = as_lists(table.column(LABELS), LABELS, "")
    bare = pc.equal(pc.utf8_trim_whitespace(table.column(text.name)), "")
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    owner = np.repeat(np.arange(len(lists)), lengths)
    nameless = np.zeros(len(lists), bool)
    nameless[owner[pc.is_null(pc.list_flatten(lists)).to_numpy(zero_copy_only=False)]] = True
    faults: list[str | None] = [None] * len(lists)
    for reason, faulty in (
        ("it has no labels", pc.is_null(lists)),
        ("one of its labels is empty", pa.array(nameless)),
        (f"the {text.name} is empty", bare),
    ):
        for row in pc.indices_nonzero(faulty).to_pylist():
            known = faults[row]
            faults[row] = f"{known}; {reason}" if known else reason
    return leave_out(examples, faults)
