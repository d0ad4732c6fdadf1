"""The demo cannot be answered by position or by one keyword: rules that read no further stay below half."""

import re
from collections import Counter

import pytest

from dataset_cartography.tasks.demo import generate_demo_examples
from dataset_cartography.tasks.demo.vocabulary import DRUGS, IMAGING, LABS, PROCEDURES, REPEATABLE_PROCEDURES

DATE = r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4}|[A-Z][a-z]+ \d{1,2}, \d{4}"


def any_of(names):
    return r"\b(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + r")\b"


DRUG, REASON = any_of({drug.name for drug in DRUGS}), any_of({drug.reason for drug in DRUGS})
PROCEDURE, LAB = any_of({*PROCEDURES, *REPEATABLE_PROCEDURES}), any_of({lab.name for lab in LABS})
STUDY = any_of({study for studies, _ in IMAGING for study in studies})
FINDING = any_of({finding for _, findings in IMAGING for finding in findings})
VALUE = rf"(?<![\d./-])(?!(?:{DATE}))\d+(?:\.\d+)?(?![\d/-])(?! y| ?mg|-year)"
# What an answer of each template looks like, and what its question names.
PATTERNS = {
    "medication_dose": (r"\d[\d.]* mg", DRUG),
    "medication_for_problem": (DRUG, REASON),
    "reason_for_medication": (REASON, DRUG),
    "lab_value": (VALUE, LAB),
    "procedure_date": (DATE, PROCEDURE),
    "imaging_finding": (FINDING, STUDY),
}
ROWS = generate_demo_examples(2000, seed=7)


def candidates(row):
    return list(re.finditer(PATTERNS[row["template"]][0], row["context"], re.IGNORECASE))


def mentions(row):
    """Where the note names what the question names."""
    named = re.search(PATTERNS[row["template"]][1], row["question"], re.IGNORECASE)
    return list(re.finditer(re.escape(named[0]), row["context"], re.IGNORECASE)) if named else []


def exact_match(answer):
    return sum(answer(row) == row["true_answer"] for row in ROWS) / len(ROWS)


def place(row):
    return [found[0] for found in candidates(row)].index(row["true_answer"])


def gap(found, mention):
    """Characters between two matches."""
    return max(found.start() - mention.end(), mention.start() - found.end())


def nearest(row):
    pairs = [(gap(found, mention), found[0]) for found in candidates(row) for mention in mentions(row)]
    return min(pairs)[1] if pairs else candidates(row)[0][0]


def next_after(row):
    ends = [mention.end() for mention in mentions(row)]
    after = [found[0] for found in candidates(row) if ends and found.start() >= ends[0]]
    return (after or [candidates(row)[-1][0]])[0]


def test_every_note_has_a_rival_to_the_answer():
    assert all(len({found[0].lower() for found in candidates(row)}) >= 2 for row in ROWS)


@pytest.mark.parametrize("rank", [0, 1, 2, -1])
def test_no_rank_among_the_spans_of_the_right_type_answers_half(rank):
    def at_rank(row):
        found = candidates(row)
        return found[rank][0] if rank < len(found) else None

    assert exact_match(at_rank) < 0.5


def test_the_commonest_rank_of_each_template_answers_less_than_half():
    commonest = {
        template: Counter(place(row) for row in ROWS if row["template"] == template).most_common(1)[0][0]
        for template in PATTERNS
    }

    def at_commonest(row):
        found = candidates(row)
        return found[commonest[row["template"]]][0] if commonest[row["template"]] < len(found) else None

    assert exact_match(at_commonest) < 0.5


@pytest.mark.parametrize("rule", [nearest, next_after])
def test_the_span_beside_the_named_thing_answers_less_than_half(rule):
    assert exact_match(rule) < 0.5
