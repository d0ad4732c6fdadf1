"""Faults in single rows: offsets are repaired where the text leaves no doubt, other faulty rows left out."""

import unicodedata
from typing import Any

import datasets
from datasets import Features, Value

from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.qa import rows as rows_module
from dataset_cartography.tasks.qa.rows import ANSWERS, NO_OFFSET, Answers, read_answers

NEARBY = 50  # characters between an offset and the one place its text may have moved to


def check_rows(examples: datasets.Dataset) -> Checked:
    """Check that every answer stands where it says; mend what can be mended, leave out the rest.

    An answer is looked for where its text does not match its offset, trimmed of surrounding white space and
    also in Unicode's composed (NFC) and decomposed (NFD) forms: it moves to the one occurrence within
    `NEARBY` characters of the offset, else to the only occurrence in the context. One without an offset goes
    to the only occurrence, which is no repair. An answer that stays lost is dropped (a repair) as long as the
    example has another; else the row is left out, as it is with an empty question or context.

    Args:
        examples: As `normalize` returns them.

    Returns:
        The rows kept, those left out, and those repaired; counts go to the log.

    Raises:
        InputError: No row is left.
    """
    names = ["question", "context", "answers"]
    verdicts = examples.select_columns(names).map(
        _check_batch,
        batched=True,
        remove_columns=names,
        features=Features(
            answers=ANSWERS, fault=Value("string"), repair=Value("string"), changed=Value("bool")
        ),
        new_fingerprint=fingerprint(examples._fingerprint, code_version(__file__, rows_module.__file__)),
        desc="Checking rows",
    )
    kept = examples
    if any(verdicts["changed"][:]):
        # Side by side, so that contexts are not copied.
        kept = datasets.concatenate_datasets(
            [examples.remove_columns("answers"), verdicts.select_columns("answers")], axis=1
        )
    return leave_out(kept, verdicts["fault"][:], verdicts["repair"][:])


def _check_batch(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"answers": [], "fault": [], "repair": [], "changed": []}
    for question, context, given in zip(batch["question"], batch["context"], batch["answers"], strict=True):
        answers, fault, repair = check_row(question or "", context or "", given)
        columns["answers"].append(answers)
        columns["fault"].append(fault)
        columns["repair"].append(repair)
        columns["changed"].append(answers != given)
    return columns


def check_row(question: str, context: str, given: Answers | None) -> tuple[Answers, str | None, str | None]:
    """The answers of one row as they should be, what is wrong beyond repair, and what was repaired."""
    answers = read_answers(given)
    empty = [name for name, text in (("question", question), ("context", context)) if not text.strip()]
    if empty:
        return answers, f"the {' and the '.join(empty)} {'are' if len(empty) > 1 else 'is'} empty", None
    texts: list[str] = []
    starts: list[int] = []
    faults: list[str] = []
    repairs: list[str] = []
    for text, start in zip(answers["text"], answers["answer_start"], strict=True):
        if start >= 0 and context.startswith(text, start) and text.strip() == text:
            texts.append(text)
            starts.append(start)
            continue
        found = _find(context, text, start)
        if isinstance(found, str):
            faults.append(found)
            continue
        place, exact = found
        texts.append(exact)
        starts.append(place)
        if start != NO_OFFSET:
            repairs.append(f"answer {_shown(text)} at {start} now {_shown(exact)} at {place}")
    checked: Answers = {"text": texts, "answer_start": starts}
    if faults and not texts:
        return checked, "; ".join(faults), None
    return checked, None, "; ".join(repairs + [f"answer dropped: {fault}" for fault in faults]) or None


def _find(context: str, text: str, start: int) -> tuple[int, str] | str:
    """Where the text stands and how it is written there, or why that cannot be said."""
    bare = text.strip()
    if not bare:
        return "the answer is white space"
    aimed = start + len(text) - len(text.lstrip())
    if start >= 0 and context.startswith(bare, aimed):
        return aimed, bare
    spellings = dict.fromkeys([bare, unicodedata.normalize("NFC", bare), unicodedata.normalize("NFD", bare)])
    spelling = next((spelling for spelling in spellings if spelling in context), None)
    if spelling is None:
        return f"answer {_shown(text)} is not in the context"
    if start >= 0:
        near = occurrences(context[: aimed + NEARBY + len(spelling)], spelling, max(0, aimed - NEARBY))
        if len(near) == 1:
            return near[0], spelling
    places = occurrences(context, spelling)
    if len(places) == 1:
        return places[0], spelling
    times = f"occurs {len(places)} times"
    if start < 0:
        return f"answer_start missing and answer {_shown(text)} {times}"
    return f"answer {_shown(text)} is not at its offset {start} and {times}, not just once nearby"


def occurrences(context: str, text: str, begin: int = 0) -> list[int]:
    """Where a text stands in a context, from `begin` on."""
    places = []
    place = context.find(text, begin)
    while place >= 0:
        places.append(place)
        place = context.find(text, place + 1)
    return places


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
