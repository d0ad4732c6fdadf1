"""Edge (extra: train): CoNLL's columns: a token a line, its tag last, a blank line after each sentence."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

SUFFIXES = (".conll", ".txt", ".bio", ".iob", ".iob2", ".annotated")
DOCUMENT = "-DOCSTART-"
_SPACES = re.compile(" +")


def read_conll(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read sentences: `tokens`, from the first column, and `tags`, from the last; a tag that is missing is empty.

    Columns are parted by a tab, or in lines without one by spaces. Lines that begin a document (-DOCSTART-) are
    skipped.

    Args:
        lines: Of the file.
    """
    tokens: list[str] = []
    tags: list[str] = []
    for line in lines:
        text = line.rstrip("\r\n")
        if not text.strip():
            if tokens:
                yield {"tokens": tokens, "tags": tags}
                tokens, tags = [], []
            continue
        cells = text.split("\t") if "\t" in text else _SPACES.split(text.strip(" "))
        if cells[0] == DOCUMENT:
            continue
        tokens.append(cells[0].strip())
        tags.append(cells[-1].strip() if len(cells) > 1 else "")
    if tokens:
        yield {"tokens": tokens, "tags": tags}
