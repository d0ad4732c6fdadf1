"""Tags of a sentence: the entities they mark, and what a tag is about."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

OUTSIDE = "O"
_PLACED = re.compile(r"([BIESLU])(?:-(.+))?", re.DOTALL)
"""A tag that says where in an entity its token stands: first, inside, last (E, L), alone (S, U)."""
_ANY = "entity"
"""What a tag is about that says a place alone."""
_FIRST, _LAST = "BSU", "ESLU"


class Entity(NamedTuple):
    """Neighbouring tokens that belong together.

    Attributes:
        start: Number of its first token.
        end: Number of the token after it.
        about: What its tags say it is.
    """

    start: int
    end: int
    about: str


def mark_entities(tags: Iterable[str]) -> bool:
    """Whether tags mark entities: all are outside (O), or say where in an entity a token stands (B-, I-, …)."""
    return all(tag == OUTSIDE or _PLACED.fullmatch(tag) for tag in tags)


def about(tag: str) -> str:
    """What a tag is about, without the place in an entity: "location" of "B-location"."""
    placed = _PLACED.fullmatch(tag)
    return (placed[2] or _ANY) if placed else tag


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities that tags mark, in order, read as conlleval does.

    An entity ends where the next token is outside, begins another, or is about something else. Of tags that say no
    place, every token that is not outside stands alone.
    """
    found: list[Entity] = []
    start = None
    for place, tag in enumerate(tags):
        if tag == OUTSIDE:
            start = None
            continue
        placed = _PLACED.fullmatch(tag)
        goes_on = (
            start is not None
            and placed is not None
            and placed[1] not in _FIRST
            and found[-1].about == about(tag)
        )
        if goes_on:
            found[-1] = found[-1]._replace(end=place + 1)
        else:
            start = place
            found.append(Entity(place, place + 1, about(tag)))
        if placed is None or placed[1] in _LAST:
            start = None
    return found
