import gzip
import json

import datasets
import pytest

from dataset_cartography.errors import (
    CartographyError,
    InputError,
    MissingColumnError,
    MissingFileError,
    OutputNotWritableError,
)
from dataset_cartography.tasks.files import read_file
from dataset_cartography.tasks.qa import load_examples

ROW = {"id": "1", "question": "Who?", "context": "Ann", "answers": {"text": ["Ann"], "answer_start": [0]}}
LINE = json.dumps(ROW)


def message(path, kind: type[CartographyError] = InputError, **options):
    with pytest.raises(CartographyError) as caught:
        load_examples(str(path), cache_dir=path.parent / "cache", **options)
    assert type(caught.value) is kind
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "a.jsonl",
            f"{LINE}\n\n{{'id': 1}}\n",
            "Cannot read FILE: line 3 column 2: Expecting property name enclosed in double quotes.",
        ),
        (
            "a.jsonl",
            f"{LINE}\n[1]\n",
            "Cannot read FILE: line 2: expected an object with a row's columns, found list.",
        ),
        ("a.json", '[\n {"id": 1 "x"}]', "Cannot read FILE: line 2 column 11: Expecting ',' delimiter."),
        ("a.json", "[", "Cannot read FILE: line 1 column 2: Expecting value."),
        (
            "a.json",
            '{"rows": []}',
            (
                "Cannot read FILE: expected a list of rows, or an object with such a list under 'data', "
                "found an object with the keys 'rows'."
            ),
        ),
        (
            "a.json",
            "3",
            (
                "Cannot read FILE: expected a list of rows, or an object with such a list under 'data', "
                "found a value."
            ),
        ),
        (
            "a.json",
            "[3]",
            "Cannot read FILE: item 0 (counted from 0): expected an object with a row's columns, found int.",
        ),
        (
            "a.json",
            '{"data": [{"paragraphs": [{"text": "x"}]}]}',
            (
                "Cannot read FILE: item 0 (counted from 0): it has 'paragraphs' but not SQuAD's format "
                "(each paragraph an object with 'context' and the list 'qas')."
            ),
        ),
        ("a.json", "[" * 100_000, "Cannot read FILE: its JSON is nested too deeply."),
        ("a.json", "", "The dataset 'FILE' is empty: it holds no rows."),
        ("a.jsonl", "", "The dataset 'FILE' is empty: it holds no rows."),
        ("a.csv", "question,context,answers\n", "The dataset 'FILE' is empty: it holds no rows."),
        ("a.csv", "", "Cannot read FILE: it is empty."),
        (
            "a.csv",
            "question,context\na,b,c\n",
            "Cannot read FILE: some rows have more cells than the header.",
        ),
        (
            "a.csv",
            "question,context\na,b\na,b,c\n",
            "Cannot read FILE: Error tokenizing data. C error: Expected 2 fields in line 3, saw 3.",
        ),
        (
            "a.csv",
            'question,context\na,"b\n',
            "Cannot read FILE: Error tokenizing data. C error: EOF inside string starting at row 1.",
        ),
        (
            "a.jsonl",
            b'{"id": "\xff"}',
            "Cannot read FILE: it is not UTF-8 text (byte 0xff). Save it as UTF-8.",
        ),
        (
            "a.csv",
            b"question\n\xe9\n",
            "Cannot read FILE: it is not UTF-8 text (byte 0xe9). Save it as UTF-8.",
        ),
        (
            "a.parquet",
            b"PAR1 no",
            "Cannot read FILE: Parquet file size is 7 bytes, smaller than the minimum file footer (8 bytes).",
        ),
        ("a.json.gz", b"no", "Cannot read FILE: damaged gzip data (Not a gzipped file (b'no'))."),
        (
            "a.jsonl.gz",
            gzip.compress(LINE.encode())[:-9],
            (
                "Cannot read FILE: damaged gzip data "
                "(Compressed file ended before the end-of-stream marker was reached)."
            ),
        ),
        (
            "a.xml",
            "x",
            (
                "Cannot read FILE: its name must end in one of .json, .jsonl, .csv, .tsv, .parquet, .conll, .txt "
                "(or .gz after it)."
            ),
        ),
        (
            "a.jsonl",
            f"{LINE}\n{LINE}",
            (
                "Duplicate example ids in the dataset 'FILE' (column 'id'), 1 in number: '1' in rows 0, 1 "
                "(rows counted from 0). Make the ids unique, or remove the id column to have ids made from "
                "the content."
            ),
        ),
    ],
)
def test_unreadable_files(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message(path) == expected


@pytest.mark.parametrize("column", ["question", "context", "answers"])
def test_a_missing_column(tmp_path, column):
    path = tmp_path / "a.jsonl"
    rest = {name: value for name, value in ROW.items() if name != column}
    path.write_text(json.dumps(rest))
    assert message(path, MissingColumnError) == (
        f"Column '{column}' not found in the dataset 'FILE'; its columns are: "
        f"{', '.join(map(repr, rest))}. "
        "Question answering needs 'question', 'context' and 'answers' (or 'answer' and 'answer_start')."
    )


@pytest.mark.parametrize("name", ["missing.jsonl", "./missing", "~/no/such/folder", "a/b/c"])
def test_no_such_file(name):
    with pytest.raises(MissingFileError) as caught:
        load_examples(name)
    assert str(caught.value) == (
        f"No dataset file at '{name}'. Give a local file (.json, .jsonl, .csv, .tsv, .parquet, .conll, .txt) "
        "or --dataset demo, or a name on the hub."
    )


def test_no_name():
    with pytest.raises(InputError) as caught:
        load_examples(" ")
    assert str(caught.value) == (
        "The name of the dataset is empty. Give a local file (.json, .jsonl, .csv, .tsv, .parquet, .conll, .txt) "
        "or --dataset demo, or a name on the hub."
    )


def test_a_split_that_a_file_cannot_have(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(LINE)
    assert message(path, split="train[:10]") == (
        "The file 'FILE' is one unnamed split, which goes by any of train, training, validation, valid, val, "
        "dev, test, not by 'train[:10]'."
    )


def test_a_split_that_a_folder_lacks(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.jsonl").write_text(LINE)
    (folder / "extra.jsonl").write_text(LINE)
    assert message(folder, split="test") == "FILE has no split 'test'. It has: 'extra', 'train'."
    assert message(folder, split=None) == "FILE has several splits; choose one. It has: 'extra', 'train'."


def test_a_folder_without_data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    assert message(folder) == (
        "The folder FILE holds no dataset: neither what `save_to_disk` writes nor files named after "
        "their split (train.jsonl, validation.jsonl) that end in .json, .jsonl, .csv, .tsv, .parquet, .conll, .txt."
    )


def test_a_damaged_folder_of_save_to_disk(tmp_path):
    folder = tmp_path / "data"
    datasets.Dataset.from_list([ROW]).save_to_disk(folder)
    (folder / "state.json").write_text("{")
    assert message(folder) == (
        "Cannot read the dataset folder FILE: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)."
    )


@pytest.mark.parametrize("samples", [0, -3])
def test_no_samples_asked_for(samples):
    with pytest.raises(InputError) as caught:
        load_examples("demo", max_samples=samples)
    assert str(caught.value) == f"The number of samples to keep must be 1 or more, not {samples}."


@pytest.mark.parametrize("name", ["demo:x", "demo:0", "demo:-1", "demo:²"])
def test_the_size_of_the_demo(name):
    with pytest.raises(InputError) as caught:
        load_examples(name)
    assert str(caught.value) == f"The size in '{name}' must be a whole number of rows, as in demo:500."


def test_a_cache_that_cannot_be_written(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(LINE)
    (tmp_path / "cache").write_text("a file, where a folder is needed")
    with pytest.raises(OutputNotWritableError) as caught:
        read_file(path, tmp_path / "cache")
    folder = str(caught.value).split(" (")[0].removeprefix("Cannot write to the dataset cache ")
    assert str(caught.value) == (
        f"Cannot write to the dataset cache {folder} (Not a directory). "
        "Set HF_DATASETS_CACHE to a folder that can be written to."
    )
    assert folder.startswith(str(tmp_path / "cache" / "dataset_cartography"))
