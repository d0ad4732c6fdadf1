import pytest

from dataset_cartography.slices import ANSWER_TYPES, answer_type


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", "none"),
        (" — ", "none"),
        ("Yes.", "yes/no"),
        ("no", "yes/no"),
        ("3/14/2011", "date or time"),
        ("2011-03-14", "date or time"),
        ("on March 14, 2011", "date or time"),
        ("14th of March", "date or time"),
        ("1963", "date or time"),
        ("Monday", "date or time"),
        ("8:30 am", "date or time"),
        ("40 mg daily", "dose or quantity"),
        ("two puffs", "dose or quantity"),
        ("$1.2 billion", "dose or quantity"),
        ("8.4%", "dose or quantity"),
        ("five to ten years", "dose or quantity"),
        ("7.4", "number"),
        ("1,200", "number"),
        ("twenty-five", "number"),
        ("120/80", "number"),
        ("over 700,000", "number"),
        ("more than three", "number"),
        ("over budget", "phrase"),
        ("Dr. Chen", "name"),
        ("University of Warsaw", "name"),
        ("Lasix", "name"),
        ("chest pain", "phrase"),
        ("a unit of soldiers", "phrase"),
        ("药", "phrase"),
        ("It was stopped for a rash.", "sentence"),
        (
            "combination of poor management and divisions and scouts and regular forces and old allies",
            "sentence",
        ),
    ],
)
def test_type(answer, expected):
    assert answer_type(answer) == expected
    assert expected in ANSWER_TYPES


def test_long_answers_take_no_long_time():
    assert answer_type("12 " * 50_000) == "sentence"
    assert answer_type("1" * 100_000) == "phrase"
    assert answer_type("-" * 100_000 + "x") == "phrase"
