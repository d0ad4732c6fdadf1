import subprocess
import sys

import numpy as np
import pytest

from dataset_cartography import ids
from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array, check_unique_ids, generate_hash_ids

COLUMNS = {
    "question": ["Who?", "What?", "Who?"],
    "answers": [{"text": ["Ann"]}, {"text": []}, {"text": ["Ann"]}],
}


def test_hash_ids_are_these_on_every_machine():
    assert generate_hash_ids(COLUMNS) == ["ha90b9aa0611c26f0", "ha0cc41bc6079faa6", "ha90b9aa0611c26f0-2"]


def test_hash_ids_do_not_depend_on_the_process():
    code = f"from dataset_cartography.ids import generate_hash_ids; print(generate_hash_ids({COLUMNS!r}))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == repr(generate_hash_ids(COLUMNS))


def test_hash_ids_do_not_depend_on_the_order_of_columns_or_on_numpy():
    plain = {"a": ["x"], "b": [[1, 2]], "c": [3]}
    assert generate_hash_ids({"c": np.array([3]), "b": [np.array([1, 2])], "a": ["x"]}) == generate_hash_ids(
        plain
    )


def test_contents_that_share_the_short_hash_get_the_whole_one(monkeypatch):
    monkeypatch.setattr(ids, "HASH_DIGITS", 1)
    made = generate_hash_ids({"n": [*range(40), 0]})
    assert len(set(made)) == 41
    assert made[40] == f"{made[0]}-2"
    assert {len(name) for name in made[:40]} <= {2, 65}


def test_hash_ids_of_no_rows():
    assert generate_hash_ids({"a": []}) == []


def test_columns_of_different_lengths():
    with pytest.raises(InputError) as caught:
        generate_hash_ids({"a": [1], "b": [1, 2]})
    assert str(caught.value) == "Cannot make ids from columns of different lengths: {'a': 1, 'b': 2}."


def test_values_that_json_cannot_say():
    with pytest.raises(InputError) as caught:
        generate_hash_ids({"a": [object()]})
    assert str(caught.value) == (
        "Cannot make ids from the columns a: a value of type object cannot be written as JSON."
    )


def test_duplicate_ids_are_named_with_their_rows():
    with pytest.raises(InputError) as caught:
        check_unique_ids(["x", "y", "x", "z", "y", "x"], "train.jsonl")
    assert str(caught.value) == (
        "Duplicate example ids in train.jsonl, 2 in number: 'x' in rows 0, 2, 5; 'y' in rows 1, 4 "
        "(rows counted from 0). Make the ids unique, or remove the id column to have ids made from the "
        "content."
    )


def test_at_most_five_duplicates_are_shown():
    with pytest.raises(InputError) as caught:
        check_unique_ids(np.repeat(np.arange(6), 7), "d")
    assert "6 in number: 0 in rows 0, 1, 2, 3, 4, …; 1 in rows" in str(caught.value)
    assert "; 4 in rows 28, 29, 30, 31, 32, …; … (rows counted from 0)" in str(caught.value)


def test_unique_ids_pass():
    assert check_unique_ids(["1", "01", 1], "d") is None


@pytest.mark.parametrize(
    ("given", "dtype", "values"),
    [
        ([3, 1, -2], np.int64, [3, 1, -2]),
        (np.array([1, 2], dtype=np.uint8), np.int64, [1, 2]),
        ([np.int32(7)], np.int64, [7]),
        (["007", "1e5", "7"], object, ["007", "1e5", "7"]),
        ([1, "x"], object, ["1", "x"]),
        ([2**70, 1], object, [str(2**70), "1"]),
        ([], object, []),
    ],
)
def test_ids_keep_their_type(given, dtype, values):
    array = as_id_array(given)
    assert array.dtype == dtype
    assert array.tolist() == values


def test_a_mix_that_reads_the_same():
    with pytest.raises(InputError) as caught:
        as_id_array([1, "2", "1"])
    assert str(caught.value) == (
        "Example ids mix integers and strings that read the same (1 and '1'). Give them all one type."
    )


@pytest.mark.parametrize("value", [None, "", "  ", float("nan")])
def test_empty_ids_are_named_by_row(value):
    with pytest.raises(InputError) as caught:
        as_id_array(["a", value, "b", value])
    assert str(caught.value) == (
        "Empty example ids in rows 1, 3 (counted from 0), 2 in number. "
        "Fill them, or remove the id column to have ids made from the content."
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(1.5, "1.5 (float)"), (True, "True (bool)"), ([1], "[1] (list)")]
)
def test_ids_of_another_type(value, shown):
    with pytest.raises(InputError) as caught:
        as_id_array(["a", value])
    assert str(caught.value) == (
        f"Example ids must be integers or strings, but row 1 (counted from 0) holds {shown}. "
        "Convert the id column."
    )


def test_ids_that_cannot_be_written():
    with pytest.raises(InputError) as caught:
        as_id_array(["a", "\ud83e", 7, "b\udc80"])
    assert str(caught.value) == (
        "Example ids must be text that can be written as UTF-8, but row 1 (counted from 0) holds '\\ud83e', which has "
        "half of a surrogate pair (2 such in number). Mend the id column, or remove it to have ids made from the "
        "content."
    )
    assert as_id_array(["\U0001f989"]).tolist() == ["\U0001f989"]
