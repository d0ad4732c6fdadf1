"""The type of an answer, by its form alone."""

import re

ANSWER_TYPES = (
    "yes/no",
    "date or time",
    "dose or quantity",
    "number",
    "name",
    "phrase",
    "sentence",
    "none",
)

# Most words and characters of what can be a date, quantity, number or name; most words of a phrase.
_SHORT, _SHORT_CHARACTERS, _LONG = 6, 100, 12
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:[a-z]*)\.?"
_DATE = re.compile(
    rf"""\b(?:
      \d{{4}}-\d{{1,2}}-\d{{1,2}} | \d{{1,2}}[/-]\d{{1,2}}[/-]\d{{2,4}} | (?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])
    | {_MONTH}\s+\d{{1,4}} | \d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b | \d{{1,2}}:\d{{2}}
    | \d{{1,2}}\s*[ap]\.?m\b | (?:1\d|20)\d{{2}}s? (?!\s*\w) | (?:1\d|20)\d{{2}}\s*[-–]\s*(?:1\d|20)?\d{{2}}
    | \d{{1,2}}(?:st|nd|rd|th)\s+century
    )(?![\w/])
    | ^\W*(?:january|february|march|april|may|june|july|august|september|october|november|december
      | (?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday|tomorrow)\W*$""",
    re.VERBOSE | re.IGNORECASE,
)
_WORDED = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|half|once|twice)"
)
_AMOUNT = r"[-+<>~]?\d[\d.,]*"
_UNIT = (
    r"(?:mcg|mg|µg|ug|g|gm|kg|lbs?|pounds?|ml|cc|l|dl|units?|iu|meq|mmol|mm\s*hg|mm|cm|m|km|miles?|feet"
    r"|(?:kilo|centi|milli|micro)?(?:grams?|lit(?:er|re)s?|met(?:er|re)s?)|foot|ft|inch(?:es)?|tabs?|tablets?|caps?|capsules?|pills?|puffs?|drops?|doses?|sprays?|packs?"
    r"|percent|degrees?|bpm|seconds?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|times?|dollars?|euros?)"
)
_QUANTITY = re.compile(
    rf"(?:{_AMOUNT}|\b{_WORDED})(?:\s+(?:million|billion|thousand|hundred))?[\s-]*(?:{_UNIT}\b|[%°])|[$€£]\s*\d",
    re.IGNORECASE,
)
_ABOUT = (
    r"(?:(?:about|around|approximately|roughly|nearly|almost|over|under|only|(?:more|less)\s+than"
    r"|at\s+least|up\s+to)\s+)?"
)
_NUMBER = re.compile(
    rf"\W*{_ABOUT}(?:{_AMOUNT}(?:\s*[-–/x]\s*{_AMOUNT})?|{_WORDED}(?:[\s-]+(?:and\s+)?{_WORDED})*)\W*",
    re.IGNORECASE,
)
_LINKS = frozenset(("of", "the", "and", "de", "la", "van", "von", "der", "du", "for", "in", "at", "to", "&"))


def answer_type(answer: str) -> str:
    """The type of an answer's text, one of `ANSWER_TYPES`; the first of these that fits.

    None: without words. Yes/no: that word alone. Of at most six words: a date or time is somewhere inside (1900
    is a year); a number with a unit is (dose or quantity); all of it is a number; every word but links such as
    "of" begins with a capital (name). A sentence has more than twelve words, or at least five and a full stop at
    its end. All the rest is a phrase.

    Example:
        >>> [answer_type(text) for text in ("40 mg daily", "3/14/2011", "chest pain", "Dr. Chen")]
        ['dose or quantity', 'date or time', 'phrase', 'name']
    """
    words = answer.split()
    if not words or not any(sign.isalnum() for sign in answer):
        return "none"
    if answer.strip(" .,!\"'").casefold() in ("yes", "no"):
        return "yes/no"
    if len(words) <= _SHORT and len(answer) <= _SHORT_CHARACTERS:
        if _DATE.search(answer):
            return "date or time"
        if _QUANTITY.search(answer):
            return "dose or quantity"
        if _NUMBER.fullmatch(answer):
            return "number"
        if all(word.casefold() in _LINKS or word.lstrip("\"'(“‘")[:1].isupper() for word in words):
            return "name"
    if len(words) > _LONG or (len(words) >= 5 and answer.rstrip("\"'”)").endswith((".", "!", "?"))):
        return "sentence"
    return "phrase"
