"""Wrong answers: plausible, never right, and where they say they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.tasks.noise.spans import another_answer
from dataset_cartography.tasks.qa.checks import check_row
from dataset_cartography.tasks.qa.score import normalize_answer

SUPER_BOWL = (
    "The Denver Broncos defeated the Carolina Panthers (24–10) on February 7, 2016. The game was played in Santa "
    "Clara, California, before 71,088 people. In 1967 the first one drew 61,946."
)
CHANCES = [step / 40 for step in range(40)]


def answers(*texts, context=SUPER_BOWL):
    return {"text": list(texts), "answer_start": [context.index(text) for text in texts]}


def all_others(right, kind, context=SUPER_BOWL):
    found = [another_answer(context, right, kind, chance) for chance in CHANCES]
    return {tuple(each["text"]) if each else None for each in found}


def test_a_name_becomes_a_name_of_as_many_words():
    assert all_others(answers("Denver Broncos"), "confusable") == {("Carolina Panthers",), ("Santa Clara",)}


def test_a_number_becomes_a_number():
    assert all_others(answers("71,088"), "confusable") == {("61,946",), ("24–10",), ("7",)}


def test_a_date_becomes_no_number():
    assert all_others(answers("1967"), "confusable") == {("2016",)}


def test_several_answers_move_together():
    right = answers("Broncos", "The Denver Broncos", "Broncos")
    assert ("Panthers", "the Carolina Panthers", "Panthers") in all_others(right, "confusable")


def test_an_answer_elsewhere_becomes_the_same_span():
    assert all_others(answers("61,946", "71,088", "61,946"), "confusable") == {("24–10",) * 3, ("7",) * 3}


def test_a_boundary_moves_by_one_word_at_one_side():
    # "The Denver Broncos" reads as "Denver Broncos" does.
    assert all_others(answers("Denver Broncos"), "boundary") == {
        ("Broncos",),
        ("Denver",),
        ("Denver Broncos defeated",),
    }
    assert all_others(answers("Denver Broncos", "Broncos"), "boundary") == {
        ("Denver", "Denver"),
        ("Denver Broncos defeated", "Broncos defeated"),
    }


def test_no_sentence_ends_within_a_wrong_answer():
    assert all_others(answers("2016"), "boundary") == {("7, 2016",)}
    assert all_others(answers("61,946"), "boundary") == {("drew 61,946",)}


def test_a_title_or_an_initial_ends_no_sentence():
    context = "Dr. Chen met Rosa. J. Ward came with Carl. Then Mrs. Hill left."
    wrong = all_others(answers("Dr. Chen", context=context), "confusable", context)
    assert wrong == {("J. Ward",), ("Then Mrs",), ("Mrs. Hill",)}


def test_a_right_answer_that_stands_elsewhere_too_is_not_planted():
    context = "Aspirin 40 mg was given. Then 40 mg more, the 40 mg tablet, and 20 mg."
    assert all_others(answers("40 mg", context=context), "confusable", context) == {("20 mg",)}


@pytest.mark.parametrize("kind", ["confusable", "uniform", "boundary"])
def test_without_another_span_there_is_none(kind):
    assert another_answer("42", {"text": ["42"], "answer_start": [0]}, kind, 0.5) is None
    assert another_answer("a — b", {"text": ["—"], "answer_start": [2]}, kind, 0.5) is None


def test_languages_without_spaces_have_words_too():
    context = "患者は2011年に入院した。"
    wrong = another_answer(context, {"text": ["入院"], "answer_start": [8]}, "uniform", 0.1)
    assert len(wrong["text"][0]) == 2
    assert context.startswith(wrong["text"][0], wrong["answer_start"][0])


WORDS = st.sampled_from(
    ["the", "Denver", "Broncos", "24", "40 mg", "won.", "(in", "1967)", "été", "患者", "—", "a\n", "½,"]
)


@given(
    words=st.lists(WORDS, min_size=1, max_size=25),
    spans=st.lists(st.tuples(st.integers(0, 24), st.integers(1, 4)), min_size=1, max_size=3),
    kind=st.sampled_from(["confusable", "uniform", "boundary"]),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_wrong_answers_are_spans_that_do_not_read_like_right_ones(words, spans, kind, chance):
    context = " ".join(words)
    right = {"text": [], "answer_start": []}
    for first, length in spans:
        first %= len(words)
        start = len(" ".join(words[:first])) + (first > 0)
        text = " ".join(words[first : first + length]).strip()
        right["text"].append(text)
        right["answer_start"].append(start)
    wrong = another_answer(context, right, kind, chance)
    if wrong is None:
        return
    assert len(wrong["text"]) == len(right["text"])
    assert check_row("?", context, wrong) == (wrong, None, None)
    assert not {normalize_answer(text) for text in wrong["text"]} & {
        normalize_answer(text) for text in right["text"]
    }
