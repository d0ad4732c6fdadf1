"""Rows of any dataset of tagged tokens -> one form: ``id``, ``tokens``, ``tags``."""

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import List, Value

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.classification.rows import find_column, renamed
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.label_lists import as_lists, read_label_lists, with_label_lists, with_values
from dataset_cartography.tasks.loading import keep_first

TOKENS, TAGS = "tokens", "tags"
TOKEN_NAMES = ("tokens", "words")
TAG_NAMES = ("tags", "ner_tags", "labels", "pos_tags", "ner", "label", "token_labels", "iob_tags", "bio_tags")


def normalize(
    raw: datasets.Dataset, options: Options, *, where: str = "the dataset", max_samples: int | None = None
) -> datasets.Dataset:
    """Bring rows into one form; every other column is kept as it is.

    - ``tokens``: lists of strings, from lists, or from texts that spell them as JSON or Python; null where a row has
      none.
    - ``tags``: lists of a `ClassLabel`, see `labels.read_labels`; null for a tag that is none. Its names are those of
      all rows, not only of the first `max_samples`.
    - ``id``: as `example_ids.give_ids` finds or makes it, from the tokens alone: a corrected tag keeps its id.

    A column that already bears one of these names, though another was chosen for it, gets a "_" at its end.

    Args:
        raw: Rows as they were read.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        where: What the rows are, for messages.
        max_samples: Keep only the first so many rows.

    Raises:
        MissingColumnError: No column of tokens or of tags.
        InputError: Columns that hold neither, or unusable ids.
    """
    tokens, tags = find_columns(raw, options, where)
    about = {name: f"column '{name}' of {where}" for name in (tokens, tags)}
    lists = as_lists(raw.with_format("arrow")[tags][:], about[tags], "--label_column")
    labels = read_label_lists(lists, raw.features[tags], about[tags])
    rows = keep_first(renamed(raw.remove_columns(tags), {TOKENS: tokens}, [TOKENS, TAGS]), max_samples)
    rows = with_label_lists(rows, TAGS, labels.numbers.slice(0, len(rows)), labels.names)
    return give_ids(_with_tokens(rows, about[tokens]), content=[TOKENS], where=where)


def find_columns(raw: datasets.Dataset, options: Options, where: str) -> tuple[str, str]:
    """The dataset's names for tokens and tags.

    Raises:
        MissingColumnError: There is no such column.
        InputError: They are one and the same.
    """
    asked = options.text_columns[0] if options.text_columns else None
    tokens = find_column(TOKENS, TOKEN_NAMES, asked, raw, "--text_column", where)
    tags = find_column(TAGS, TAG_NAMES, options.label_column, raw, "--label_column", where)
    if tokens == tags:
        raise InputError(
            f"The columns of {where} for tokens and tags must be different ones, but are both '{tags}'."
        )
    return tokens, tags


def check_rows(examples: datasets.Dataset) -> Checked:
    """Leave out rows without tokens, with another number of tags than tokens, or with a tag that is none.

    Raises:
        InputError: No row is left.
    """
    table = examples.select_columns([TOKENS, TAGS]).with_format("arrow")[:]
    tokens, tags = (as_lists(table.column(name), name, "") for name in (TOKENS, TAGS))
    sizes, tag_sizes = (
        pc.fill_null(pc.list_value_length(lists), -1).to_numpy(zero_copy_only=False)
        for lists in (tokens, tags)
    )
    bare = pc.equal(pc.utf8_trim_whitespace(pc.list_flatten(tokens)), "")
    written = np.bincount(
        _owner(sizes), weights=~bare.to_numpy(zero_copy_only=False), minlength=len(examples)
    )
    # Of each row, the first tag that is none.
    unknown = np.full(len(examples), -1)
    owner, starts = _owner(tag_sizes), np.cumsum(np.maximum(tag_sizes, 0)) - np.maximum(tag_sizes, 0)
    places = np.flatnonzero(pc.is_null(pc.list_flatten(tags)).to_numpy(zero_copy_only=False))[::-1]
    unknown[owner[places]] = places - starts[owner[places]]
    faults: list[str | None] = [None] * len(examples)
    for row in np.flatnonzero((written == 0) | (sizes != tag_sizes) | (unknown >= 0)).tolist():
        if sizes[row] < 0 or tag_sizes[row] < 0:
            faults[row] = f"it has no {'tokens' if sizes[row] < 0 else 'tags'}"
        elif sizes[row] != tag_sizes[row]:
            faults[row] = f"it has {sizes[row]} tokens and {tag_sizes[row]} tags"
        elif written[row] == 0:
            faults[row] = "all its tokens are empty" if sizes[row] else "it has no tokens"
        else:
            faults[row] = f"token {unknown[row]} (counted from 0) has no tag"
    return leave_out(examples, faults)


def _owner(
    sizes: "np.ndarray[tuple[int], np.dtype[np.integer]]",
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.repeat(np.arange(len(sizes)), np.maximum(sizes, 0))


def _with_tokens(rows: datasets.Dataset, where: str) -> datasets.Dataset:
    """The column of tokens as lists of strings; a token that is null is empty."""
    feature = List(Value("string"))
    lists = as_lists(rows.with_format("arrow")[TOKENS][:], where, "--text_column")
    flat = pc.list_flatten(lists)
    if pa.types.is_nested(flat.type) or pa.types.is_binary(flat.type):
        raise InputError(
            f"The {where} holds lists of the type {flat.type}, not of tokens: name the right column with --text_column."
        )
    if rows.features[TOKENS] == feature and not flat.null_count:
        return rows
    column = with_values(lists, flat.cast(pa.string()).fill_null(""))
    key = fingerprint(rows._fingerprint, TOKENS, code_version(__file__))
    return rows.remove_columns(TOKENS).add_column(TOKENS, column, feature=feature, new_fingerprint=key)
