"""The full-text search: which words an example is found by, the index of them, and what a query finds in it.

SQLite's own tokenizer cuts both the texts and the queries, so that the two always agree on what a word is.
"""

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.explorer.prepared.texts import Texts
from dataset_cartography.slices import answer_spans, as_text, kind_of

# Only which example holds a word is kept, neither where it stands nor the texts themselves.
_TABLE = """CREATE VIRTUAL TABLE search USING fts5(
    words, content='', detail=none, tokenize='unicode61 remove_diacritics 2'
)"""
_MOST_WORDS = 1000

# Scripts written without spaces: each of their characters stands for itself.
_SOLID = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Search:
    """The index over the examples' ids, texts and gold answers.

    Args:
        path: As `write_search` writes it.
        places: (rows,) the example on the map of each row of the index.
        examples: How many the map has.
    """

    def __init__(self, path: Path, places: npt.NDArray[np.int32], examples: int) -> None:
        self._places, self._examples = places, examples
        self._lock = threading.Lock()
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._database.execute(
            "SELECT rowid FROM search LIMIT 1"
        )  # opens the file now, not at the first question
        self._cutter = sqlite3.connect(":memory:", check_same_thread=False)
        self._cutter.executescript(f"{_TABLE}; CREATE VIRTUAL TABLE terms USING fts5vocab(search, row)")

    def hits(self, text: str) -> npt.NDArray[np.bool_]:
        """(examples,) which hold every word of the text, each as the beginning of a word of theirs.

        Upper and lower case and accents do not matter; a word of one character must be a whole word.

        Raises:
            InputError: There are too many words, or the index cannot be read.
        """
        found = np.zeros(self._examples, bool)
        try:
            with self._lock:
                words = self._words(text)
                if not words:
                    return ~found if not text.strip() else found
                match = " AND ".join(f'"{word}"' + ("*" if len(word) > 1 else "") for word in words)
                rows = self._database.execute("SELECT rowid FROM search WHERE search MATCH ?", (match,))
                while part := rows.fetchmany(100_000):
                    found[self._places[np.fromiter((row for (row,) in part), np.int64, len(part))]] = True
        except sqlite3.Error as error:
            raise InputError(
                f"The search index cannot be read ({error}): start `datamap view` again."
            ) from error
        return found

    def _words(self, text: str) -> list[str]:
        """The words of a query, as the index has them."""
        self._cutter.execute("INSERT INTO search(search) VALUES ('delete-all')")
        plain = text.encode("utf-8", "replace").decode("utf-8")
        self._cutter.execute("INSERT INTO search(rowid, words) VALUES (1, ?)", (spaced(plain),))
        words = [word for (word,) in self._cutter.execute("SELECT term FROM terms")]
        if len(words) > _MOST_WORDS:
            raise InputError(f"A search can be for {_MOST_WORDS:,} words at most, not for {len(words):,}.")
        return words


def write_search(path: Path, texts: Texts, index: pd.Index, tell: Callable[[float], None]) -> None:
    """Write the index.

    Args:
        path: Where to.
        texts: The examples.
        index: The map's ids.
        tell: Called with the share done.
    """

    def rows() -> Iterator[tuple[int, str]]:
        row = 0
        for places, frame in texts.parts():
            tell(row / len(texts.places))
            for words in _words_of(frame, index[places].tolist()):
                yield row, spaced(words)
                row += 1

    database = sqlite3.connect(path, isolation_level=None)
    try:
        # Nobody reads the file before it is complete, so it needs no journal.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(_TABLE)
        database.execute("BEGIN")
        database.executemany("INSERT INTO search(rowid, words) VALUES (?, ?)", rows())
        database.execute("COMMIT")
    finally:
        database.close()


def spaced(text: str) -> str:
    """Text with its letters composed, and spaces around those of scripts that are written without."""
    return text if text.isascii() else _SOLID.sub(r" \g<0> ", unicodedata.normalize("NFC", text))


def _words_of(frame: pd.DataFrame, ids: Sequence[int | str]) -> Iterator[str]:
    """All that each example can be found by: its id, its texts, and what is right."""
    kind = kind_of(frame.columns)
    texts = [map(as_text, frame[name].tolist()) for name in kind.texts if name in frame.columns]
    columns = [*texts, *(map(_gold_words, frame[name].tolist()) for name in kind.gold)]
    for example_id, *parts in zip(ids, *columns, strict=True):
        yield " ".join([str(example_id), *parts])


def _gold_words(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(text for text, _ in answer_spans(value))
    return as_text(value)
