"""Passages and questions about medications: their doses, which one treats a problem, and why it is taken."""

from typing import Final

from dataset_cartography.tasks.demo.patterns import Ask, Passage, Template

_DOSE = (
    "What dose of {drug_a} does the patient take?",
    "How much {drug_a} is the patient on?",
    "What is the dose of {drug_a}?",
    "At what dose is {drug_a} prescribed?",
)
_DOSE_BEFORE = (
    "What dose of {drug_a} was taken before the change?",
    "What was the earlier dose of {drug_a}?",
)
_DOSE_AFTER = ("To what dose was {drug_a} changed?", "What is the new dose of {drug_a}?")
_DOSE_HOME = ("What dose of {drug_a} did the patient take at home?", "What was the home dose of {drug_a}?")
_DOSE_DISCHARGE = (
    "What dose of {drug_a} was prescribed at discharge?",
    "What was the discharge dose of {drug_a}?",
)
_DOSE_LATEST = ("What was the latest dose of {drug_a}?", "What was the last dose of {drug_a} given?")
_DOSE_ANY = (
    "What dose of {drug_a} was the patient given?",
    "How much {drug_a} has the patient been on?",
    "What dose of {drug_a} is documented?",
)
_DOSE_LEFT = (
    "What dose of {drug_a} did the patient go home on?",
    "What dose of {drug_a} was kept in the end?",
)

DOSES: Final = Template(
    ("Medications", "Hospital course"),
    (
        Passage(
            ("{Drug_a} {dose_a} {freq_a}, {drug_b} {dose_b} {freq_b}, {drug_c} {dose_c} {freq_c}.",),
            (Ask("clean", ("dose_a",), _DOSE),),
            "abc",
        ),
        Passage(
            (
                "{Drug_a} (target {dose_a2}) is taken at {dose_a} {freq_a}.",
                "{She} is given {dose_b} of {drug_b}, {dose_c} of {drug_c}.",
            ),
            (Ask("clean", ("dose_a",), _DOSE),),
            "abc",
        ),
        Passage(
            (
                "{Drug_a} and {drug_b} were continued, at {dose_a} and {dose_b}.",
                "{Drug_c} {dose_c} {freq_c}.",
            ),
            (Ask("hard", ("dose_a",), _DOSE),),
            "ab",
        ),
        Passage(
            ("Takes {dose_a} of {drug_a}, {dose_b} of {drug_b}, {dose_c} of {drug_c}.",),
            (
                Ask("clean", ("dose_a",), _DOSE),
                Ask("hard", ("dose_a",), ("What dose of the {kind_a} does the patient take?",)),
            ),
            "abc",
        ),
        Passage(
            (
                "{Drug_a} was raised from {dose_a} to {dose_a2} after a visit on {date_1}.",
                "Also on {drug_b} {dose_b} {freq_b}.",
            ),
            (
                Ask("clean", ("dose_a",), _DOSE_BEFORE),
                Ask("clean", ("dose_a2",), _DOSE_AFTER),
                Ask("ambiguous", ("dose_a", "dose_a2"), _DOSE_ANY),
            ),
        ),
        Passage(
            (
                "At home {she} took {dose_a} of {drug_a}.",
                "{Drug_a} {dose_a2} was written for at discharge.",
                "{Drug_b} stayed at {dose_b} {freq_b}.",
            ),
            (
                Ask("clean", ("dose_a",), _DOSE_HOME),
                Ask("clean", ("dose_a2",), _DOSE_DISCHARGE),
                Ask("ambiguous", ("dose_a", "dose_a2"), _DOSE_ANY),
            ),
        ),
        Passage(
            (
                "On {date_1} {she} received {dose_a2} of {drug_a}.",
                "{Drug_a} {dose_a} was given on {date_2}.",
                "{Drug_b} {dose_b} {freq_b}.",
            ),
            (
                Ask("hard", ("dose_a",), _DOSE_LATEST),
                Ask("ambiguous", ("dose_a", "dose_a2"), _DOSE_ANY),
            ),
        ),
        Passage(
            (
                "{Drug_a} {dose_a} became {dose_a2}. {She} had {effect} and returned to the old dose.",
                "{Drug_b} {dose_b} {freq_b} unchanged.",
            ),
            (Ask("hard", ("dose_a",), _DOSE_LEFT),),
        ),
        Passage(
            (
                "{Drug_a} {dose_a} became {dose_a2}. {She} had no {effect} and kept the new dose.",
                "{Drug_b} {dose_b} {freq_b} unchanged.",
            ),
            (Ask("hard", ("dose_a2",), _DOSE_LEFT),),
        ),
    ),
)

_DRUG_FOR = (
    "Which medication does the patient take for {reason_a}?",
    "With which drug is the {reason_a} treated?",
    "What drug was prescribed for {reason_a}?",
)
_STOPPED = ("Which medication was stopped?", "What drug is the patient no longer taking?")

DRUGS: Final = Template(
    ("Assessment", "Medications"),
    (
        Passage(
            ("{Drug_a} for {reason_a}, {drug_b} for {reason_b}, {drug_c} for {reason_c}.",),
            (Ask("clean", ("drug_a",), _DRUG_FOR),),
            "abc",
        ),
        Passage(
            ("{Drug_a} {freq_a} for {reason_a}, {drug_b} {dose_b} for {reason_b}, {drug_c} for {reason_c}.",),
            (Ask("clean", ("drug_a",), _DRUG_FOR),),
            "abc",
        ),
        Passage(
            (
                "{Her} {reason_a} is controlled on {drug_a}.",
                "{She} takes {drug_b} {dose_b} for {reason_b}.",
                "{Drug_c} was added for {reason_c}.",
            ),
            (Ask("clean", ("drug_a",), _DRUG_FOR),),
            "abc",
        ),
        Passage(
            ("{Drug_a} and {drug_a2} for {reason_a}.", "{Drug_b} {dose_b} {freq_b} for {reason_b}."),
            (Ask("ambiguous", ("drug_a", "drug_a2"), _DRUG_FOR),),
        ),
        Passage(
            (
                "{Reason_a} was treated with {drug_a} {dose_a}.",
                "{Drug_a2} was added for {reason_a} on {date_1}.",
                "{Drug_b} for {reason_b}.",
            ),
            (Ask("ambiguous", ("drug_a", "drug_a2"), _DRUG_FOR),),
        ),
        Passage(
            (
                (
                    "{Drug_a} was begun in {month_1} and {drug_b} in {month_2}. "
                    "The drug begun in {month_1} was stopped for {effect}."
                ),
                "Remains on {drug_c}.",
            ),
            (Ask("hard", ("drug_a",), _STOPPED),),
        ),
        Passage(
            (
                (
                    "{Drug_a} was begun in {month_1} and {drug_b} in {month_2}. "
                    "The drug begun in {month_2} was stopped for {effect}."
                ),
                "Remains on {drug_c}.",
            ),
            (Ask("hard", ("drug_b",), _STOPPED),),
        ),
        Passage(
            (
                "Has {reason_a} and {reason_b}, on {drug_b} for the latter and {drug_a} for the former.",
                "{Drug_c} for {reason_c}.",
            ),
            (Ask("hard", ("drug_a",), _DRUG_FOR),),
            "ab",
        ),
    ),
)

_WHY = (
    "Why does the patient take {drug_a}?",
    "What is {drug_a} prescribed for?",
    "For what condition is the patient on {drug_a}?",
    "What problem is {drug_a} treating?",
)

REASONS: Final = Template(
    ("Assessment", "Hospital course"),
    (
        Passage(
            ("{Reason_a}: continue {drug_a}. {Reason_b}: {drug_b} {dose_b}. {Reason_c}: {drug_c} {freq_c}.",),
            (Ask("clean", ("reason_a",), _WHY),),
            "abc",
        ),
        Passage(
            (
                "{Drug_a}, once taken for {reason_y}, is now for {reason_a}.",
                "Given {reason_b}, {drug_b} was added.",
                "{Her} {reason_c} is stable on {drug_c}.",
            ),
            (Ask("clean", ("reason_a",), _WHY),),
            "abc",
        ),
        Passage(
            ("{Reason_a}, on {drug_a}; {reason_b}, on {drug_b}; {reason_c}, on {drug_c}.",),
            (Ask("clean", ("reason_a",), _WHY),),
            "abc",
        ),
        Passage(
            (
                "Has {reason_a} and {reason_b}. {Drug_b} was begun for the latter, {drug_a} for the former.",
                "No treatment needed for {reason_c}.",
            ),
            (Ask("hard", ("reason_a",), _WHY),),
            "ab",
        ),
        Passage(
            (
                (
                    "{Reason_b} and {reason_c} are old problems, {reason_a} is new. "
                    "{She} was put on {drug_a} for the new problem."
                ),
            ),
            (Ask("hard", ("reason_a",), _WHY),),
        ),
    ),
)
