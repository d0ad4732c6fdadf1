"""What was prepared, opened for reading: memory-mapped, so that the server stays small."""

import json
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dataset_cartography.pages import Filter

BATCH = 2048  # rows of a record batch of the texts' file; all but the last have as many
EXAMPLES_FILE, PLACES_FILE = "examples.arrow", "places.npy"
FILTERS_FILE, CODES_FILE = "filters.json", "codes.npy"

# Scripts written without spaces: each of their characters stands for itself.
_SOLID = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SOLID_RUN = re.compile(f"[{_SOLID}]")
_WORD = re.compile(f"[{_SOLID}]|[^\\W_]+")
_MOST_WORDS = 32


class Texts:
    """The examples of a map.

    Args:
        folder: As `prepare` writes it.
        examples: How many the map has.
    """

    def __init__(self, folder: Path, examples: int) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(folder / EXAMPLES_FILE)))
        self.places: npt.NDArray[np.int32] = np.load(folder / PLACES_FILE)
        """(rows,) the example on the map of each row of the file."""
        self._row_of = np.full(examples, -1, np.int32)
        self._row_of[self.places] = np.arange(len(self.places), dtype=np.int32)

    @property
    def labels(self) -> list[str]:
        """The names of the labels; empty where labels have none."""
        schema = self._file.schema
        if "label" not in schema.names or not pa.types.is_dictionary(schema.field("label").type):
            return []
        if not self._file.num_record_batches:
            return []
        dictionary = self._file.get_batch(0).column("label").dictionary
        return [str(name) for name in dictionary.to_pylist()]

    def has(self, index: int) -> bool:
        """Whether the dataset has the example."""
        return bool(self._row_of[index] >= 0)

    def frame(self, indices: Sequence[int], ids: Sequence[int | str]) -> pd.DataFrame:
        """Examples that the dataset has, in the order given; index = id."""
        rows = self._row_of[np.asarray(indices, np.int64)].tolist()
        parts = [self._file.get_batch(row // BATCH).slice(row % BATCH, 1) for row in rows]
        table = pa.Table.from_batches(parts, schema=self._file.schema)
        # Whole numbers stay whole in a column that has gaps.
        frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
        return frame.set_axis(pd.Index(list(ids), dtype=object), axis=0)


class Search:
    """The full-text index over the examples' texts, gold answers and ids.

    Args:
        path: As `prepare` writes it.
        places: (rows,) the example on the map of each row of the index.
        examples: How many the map has.
    """

    def __init__(self, path: Path, places: npt.NDArray[np.int32], examples: int) -> None:
        self._places, self._examples = places, examples
        self._lock = threading.Lock()
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)

    def hits(self, text: str) -> npt.NDArray[np.bool_]:
        """(examples,) which hold every word of the text, each as the beginning of a word of theirs.

        Upper and lower case and accents do not matter; a word of one character must be a whole word.
        """
        found = np.zeros(self._examples, bool)
        words = search_words(text)
        if not words:
            return ~found if not text.strip() else found
        match = " AND ".join(f'"{word}"' + ("*" if len(word) > 1 else "") for word in words)
        with self._lock:
            rows = self._database.execute("SELECT rowid FROM search WHERE search MATCH ?", (match,))
            while part := rows.fetchmany(100_000):
                found[self._places[np.fromiter((row for (row,) in part), np.int64, len(part))]] = True
        return found


def search_words(text: str) -> list[str]:
    """The words of a query, cut as the index cuts its texts."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    return list(dict.fromkeys(words))[:_MOST_WORDS]


def spaced(text: str) -> str:
    """Text with spaces around the characters of scripts that are written without."""
    return text if text.isascii() else _SOLID_RUN.sub(r" \g<0> ", text)


def read_filters(folder: Path) -> list[Filter]:
    """The filters, every example's codes mapped from the disk; -1 where the dataset lacks the example."""
    told: list[dict[str, Any]] = json.loads((folder / FILTERS_FILE).read_text(encoding="utf-8"))
    codes = np.load(folder / CODES_FILE, mmap_mode="r") if told else np.empty((0, 0), np.int16)
    return [
        Filter(one["name"], one["title"], tuple(one["labels"]), row)
        for one, row in zip(told, codes, strict=True)
    ]
