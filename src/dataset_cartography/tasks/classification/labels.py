"""Labels of any kind -> names and their numbers."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.models import label_names, written_names

log = logging.getLogger(__name__)

LABEL = "label"
NO_LABEL = ("", "-")  # SNLI's own files have "-" where its annotators did not agree
MOST_NUMBERS = 10_000  # a number beyond is no label: each up to the largest gets a place in the model
SHOWN = 10


class Labels(NamedTuple):
    """A column of labels.

    Attributes:
        names: In the order of their numbers.
        numbers: (rows,) int64; null where a row has no label.
    """

    names: list[str]
    numbers: pa.Array


def read_labels(values: pa.ChunkedArray, feature: Any, where: str) -> Labels:
    """Number the labels of a column.

    - A `ClassLabel` keeps its names and numbers.
    - Whole numbers, also as floats or in strings, are kept; their names are "0", "1", … up to the largest.
    - Other strings are numbered in the order of their sorted names, white space around them dropped; truth
      values as "False", "True".

    A row without a label is one with null, an empty string, "-", or -1, as SNLI and test sets have it. Of whole
    numbers -1 means that only if it is the one negative number, and beside none or two and more others: -1 and 1
    are a pair of labels that must be told apart, and are refused.

    Args:
        values: The column.
        feature: Its type as `datasets` knows it.
        where: What it is, for messages: "column 'label' of the dataset 'x'".

    Raises:
        InputError: The column holds no labels: lists, fractions, negative numbers, numbers beyond `MOST_NUMBERS`,
            nothing.
    """
    values = values.combine_chunks()
    kind = values.type
    names: list[str] | None = list(feature.names) if isinstance(feature, ClassLabel) else None
    if pa.types.is_boolean(kind):
        names = ["False", "True"]
        values = values.cast(pa.int64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.is_in(texts, pa.array(NO_LABEL, kind)), None, texts)
        if not _all_true(pc.match_substring_regex(values, r"^[0-9]{1,9}$")):
            names = sorted(pc.unique(values.drop_null()).to_pylist())
            values = pc.index_in(values, pa.array(names, kind))
    elif pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), None, values)
        if not _all_true(pc.equal(values, pc.floor(values))):
            raise InputError(
                f"{_capital(where)} holds fractions: classification needs one of a few labels for each row. "
                "Name the right column with --label_column."
            )
    elif not pa.types.is_integer(kind) and not pa.types.is_null(kind):
        raise InputError(
            f"{_capital(where)} holds values of the type {kind}: classification needs one label for each row, "
            "a string or a whole number. Name the right column with --label_column."
        )
    numbers = values.cast(pa.int64())
    if names is None:
        _refuse_negative(numbers, where)
    numbers = pc.if_else(pc.less(numbers, 0), None, numbers)
    if numbers.null_count == len(numbers):
        raise InputError(
            f"{_capital(where)} has no label in any row, as in test sets whose labels are kept back: choose "
            "another split, or name the right column with --label_column."
        )
    if names is None:
        largest = pc.max(numbers).as_py()
        if largest > MOST_NUMBERS:
            raise InputError(
                f"{_capital(where)} holds numbers up to {largest}, which are no labels: those are counted from "
                "0. Name the right column with --label_column."
            )
        names = _numbered(largest + 1)
    return Labels(names, numbers)


def _refuse_negative(numbers: pa.Array, where: str) -> None:
    distinct = sorted(pc.unique(numbers.drop_null()).to_pylist())
    negative = [number for number in distinct if number < 0]
    if not negative or (negative == [-1] and len(distinct) != 2):
        return
    found = ", ".join(map(str, distinct[:SHOWN])) + (", …" if len(distinct) > SHOWN else "")
    raise InputError(
        f"{_capital(where)} holds the numbers {found}: labels are counted from 0, and only a -1 beside two or more of "
        "them means that a row has none. Number the labels from 0, or give them names."
    )


def fit_labels(examples: datasets.Dataset, model: Any) -> datasets.Dataset:
    """Give the labels of examples the numbers that a model has for their names.

    Names that are mere numbers, on one of the two sides, stand for positions.

    Args:
        examples: With a column `label`, a `ClassLabel`.
        model: A classifier.

    Returns:
        The examples with the model's names; the very same if these are theirs already.

    Raises:
        InputError: The examples have labels that the model does not know.
    """
    numbers = examples.with_format("numpy")[LABEL][:]
    matched = match_names(examples.features[LABEL].names, np.unique(numbers).tolist(), model)
    if matched is None:
        return examples
    return with_labels(examples.remove_columns(LABEL), pa.array(matched.places[numbers]), matched.names)


class Matched(NamedTuple):
    """How a model numbers labels.

    Attributes:
        names: All that it knows, in its order.
        places: (names of the examples,) the model's number of each; -1 where it has none.
    """

    names: list[str]
    places: npt.NDArray[np.integer]


def match_names(own: list[str], present: Sequence[int], model: Any) -> Matched | None:
    """Find the numbers that a model has for labels, as `fit_labels` says.

    Args:
        own: Names of the examples' labels, in the order of their numbers.
        present: Numbers of those that the examples have, ascending.
        model: A model with labels.

    Returns:
        None where the model numbers them alike.

    Raises:
        InputError: A label that is present is unknown to the model.
    """
    written, named = written_names(model.config), label_names(model.config)
    known = named or _numbered(model.config.num_labels)
    if own in (known, written):
        return None
    # Also data may call its labels LABEL_1 and LABEL_2.
    if all(own[number] in written for number in present):
        known = written
    place = {name: number for number, name in enumerate(known)}
    if all(own[number] in place for number in present):
        return Matched(known, np.array([place.get(name, -1) for name in own]))
    if present[-1] < len(known) and (own == _numbered(len(own)) or known == _numbered(len(known))):
        log.info(
            "Labels are taken by position, as one side has mere numbers: %s", _pairs(own, known, present)
        )
        return Matched(known, np.arange(len(own)))
    strange = [own[number] for number in present if own[number] not in place]
    raise InputError(
        f"The labels do not fit the model's: it does not know {_shown(strange)}, but {_shown(known)}. Train on "
        "data with all labels, or evaluate a model that was trained on these."
    )


def with_labels(rows: datasets.Dataset, numbers: pa.Array, names: list[str]) -> datasets.Dataset:
    """Add the column `label` to rows.

    Args:
        rows: Rows without it.
        numbers: (rows,) integers, null where there is none.
        names: In the order of their numbers.
    """
    return rows.add_column(
        LABEL,
        numbers,
        feature=ClassLabel(names=names),
        new_fingerprint=fingerprint(rows._fingerprint, "labels", names, numbers.to_numpy(False).tobytes()),
    )


def _numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _pairs(own: Sequence[str], known: Sequence[str], present: Sequence[int]) -> str:
    more = ", …" if len(present) > SHOWN else ""
    return ", ".join(f"'{own[number]}' is '{known[number]}'" for number in present[:SHOWN]) + more


def _all_true(flags: pa.Array) -> bool:
    """Whether every flag is true, unknown ones aside; also where there is none."""
    return pc.all(flags).as_py() is not False


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + more
