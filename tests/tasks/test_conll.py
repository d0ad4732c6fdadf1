"""CoNLL's columns as rows, faults among them."""

import gzip

import pytest

from dataset_cartography.tasks.files import read_file
from dataset_cartography.tasks.token_classification.task import TokenClassification

TEXT = (
    "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\n\n"
    "a b\tO\n#\tB-x\n\t\nlast\tO\n\nalone\n\n\u200b\tO\n"
)
ROWS = [
    {"tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"]},
    {"tokens": ["a b", "#"], "tags": ["O", "B-x"]},
    {"tokens": ["last"], "tags": ["O"]},
    {"tokens": ["alone"], "tags": [""]},
    {"tokens": ["\u200b"], "tags": ["O"]},
]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.conll", "a.txt", "a.conll.gz", "emerging.test.annotated"])
def test_sentences(name, ending, tmp_path):
    path = tmp_path / name
    data = TEXT.replace("\n", ending).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert read_file(path, tmp_path).to_list() == ROWS


def test_a_sentence_with_an_untagged_token_is_left_out(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("one\tO\ntwo\n\nthree\tB-x\n")
    checked = TokenClassification().load(str(path), "train")
    assert checked.kept["tokens"][:] == [["three"]]
    assert [(fault.row, fault.reason) for fault in checked.left_out] == [
        (0, "token 1 (counted from 0) has no tag")
    ]
