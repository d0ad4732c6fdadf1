"""Expressions: read and never run; truth with missing values as in SQL."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.errors import InputError
from dataset_cartography.expressions import Expression, Values

KNOWN = np.array([False, False, True])
COLUMNS = {
    "size": Values(np.array([1.0, 2.0, np.nan]), KNOWN, "number"),
    "count": Values(np.array([1, 2**53 + 1, 0]), KNOWN, "number"),
    "name": Values(np.array(["a", "b", ""], dtype=object), KNOWN, "text"),
    "done": Values(np.array([True, False, False]), KNOWN, "truth"),
}


def parse(text, **options):
    return Expression.parse(text, what="expression", grammar="it is something else", **options)


def told(text):
    """+ where it holds, - where it fails, ? where a missing value leaves it open."""
    truth = parse(text).truth(COLUMNS)
    assert not (truth.holds & truth.fails).any()
    return "".join("+" if holds else "-" if fails else "?" for holds, fails in zip(*truth, strict=True))


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("size < 2", "+-?"),
        ("not size < 2", "-+?"),
        ("size != 1", "-+?"),
        ("1 <= size <= 1.5", "+-?"),
        ("-1 < size and size > +1", "-+?"),
        ("name == 'a'", "+-?"),
        ("name in ('a', 'c')", "+-?"),
        ("name not in ['a', 'c']", "-+?"),
        ("size in {2}", "-+?"),
        ("done", "+-?"),
        ("not done", "-+?"),
        ("done == False", "-+?"),
        ("size == count", "+-?"),
        ("count == 9007199254740993", "-+?"),
        ("count == 9007199254740992", "--?"),
        ("size < 9 or 1 < 2", "+++"),
        ("size < 9 and 2 < 1", "---"),
        ("size < 9 and 1 < 2", "++?"),
        ("not (size > 9 or name == 'b')", "+-?"),
    ],
)
def test_truth(text, truth):
    assert told(text) == truth


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 < 2",
        "size in count",
        "size in ()",
        "size in (count,)",
        "size in 'ab'",
        "'a' in name",
        "0 < size in (1, 2)",
        "size + 1 < 2",
        "abs(size) < 1",
        "name.upper() == 'A'",
        "name == b'a'",
        "size is None",
        "size == None",
        "size = 1",
        "size < 1; done",
        "f'{size}' == name",
        "size < -True",
        "[size < 1 for size in (1,)]",
        "size < 1j",
        "size < 9" + " " * 500,
    ],
)
def test_what_is_none_is_refused(text):
    with pytest.raises(InputError) as caught:
        parse(text)
    shown = text if len(text) <= 80 else text[:79] + "…"
    assert str(caught.value) == f"The expression {shown!r} is not understood: it is something else."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("size == 'a'", "it compares a number with text"),
        ("done < 1", "it compares true or false with a number"),
        ("name < 'b'", "text can only be compared by ==, != and in"),
        ("done > False", "true or false can only be compared by ==, != and in"),
        ("size", "'size' is a number, which alone is neither true nor false"),
        ("size > 1 and name", "'name' is text, which alone is neither true nor false"),
        ("size in (1, 'a')", "it compares a number with text"),
    ],
)
def test_what_cannot_be_compared_is_refused(text, why):
    with pytest.raises(InputError) as caught:
        parse(text).truth(COLUMNS)
    assert str(caught.value) == f"The expression {text!r} cannot be judged: {why}."


@given(st.text(alphabet="size<>=!12.()andort'mi[],- \n", max_size=40))
def test_any_text_is_judged_or_refused(text):
    try:
        expression = parse(text)
        if set(expression.names) <= COLUMNS.keys():
            assert len(expression.truth(COLUMNS).holds) == 3
    except InputError as error:
        assert str(error).startswith("The expression ")  # noqa: PT017
