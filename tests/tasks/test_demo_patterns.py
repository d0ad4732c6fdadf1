"""Patterns are filled with offsets that hold, and each answer stands once in its passage."""

import re

import pytest

from dataset_cartography.tasks.demo.facts import draw_facts, random_stream, sample
from dataset_cartography.tasks.demo.generate import TEMPLATES
from dataset_cartography.tasks.demo.patterns import Span, about, write

FACTS = {"drug_a": "lisinopril", "dose_a": "10 mg", "freq_a": "q.d."}
PASSAGES = [passage for template in TEMPLATES.values() for passage in template.passages]


def test_a_pattern_is_filled_and_its_spans_are_placed():
    text, spans = write("{Drug_a} {dose_a} given.", FACTS, offset=5)
    assert text == "Lisinopril 10 mg given."
    assert spans == [Span("drug", "drug_a", 5, "Lisinopril"), Span("dose", "dose_a", 16, "10 mg")]


def test_an_abbreviation_ends_its_sentence_by_itself():
    assert write("{dose_a} {freq_a}. Stable.", FACTS)[0] == "10 mg q.d. Stable."


def test_a_question_is_turned_to_another_role():
    assert about("b", "What dose of {drug_a}?") == "What dose of {drug_b}?"
    assert about("a", "{drug_a}") == "{drug_a}"


def test_the_same_name_draws_the_same_facts():
    assert draw_facts(random_stream("x")) == draw_facts(random_stream("x"))
    assert draw_facts(random_stream("x")) != draw_facts(random_stream("y"))


def test_values_of_one_type_differ_within_a_note():
    for seed in range(300):
        facts = draw_facts(random_stream(str(seed)))
        for kind in ("drug", "dose", "reason", "value", "proc", "date", "study", "finding", "month"):
            values = [value for slot, value in facts.items() if slot.startswith(f"{kind}_")]
            assert len(set(values)) == len(values), (seed, kind, values)


def test_a_sample_holds_different_items():
    assert sorted(sample(random_stream("x"), range(10))) == list(range(10))
    assert len(set(sample(random_stream("x"), range(10), 4))) == 4


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda passage: passage.sentences[0][:40])
def test_each_answer_of_each_ask_stands_once_and_has_a_rival(passage):
    slots = [slot.lower() for slot in re.findall(r"\{(\w+)\}", " ".join(passage.sentences))]
    for ask in passage.asks:
        for role in passage.roles:
            answers = [about(role, slot) for slot in ask.answers]
            assert all(slots.count(slot) == 1 for slot in answers)
            assert len(answers) == 2 if ask.truth == "ambiguous" else len(answers) == 1
            kind = answers[0].partition("_")[0] + "_"
            assert any(slot.startswith(kind) and slot not in answers for slot in slots)
