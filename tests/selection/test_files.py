import json

import pytest

from dataset_cartography.cli.review import read_ids
from dataset_cartography.errors import InputError
from dataset_cartography.selection import how_path, write_how, write_ids
from dataset_cartography.tasks.files import layout

IDS = ["007", "1e5", 'naïve, "quoted"', "=1+1", "x\u202ey", "a\nb", "[0]"]


def test_ids_come_back_from_json_as_they_were(tmp_path):
    for ids in (IDS, [3, 1, 2**53 + 1], []):
        path = tmp_path / "ids.json"
        write_ids(ids, path)
        assert read_ids(path) == ids
        assert json.loads(path.read_text(encoding="utf-8")) == ids


def test_ids_come_back_from_lines_as_text(tmp_path):
    path = tmp_path / "ids.txt"
    write_ids(IDS[:5], path)
    assert read_ids(path) == IDS[:5]
    write_ids([3, 1], path)
    assert path.read_bytes() == b"3\n1\n"


@pytest.mark.parametrize("odd", ["a\nb", "a\u2028b", "[0]", " ", "a\x85", "  [x"])
def test_an_id_that_is_no_line_is_refused(tmp_path, odd):
    with pytest.raises(InputError) as error:
        write_ids(["a", odd], tmp_path / "ids.txt")
    assert str(error.value) == (
        f"The id {odd!r} cannot be written as a line of text: give a name that ends in .json."
    )
    assert list(tmp_path.iterdir()) == []


def test_another_name_is_refused(tmp_path):
    path = tmp_path / "ids.yaml"
    with pytest.raises(InputError) as error:
        write_ids(["a"], path)
    assert str(error.value) == f"Cannot write ids to '{path}': its name must end in one of .json, .txt."


def test_the_note_lies_beside_and_is_no_file_of_a_dataset(tmp_path):
    path = tmp_path / "train.jsonl"
    note = write_how({"rule": "by chance", "n": 3}, path)
    assert note == how_path(path) == tmp_path / "train.jsonl.selection"
    assert json.loads(note.read_text(encoding="utf-8")) == {"rule": "by chance", "n": 3}
    assert layout(note) is None
