"""The type of an English question, by its first interrogative word."""

import re

QUESTION_TYPES = (
    "what",
    "who",
    "when",
    "where",
    "why",
    "how many/much",
    "how",
    "which",
    "yes/no",
    "other",
)

# The earliest match decides; among alternatives at the same place the first, so the specific comes first.
_INTERROGATIVE = re.compile(
    r"""\b(?:
      (?P<why>why | how\s+come | what\s+reasons?
            | what(?:'?s | \s+(?:is|are|was|were))\s+the\s+(?:\w+\s+)?reasons?)
    | (?P<when>when | what\s+(?:year|date|day|month|time)s?)
    | (?P<how_many>how\s+(?:many|much))
    | (?P<how>how)
    | (?P<who>who(?:m|se|'?s)?)
    | (?P<where>where)
    | (?P<which>which)
    | (?P<what>what(?:'?s)?)
    )\b""",
    re.VERBOSE,
)
_AUXILIARY = (
    r"(?:(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)(?:n'?t)?"
    r"|cannot|can'?t|won't)\b"
)
_LEADING_AUXILIARY = re.compile(rf"\W*(?:{_AUXILIARY}|any\b)")
_AUXILIARY_AFTER_COMMA = re.compile(r",\s*" + _AUXILIARY)


def question_type(question: str) -> str:
    """The type of an English question, one of `QUESTION_TYPES`.

    A leading auxiliary ("Is …", "Didn't …") or "any" makes it yes/no; else the first interrogative found decides,
    wherever it stands ("In which city …"). "What year/date/day/month/time" is when, "how many/much" its
    own type, "how come", "for what reason" and "what is the reason" are why. Without an interrogative, an
    auxiliary after a comma ("According to the note, is …") is yes/no, and all the rest is other.

    Example:
        >>> question_type("In what year did it open?")
        'when'
    """
    if not isinstance(question, str):
        return "other"
    text = question.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if _LEADING_AUXILIARY.match(text):
        return "yes/no"
    found = _INTERROGATIVE.search(text)
    if found and found.lastgroup:
        return "how many/much" if found.lastgroup == "how_many" else found.lastgroup
    return "yes/no" if _AUXILIARY_AFTER_COMMA.search(text) else "other"
