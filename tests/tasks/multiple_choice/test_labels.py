import pytest

from dataset_cartography.tasks.multiple_choice.labels import (
    FROM_ONE,
    FROM_ZERO,
    LETTER,
    NAME,
    NONE,
    READINGS,
    TEXT,
    choose_reading,
    read_label,
)

TEXTS = ["red", "green", "blue"]


@pytest.mark.parametrize(
    ("reading", "value", "expected"),
    [
        (FROM_ZERO, 0, 0),
        (FROM_ZERO, "2", 2),
        (FROM_ZERO, 1.0, 1),
        (FROM_ZERO, 3, NONE),
        (FROM_ZERO, -1, NONE),
        (FROM_ZERO, 1.5, NONE),
        (FROM_ZERO, None, NONE),
        (FROM_ZERO, float("nan"), NONE),
        (FROM_ZERO, "1e400", NONE),
        (FROM_ONE, 1, 0),
        (FROM_ONE, "3", 2),
        (FROM_ONE, 0, NONE),
        (LETTER, "A", 0),
        (LETTER, " (c) ", 2),
        (LETTER, "b.", 1),
        (LETTER, "D", NONE),
        (LETTER, "", NONE),
        (LETTER, "AB", NONE),
        (TEXT, "green ", 1),
        (TEXT, "Green", NONE),
    ],
)
def test_readings(reading, value, expected):
    assert read_label(value, reading, TEXTS, None) == expected


def test_names():
    assert read_label("Y", NAME, TEXTS, ["X", "Y", "Z"]) == 1
    assert read_label(7, NAME, TEXTS, ["5", "6", "7"]) == 2
    assert read_label("Y", NAME, TEXTS, None) == NONE


def test_a_text_that_stands_there_twice_decides_nothing():
    assert read_label("red", TEXT, ["red", "red", "blue"], None) == NONE


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 2], FROM_ZERO),
        ([1, 2, 3], FROM_ONE),
        (["1", "3"], FROM_ONE),
        ([1, 2], FROM_ZERO),  # either would do
        (["A", "c"], LETTER),
        (["blue", "red"], TEXT),
        ([0, 1, 2, 3, "A"], FROM_ZERO),  # a fault or two do not tip the scales
        ([], NAME),
    ],
)
def test_the_reading_that_fits_most_rows(values, expected):
    assert choose_reading([(value, TEXTS, None) for value in values]) == expected


def test_names_that_differ_from_row_to_row():
    rows = [("A", TEXTS, ["A", "B", "C"]), ("1", TEXTS, ["1", "2", "3"]), ("2", TEXTS, ["1", "2", "3"])]
    assert choose_reading(rows) == NAME


def test_columns_that_count_from_one_speak_for_text_only():
    def chosen(values):
        return choose_reading([(value, TEXTS[:2], None) for value in values], numbered_from_one=True)

    assert chosen([1, 1]) == FROM_ZERO  # COPA's
    assert chosen(["1", "1"]) == FROM_ONE  # WinoGrande's
    assert chosen(["0", "1"]) == FROM_ZERO


def test_numbers_that_are_choices_count_as_positions_where_both_fit():
    assert choose_reading([(1, ["1", "2"], None), (0, ["0", "1"], None)]) == FROM_ZERO
    assert set(READINGS) == {NAME, LETTER, FROM_ZERO, FROM_ONE, TEXT}
