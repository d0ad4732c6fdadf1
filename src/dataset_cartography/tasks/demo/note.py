"""How a note is put together: opening, heading, the passage, a rival to its answer, and small talk."""

from collections.abc import Mapping
from random import Random
from typing import Final

from dataset_cartography.tasks.demo.facts import pick, sample
from dataset_cartography.tasks.demo.patterns import Passage, Span, write

OPENINGS: Final = {
    "discharge summary": (
        "{age} y/o {man} with h/o {reason_y} admitted with {complaint}.",
        "This is a {age}-year-old {man} s/p {proc_x} who presented with {complaint}.",
        "{age}{m} p/w {complaint}.",
    ),
    "clinic note": (
        "{title} {surname} is seen in follow-up, now {age}, with {reason_y}.",
        "{title} {surname}, {age}, returns to clinic. Denies {complaint}.",
        "Established patient, {age} y/o {man}, here after {complaint}.",
    ),
    "nursing note": (
        "Pt {age} y/o {m}, A&Ox3, resting in bed.",
        "Rec'd pt awake, no c/o {complaint}.",
        "{title} {surname} up to chair, denies {complaint}.",
    ),
    "transfer note": (
        "{age} y/o {man} transferred to {unit} after {complaint}.",
        "Accepting note, {unit}. {title} {surname}, {age}.",
        "{title} {surname}, {age}, h/o {reason_y}, moved to {unit}.",
    ),
}

# Small talk and rivals: a sentence of the answer's own type stands in most notes, so that no span is alone.
FILLERS: Final = {
    "dose": (
        "Tylenol {dose_x} PRN.",
        "Tylenol {dose_x} given in the ED.",
        "Took {dose_x} of Tylenol last night.",
    ),
    "drug": ("Allergic to {drug_x}.", "{Drug_x} was held.", "Refuses {drug_x}."),
    "reason": ("PMH also of {reason_x}.", "Father had {reason_x}.", "No h/o {reason_x}."),
    "value": ("Pain {pain}/10.", "T {temp}, HR {pulse}.", "{Lab_x} {value_x}."),
    "date": ("Next visit {date_4}.", "Dictated {date_4}.", "Follow-up {date_4}."),
    "finding": (
        "Outside film had {finding_x}.",
        "No evidence of {finding_x} elsewhere.",
        "Ruled out {finding_x}.",
    ),
    "any": (
        "Lungs clear.",
        "Afebrile.",
        "Full code.",
        "Tolerating diet.",
        "Family at bedside.",
        "VSS.",
        "NAD.",
    ),
}


def write_note(
    rng: Random, passage: Passage, source: str, section: str, kind: str, facts: Mapping[str, str]
) -> tuple[str, list[Span]]:
    """Write the note: an opening, then the section with the passage's sentences, rivals and small talk."""
    body = sample(rng, [*passage.sentences, pick(rng, FILLERS[kind])][: None if rng.random() < 0.6 else -1])
    heading = f"{section}:" if rng.random() < 0.5 else f"{section.upper()}:"
    parts = [pick(rng, OPENINGS[source]), heading, *body]
    parts.insert(pick(rng, (1, len(parts))), pick(rng, FILLERS["any"]))
    text, spans = "", list[Span]()
    for pattern in parts:
        sentence, found = write(pattern, facts, len(text))
        text += sentence + " "
        spans += found
    return text.rstrip(), spans
