"""Edge (extra: train): the column `id` of examples, taken from the dataset or made from the content."""

import logging
from collections.abc import Sequence
from typing import Any

import datasets

from dataset_cartography import ids as ids_module
from dataset_cartography.ids import as_id_array, check_unique_ids, content_digests, number_repeats
from dataset_cartography.tasks.fingerprint import code_version, fingerprint

log = logging.getLogger(__name__)

ID_COLUMNS = ("id", "example_id", "guid")  # the first that exists counts


def give_ids(rows: datasets.Dataset, *, content: Sequence[str], where: str) -> datasets.Dataset:
    """Give rows the column ``id``: theirs, from ``id``, else ``example_id``, else ``guid``, or a made one.

    Args:
        rows: Examples in their task's one form.
        content: The columns that ids are made from, where there is none (`ids.generate_hash_ids`).
        where: What the rows are, for messages.

    Returns:
        The rows with ``id``, int64 or string; the very same where it is there in that form.

    Raises:
        InputError: The ids are not unique, have gaps, or are neither integers nor strings.
    """
    id_column = next((name for name in ID_COLUMNS if name in rows.column_names), None)
    if id_column is None:
        log.info(
            "example_id not found in inputs: %s has no id column, made stable ids from the content", where
        )
        return _with_ids(rows, _content_ids(rows, list(content)))
    ids = as_id_array(rows[id_column][:])
    check_unique_ids(ids, f"{where} (column '{id_column}')")
    if id_column == "id" and rows.features["id"].dtype in ("int64", "string"):
        return rows
    return _with_ids(rows, ids.tolist())


def _with_ids(rows: datasets.Dataset, ids: list[Any]) -> datasets.Dataset:
    others = rows.remove_columns("id") if "id" in rows.column_names else rows
    return others.add_column("id", ids, new_fingerprint=fingerprint(rows._fingerprint, "with ids"))


def _content_ids(rows: datasets.Dataset, content: list[str]) -> list[str]:
    digests = rows.select_columns(content).map(
        _digest_batch,
        batched=True,
        remove_columns=content,
        new_fingerprint=fingerprint(rows._fingerprint, "ids", content, code_version(ids_module.__file__)),
        desc="Making ids",
    )
    return number_repeats(digests["digest"][:])


def _digest_batch(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {"digest": content_digests(dict(batch))}
