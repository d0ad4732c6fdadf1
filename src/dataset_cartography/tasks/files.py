"""Edge (extra: train): one local file of rows -> a `datasets.Dataset` on disk, values and ids as written.

The `json` and `csv` builders of `datasets` are not used: they guess types, so that "007" turns into 7 and a
text that looks like a date into a timestamp, and their errors name no line.
"""

import gzip
import json
import re
import uuid
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_cartography.errors import CartographyError, InputError, OutputNotWritableError
from dataset_cartography.tasks import conll, row_types
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.hub import first_line
from dataset_cartography.tasks.row_types import RowTypes

Row = dict[str, Any]
SUFFIXES = (".json", ".jsonl", ".csv", ".tsv", ".parquet", ".conll", ".txt")
BATCH = 1000  # rows held as Python objects at a time
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
CANONICAL_INTEGER = r"(?:0|-?[1-9]\d{0,17})"  # reads back as it was written, and fits 64 bits


def layout(path: Path) -> str | None:
    """The suffix that says how a file is read (".jsonl" for "a.jsonl.gz"), or None if it is not known."""
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return bare.suffix.lower() if bare.suffix.lower() in (*SUFFIXES, *conll.SUFFIXES) else None


def read_file(path: Path, cache_dir: str | Path | None = None) -> datasets.Dataset:
    """Read one file, through a copy in Arrow format in the datasets cache, made once per file and version.

    - ``.jsonl``: one object a line (blank lines are skipped). ``.json``: a list of objects, an object with
      such a list under ``data``, SQuAD's nested format (v1 and v2; one row a question, with the keys of its
      article and paragraph, such as ``title``, as columns), or one object a line after all.
    - ``.csv``, ``.tsv``: everything is text, but columns of nothing other than plainly written integers.
    - ``.conll``, ``.txt`` and others of `conll.SUFFIXES`: a row a sentence, see `conll.read_conll`.
    - ``.parquet``: as it is. All but Parquet may be compressed (``.gz``).

    A JSON column whose values are of several kinds becomes text (objects and lists as JSON).

    Args:
        path: The file, with one of the suffixes above.
        cache_dir: Where copies are kept; `datasets`' own cache if not given.

    Returns:
        The rows, memory-mapped.

    Raises:
        InputError: It cannot be parsed, is not UTF-8, or holds something other than rows.
        OutputNotWritableError: The cache cannot be written.
    """
    kind = layout(path)
    if kind is None:
        raise InputError(
            f"Cannot read {path}: its name must end in one of {', '.join(SUFFIXES)} (or .gz after it)."
        )
    status = path.stat()
    key = fingerprint(
        str(path.resolve()),
        status.st_size,
        status.st_mtime_ns,
        code_version(__file__, row_types.__file__, conll.__file__),
    )
    folder = Path(cache_dir or datasets.config.HF_DATASETS_CACHE).expanduser() / "dataset_cartography" / key
    copy = folder / "rows.arrow"
    if not copy.exists():
        with _one_sentence(path):
            schema, batches = _batches(path, kind)
            _write(copy, schema, batches)
    return datasets.Dataset.from_file(str(copy))


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except CartographyError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            f"Cannot read {path}: it is not UTF-8 text (byte 0x{error.object[error.start]:02x}). "
            "Save it as UTF-8."
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"Cannot read {path}: damaged gzip data ({error}).") from error
    except RecursionError as error:
        raise InputError(f"Cannot read {path}: its JSON is nested too deeply.") from error
    except pd.errors.EmptyDataError as error:
        raise InputError(f"Cannot read {path}: it is empty.") from error
    except pd.errors.ParserWarning as error:
        raise InputError(f"Cannot read {path}: some rows have more cells than the header.") from error
    except (pd.errors.ParserError, pa.ArrowException) as error:
        raise InputError(f"Cannot read {path}: {first_line(error)}.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _batches(path: Path, kind: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    if kind == ".parquet":
        file = pq.ParquetFile(path)
        schema = file.schema_arrow.remove_metadata()
        return schema, file.iter_batches(BATCH)
    if kind in (".csv", ".tsv"):
        table = _delimited(path, "\t" if kind == ".tsv" else ",")
        return table.schema, iter(table.to_batches(max_chunksize=BATCH))
    read = _conll if kind in conll.SUFFIXES else _json_lines if kind == ".jsonl" else _json_document
    types = RowTypes()
    for batch in _chunks(read(path)):
        types.observe(batch)
    return types.schema, (types.record_batch(batch) for batch in _chunks(read(path)))


def _write(target: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    unfinished = target.with_name(f"{uuid.uuid4().hex}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sink = pa.OSFile(str(unfinished), "wb")
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write to the dataset cache {target.parent} ({error.strerror or error}). "
            "Set HF_DATASETS_CACHE to a folder that can be written to."
        ) from error
    try:
        with sink, pa.ipc.new_stream(sink, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, BATCH)):
        yield chunk


def _open(path: Path) -> IO[str]:
    opener: Callable[..., IO[str]] = gzip.open if path.suffix.lower() == ".gz" else open
    return opener(path, "rt", encoding="utf-8-sig")


def _conll(path: Path) -> Iterator[Row]:
    with _open(path) as lines:
        yield from conll.read_conll(lines)


def _json_lines(path: Path) -> Iterator[Row]:
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _checked(_parse(line.rstrip("\r\n"), path, number), f"{path}: line {number}")


def _json_document(path: Path) -> Iterator[Row]:
    with _open(path) as file:
        text = file.read()
    if not text.strip():
        return
    try:
        document = _parse(text, path, 1)
    except InputError as error:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError) and cause.msg == "Extra data":
            yield from _json_lines(path)  # one object a line, under another name
            return
        raise
    rows = document.get("data") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        found = (
            f"an object with the keys {', '.join(map(repr, document))}"
            if isinstance(document, dict)
            else "a value"
        )
        raise InputError(
            f"Cannot read {path}: expected a list of rows, or an object with such a list under 'data', "
            f"found {found}."
        )
    for number, row in enumerate(rows):
        where = f"{path}: item {number} (counted from 0)"
        if "paragraphs" in _checked(row, where):
            yield from _squad_article(row, where)
        else:
            yield row


def _squad_article(article: Row, where: str) -> Iterator[Row]:
    try:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                row = {key: value for key, value in article.items() if key != "paragraphs"}
                row |= {key: value for key, value in paragraph.items() if key != "qas"}
                yield row | question
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"Cannot read {where}: it has 'paragraphs' but not SQuAD's format "
            "(each paragraph an object with 'context' and the list 'qas')."
        ) from error


def _parse(text: str, path: Path, line: int) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {line + error.lineno - 1} column {error.colno}"
        raise InputError(f"Cannot read {path}: {place}: {error.msg}.") from error
    # Half of a surrogate pair cannot be stored; one character for one keeps offsets right.
    return _without_surrogates(value) if "\\ud" in text or "\\uD" in text else value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _checked(row: Any, where: str) -> Row:
    if not isinstance(row, dict):
        raise InputError(
            f"Cannot read {where}: expected an object with a row's columns, found {type(row).__name__}."
        )
    return row


def _delimited(path: Path, separator: str) -> pa.Table:
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # it drops surplus cells
        frame = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig"
        )
    for name in frame.columns:
        if len(frame) and frame[name].str.fullmatch(CANONICAL_INTEGER, na=False).all():
            frame[name] = frame[name].astype("int64")
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
