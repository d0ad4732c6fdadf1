"""What an English question asks for, medical wording included: a dose, a reason, whether something ever was."""

import re

from dataset_cartography.slices.question_types import question_type

# What the first interrogative says where no wording below says more.
_BY_TYPE = {
    "why": "reason",
    "when": "date or time",
    "who": "person",
    "where": "place",
    "how many/much": "quantity",
    "how": "way",
    "yes/no": "yes/no",
}
_SETTLED = ("why", "when", "who", "where")
_EVER = "whether ever"
_EVER_WORDS = re.compile(
    r"\b(?:ever|previously|in\s+the\s+past|histor(?:y|ies)\s+of|prior(?!\s+to))\b|\bbefore\W*$"
)
_PATIENT = r"(?:patient|pt|he|she|they|mr|mrs|ms|dr)"
_TAKEN = r"(?:on|tak(?:e|es|en|ing)|given|gets?|getting|receiv(?:e|es|ed|ing)|prescribed)"
_USED = r"(?:taken|taking|take|prescribed|given|started|used|indicated|treated|being\s+treated)"
# "What was the …": up to four words between, none of which begins another part of the sentence.
_ASKED = (
    r"(?:what|which|list)(?:'s)?\s+(?:(?:names?|types?|kinds?|sorts?|class(?:es)?)\s+of\s+(?:the\s+)?"
    r"|(?!(?:for|of|on|to|with|in|at|by|from|during|after|that|do|does|did|can)\b)[\w'-]+\s+){0,4}?"
)
_REACH = 500  # characters of a question that are looked at
# The first that fits counts. The forms are those of emrQA (Pampari et al. 2018) and their likes.
_WORDINGS = {
    "frequency": (r"how\s+(?:often|frequently)\b | frequency\b | how\s+many\s+times\b | times\s+(?:a|per)\s"),
    "duration": (
        rf"how\s+long\b(?!\s+ago) | {_ASKED}durations?\b"
        r" | for\s+how\s+many\s+(?:hour|day|week|month|year)s\b"
    ),
    "reason": (
        r"(?:indications?|purposes?)\b | what\s+(?:\w+\s+){0,2}(?:caus(?:e|es|ed)|led\s+to|brought)\b"
        rf" | what\b.*\b{_USED}\b.*\bfor\W*$"
    ),
    "date or time": (
        rf"{_ASKED}dates?\b | which\s+(?:year|month|day|decade|century)\b"
        r" | since\s+when\b | how\s+long\s+ago\b | what\s+age\b"
    ),
    "dose": (
        rf"dos(?:es?|ages?|ing)\b | (?:how\s+much|strength)\b.*\b{_PATIENT}\b.*\b{_TAKEN}\b"
        r" | how\s+many\s+(?:mc?g|milligrams|tablets?|tabs|pills|capsules|puffs|drops)\b"
        r" | how\s+many\s+units\b(?!\s+of\s+blood)"
    ),
    "result": (
        rf"{_ASKED}(?:results?(?!\s+in\b)|levels?|values?|readings?|findings?|counts?|measurements?"
        r"|ejection\s+fraction|vitals|vital\s+signs|labs|blood\s+pressure"
        r"|creatinine|ha?ematocrit|ha?emoglobin|a1c|inr|troponin|platelets|bilirubin"
        r"|glucose|lactate|potassium|sodium|magnesium|calcium|tsh|bun)\b"
        r" | (?:did|does|do)\b.*\b(?:show|reveal)(?:\s+on\b.*)?\W*$"
        r" | (?:showed|shown|revealed|found)\s+(?:on|by)\b"
        r" | what\s+(?:is|was|were|are)\s+found\b | what\b.*\b(?:findings?|results?)\s+of\b"
    ),
    "medication": (
        rf"{_ASKED}(?:medications?|medicines?|meds|drugs?|antibiotics?|pills?|treatments?|therap(?:y|ies))\b"
        r" | (?:medications?|drugs?)\s+(?:list|history)\b"
        r" | what\b.*\b(?:discharged|started|treated|maintained)\s+(?:home\s+)?(?:on|with)\W*$"
        rf" | what\b.*\b(?:{_PATIENT}|being)\b.*\b(?:take|taking|prescribed|given)\s+for\s+\w"
    ),
    "procedure": (
        rf"{_ASKED}(?:procedures?|surger(?:y|ies)|operations?|tests?|scans?|studies|study|imaging)\b"
    ),
    "problem": (
        rf"(?<!under\ )(?<!in\ ){_ASKED}(?:diagnos[ei]s|problems?|symptoms?|conditions?|diseases?"
        r"|illness(?:es)?|complaints?|complications?|allerg(?:y|ies)|side\s+effects?|medical\s+history)\b"
        r" | allergic\s+to\b"
    ),
    "place": (
        rf"{_ASKED}(?:city|cities|country|countries|state|town|place|location|area|region|continent"
        r"|facilit(?:y|ies)|hospital)\b"
    ),
    "person": (rf"{_ASKED}(?:person|people|doctor|physician|author|king|queen|president|man|woman)\b"),
    "quantity": (
        rf"{_ASKED}(?:number|amount|percentage|percent|population|age|length|height|weight|size|rate)\b"
        r" | how\s+(?:old|far|tall|big|large|high|heavy|fast|deep)\b"
    ),
}
_WORDING = {name: re.compile(rf"\b(?:{pattern})", re.VERBOSE) for name, pattern in _WORDINGS.items()}

QUESTION_SUBJECTS = (*_WORDINGS, _EVER, "way", "yes/no", "other")


def question_subject(question: str) -> str:
    """What a question asks for, one of `QUESTION_SUBJECTS`.

    `question_type` decides first: why asks for a reason, when for a date, who for a person, where for a place; a
    yes/no question with "ever", "history of", "previously", "prior", "in the past" or "before" as its last word is
    "whether ever". Of the rest the first wording that fits counts, such as "what dose", "how much … take", "how
    often", "what … for?", "which medication".

    Example:
        >>> question_subject("How much aspirin does the patient take?")
        'dose'
        >>> question_subject("Has the patient ever been on insulin?")
        'whether ever'
    """
    kind = question_type(question)
    if kind in _SETTLED:
        return _BY_TYPE[kind]
    if not isinstance(question, str):
        return "other"
    text = question[:_REACH].casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if kind == "yes/no":
        return _EVER if _EVER_WORDS.search(text) else kind
    found = next((name for name, wording in _WORDING.items() if wording.search(text)), None)
    return found or _BY_TYPE.get(kind, "other")
