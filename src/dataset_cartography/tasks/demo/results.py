"""Passages and questions about laboratory values, dates of procedures, and what imaging showed."""

from typing import Final

from dataset_cartography.tasks.demo.patterns import Ask, Passage, Template

_LAB = (
    "What was the {lab_a}?",
    "What was the patient's {lab_a} level?",
    "What was the result of the {lab_a}?",
)
_LAB_ADMISSION = ("What was the {lab_a} on admission?", "What was the admission {lab_a}?")
_LAB_DISCHARGE = ("What was the {lab_a} at discharge?", "What was the discharge {lab_a}?")
_LAB_LATEST = ("What was the most recent {lab_a}?", "What was the latest {lab_a}?")
_LAB_TRUE = ("What was the reliable {lab_a}?", "Which {lab_a} value is to be trusted?")

LABS: Final = Template(
    ("Labs", "Hospital course"),
    (
        Passage(
            ("{Lab_a} {value_a}, {lab_b} {value_b}, {lab_c} {value_c}.",),
            (Ask("clean", ("value_a",), _LAB),),
            "abc",
        ),
        Passage(
            ("Results: {value_a} for {lab_a}, {value_b} for {lab_b}, {value_c} for {lab_c}.",),
            (Ask("clean", ("value_a",), _LAB),),
            "abc",
        ),
        Passage(
            (
                "{Lab_a} came back at {value_a}.",
                "A {lab_b} of {value_b} was noted.",
                "{Lab_c} was {value_c} on {date_1}.",
            ),
            (Ask("clean", ("value_a",), _LAB),),
            "abc",
        ),
        Passage(
            ("On admission {lab_a} was {value_a}.", "{Lab_a} at discharge {value_a2}.", "{Lab_b} {value_b}."),
            (
                Ask("clean", ("value_a",), _LAB_ADMISSION),
                Ask("clean", ("value_a2",), _LAB_DISCHARGE),
                Ask("ambiguous", ("value_a", "value_a2"), _LAB),
            ),
        ),
        Passage(
            (
                "{Date_1}: {lab_a} {value_a}, {lab_b} {value_b}.",
                "{Date_2}: {lab_a} {value_a2}, {lab_b} {value_b2}.",
            ),
            (
                Ask("ambiguous", ("value_a", "value_a2"), _LAB),
                Ask("hard", ("value_a2",), _LAB_LATEST),
            ),
            "ab",
        ),
        Passage(
            ("{Lab_a} {value_a}, but the sample was hemolyzed; repeat {value_a2}.", "{Lab_b} {value_b}."),
            (Ask("hard", ("value_a2",), _LAB_TRUE),),
        ),
        Passage(
            (
                "{Lab_a} {value_a}; a repeat of {value_a2} was drawn above the IV and is void.",
                "{Lab_b} {value_b}.",
            ),
            (Ask("hard", ("value_a",), _LAB_TRUE),),
        ),
    ),
)

_WHEN = (
    "When did the patient undergo {proc_a}?",
    "When was the {proc_a} done?",
    "On what date was {proc_a} performed?",
)
_WHEN_REPEATED = tuple(question.replace("proc_a", "proc_r") for question in _WHEN)

DATES: Final = Template(
    ("Hospital course", "History"),
    (
        Passage(
            ("Past: {date_a} for {proc_a}, {date_b} for {proc_b}, {date_c} for {proc_c}.",),
            (Ask("clean", ("date_a",), _WHEN),),
            "abc",
        ),
        Passage(
            (
                "On {date_a} {she} underwent {proc_a}.",
                "{Proc_b} was performed {date_b}.",
                "Had {proc_c} on {date_c}.",
            ),
            (Ask("clean", ("date_a",), _WHEN),),
            "abc",
        ),
        Passage(
            (
                "Admitted {date_1} and discharged {date_3}.",
                "{Proc_a} on {date_2} went well.",
            ),
            (
                Ask("clean", ("date_2",), _WHEN),
                Ask("clean", ("date_1",), ("When was the patient admitted?", "What was the admission date?")),
                Ask(
                    "clean", ("date_3",), ("When was the patient discharged?", "What was the discharge date?")
                ),
            ),
        ),
        Passage(
            ("{Proc_r} was done on {date_1} and again on {date_2}.", "{Proc_b} {date_b}."),
            (
                Ask("ambiguous", ("date_1", "date_2"), _WHEN_REPEATED),
                Ask("hard", ("date_1",), ("When was the {proc_r} done for the first time?",)),
            ),
        ),
        Passage(
            ("h/o {proc_r} {date_b}.", "{She} underwent {proc_b} {date_c}.", "Had {proc_r} on {date_2}."),
            (Ask("ambiguous", ("date_b", "date_2"), _WHEN_REPEATED),),
        ),
        Passage(
            ("Came in {date_1}, had {proc_b} on {date_2} and left {date_3}, the day of {her} {proc_a}.",),
            (Ask("hard", ("date_3",), _WHEN),),
        ),
        Passage(
            (
                "{She} was admitted on {date_1} for {proc_a} the same day. {Proc_b} followed on {date_2}.",
                "Discharged {date_3}.",
            ),
            (Ask("hard", ("date_1",), _WHEN),),
        ),
    ),
)

_SHOWED = (
    "What did the {study_a} show?",
    "What was found on {study_a}?",
    "What was the finding of the {study_a}?",
)

FINDINGS: Final = Template(
    ("Imaging", "Hospital course"),
    (
        Passage(
            ("{Study_a} with {finding_a}, {study_b} with {finding_b}, {study_c} with {finding_c}.",),
            (Ask("clean", ("finding_a",), _SHOWED),),
            "abc",
        ),
        Passage(
            (
                "{Study_a} ruled out {finding_y} but showed {finding_a}.",
                "Noted {finding_b} on {study_b}.",
                "{Finding_c}, as read on {study_c}.",
            ),
            (Ask("clean", ("finding_a",), _SHOWED),),
            "abc",
        ),
        Passage(
            ("Images: {finding_a} on {study_a}, {finding_b} on {study_b} and {finding_c} on {study_c}.",),
            (Ask("clean", ("finding_a",), _SHOWED),),
            "abc",
        ),
        Passage(
            (
                (
                    "{Study_a} on {date_1} and {study_b} on {date_2}. "
                    "The first showed {finding_a}, the second {finding_b}."
                ),
            ),
            (Ask("hard", ("finding_a",), _SHOWED),),
            "ab",
        ),
        Passage(
            ("{Study_a} was done before {study_b}. The later showed {finding_b}, the earlier {finding_a}.",),
            (Ask("hard", ("finding_a",), _SHOWED),),
            "ab",
        ),
    ),
)
