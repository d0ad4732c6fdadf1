import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.comparison import Condition
from dataset_cartography.errors import InputError

FIGURES = {"kappa": 0.5, "moved_share": 0.25, "moved": 3, "spearman_aum": math.nan}
GRAMMAR = (
    "it compares figures and numbers by <, <=, >, >=, == or !=, joined by `and`, `or`, `not`, such as "
    "spearman_confidence < 0.8 or moved_share > 0.1."
)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("kappa < 0.8", True),
        ("kappa<0.5", False),
        ("0.4 <= kappa <= 0.5", True),
        ("0.4 <= kappa < 0.5", False),
        ("kappa > -1 and moved == 3", True),
        ("kappa > 1 or moved != 3", False),
        ("not (kappa > 1 or moved_share > 2e-1)", False),
        ("not kappa > +1", True),
        ("moved_share < kappa", True),
        ("\n kappa\t>= .5 ", True),
    ],
)
def test_conditions_are_judged(text, truth):
    assert Condition.parse(text).holds(FIGURES) is truth


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kappa",
        "kappa <",
        "1 < 2",
        "kappa < '1'",
        "kappa < True",
        "kappa < 1j",
        "kappa is 1",
        "kappa in moved",
        "kappa + 1 < 2",
        "kappa.real < 1",
        "kappa[0] < 1",
        "abs(kappa) < 1",
        "(lambda: kappa)() < 1",
        "kappa < (moved := 2)",
        "[k for k in (1,)] < kappa",
        "f'{kappa}' < moved",
        "kappa < 1; moved < 2",
        "import os",
        "__import__('os').system('true') < kappa",
        "kappa < --1",
        f"kappa < 1{'0' * 400}",
        "kappa\0 < 1",
        "1is kappa",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(InputError) as caught:
        Condition.parse(text)
    shown = text if len(text) <= 80 else text[:79] + "…"
    assert str(caught.value) == f"The condition {shown!r} is not understood: {GRAMMAR}"


def outcome(text):
    """Whether it holds, or that it was refused; any other error fails the test."""
    try:
        return Condition.parse(text).holds(FIGURES)
    except InputError as error:
        return str(error)[:14]


def test_long_and_deep_ones_are_judged_or_refused():
    assert outcome("(" * 40 + "kappa < 1" + ")" * 40) is True
    assert outcome("not " * 100 + "kappa < 1") is True
    assert outcome("(" * 240 + "kappa < 1" + ")" * 240) in (True, "The condition ")
    assert outcome("kappa < " * 100 + "1") == "The condition "


@given(st.text(max_size=60))
def test_any_text_is_judged_or_refused(text):
    assert outcome(text) in (True, False, "The condition ")


def test_an_unknown_figure_lists_those_that_there_are():
    with pytest.raises(InputError) as caught:
        Condition.parse("kapa < 1").holds(FIGURES)
    assert str(caught.value) == (
        "The condition 'kapa < 1' names 'kapa', which is no figure of this comparison; there are: kappa, moved_share, "
        "moved, spearman_aum."
    )


def test_a_figure_that_is_not_known_passes_no_gate():
    with pytest.raises(InputError) as caught:
        Condition.parse("kappa > 9 and spearman_aum < 0.5").holds(FIGURES)
    assert str(caught.value) == (
        "The condition 'kappa > 9 and spearman_aum < 0.5' cannot be judged: 'spearman_aum' is not known for these maps."
    )


def test_the_sentence_tells_the_figures():
    condition = Condition.parse(" moved_share > 0.1 and kappa < 1 and kappa > 0")
    assert condition.names == ("moved_share", "kappa")
    assert condition.sentence(FIGURES) == (
        "moved_share > 0.1 and kappa < 1 and kappa > 0: moved_share is 0.25, kappa is 0.5"
    )
