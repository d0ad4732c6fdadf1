"""The facts of one invented patient: a value for every slot of the patterns.

Randomness comes from `random.Random.random` alone: it is the one method whose sequence Python promises to
keep, so a seed means the same notes on every machine and version.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final, TypeVar

from dataset_cartography.tasks.demo import vocabulary
from dataset_cartography.tasks.demo.vocabulary import Drug, Lab

_T = TypeVar("_T")
_ROLES: Final = "abc"
_DATE_FORMATS: Final = ("{m}/{d}/{y}", "{m}/{d}/{yy:02}", "{month} {d}, {y}", "{y}-{m:02}-{d:02}")


def random_stream(name: str) -> Random:
    """A random generator that the name alone determines."""
    return Random(name)  # noqa: S311 - it invents notes and guards nothing


def pick(rng: Random, items: Sequence[_T]) -> _T:
    """One item, each equally likely."""
    return items[int(rng.random() * len(items))]


def sample(rng: Random, items: Sequence[_T], count: int | None = None) -> list[_T]:
    """`count` different items (default: all of them) in random order."""
    keys = [rng.random() for _ in items]
    return [items[place] for place in sorted(range(len(items)), key=keys.__getitem__)[:count]]


def draw_facts(rng: Random) -> dict[str, str]:
    """A value for every slot the patterns know; values of one type all differ within a note."""
    female = rng.random() < 0.5
    facts = {
        "age": str(34 + int(rng.random() * 58)),
        "man": "woman" if female else "man",
        "m": "F" if female else "M",
        "she": "she" if female else "he",
        "her": "her" if female else "his",
        "title": "Ms." if female else "Mr.",
        "surname": pick(rng, vocabulary.SURNAMES),
        "complaint": pick(rng, vocabulary.COMPLAINTS),
        "effect": pick(rng, vocabulary.SIDE_EFFECTS),
        "unit": pick(rng, vocabulary.UNITS),
        "pain": str(int(rng.random() * 9)),
        "pulse": str(58 + int(rng.random() * 60)),
        "temp": f"{97 + rng.random() * 4:.1f}",
    }
    studies, findings = pick(rng, vocabulary.IMAGING)
    for kind, names in (("proc", vocabulary.PROCEDURES), ("study", studies), ("finding", findings)):
        facts |= {f"{kind}_{role}": name for role, name in zip("abcxy", sample(rng, names, 5), strict=True)}
    others = [name for name in vocabulary.REPEATABLE_PROCEDURES if name not in facts.values()]
    facts["proc_r"] = pick(rng, others)
    facts["month_1"], facts["month_2"] = sample(rng, vocabulary.MONTHS, 2)
    return facts | _drug_facts(rng) | _lab_facts(rng) | _date_facts(rng)


def _drug_facts(rng: Random) -> dict[str, str]:
    drugs: list[Drug] = []
    # Drugs with nothing in common, or "the beta blocker" and "the drug for gout" would be ambiguous.
    for drug in sample(rng, vocabulary.DRUGS):
        if all(drug.reason != other.reason and drug.kind != other.kind for other in drugs):
            drugs.append(drug)
    facts = {"dose_x": pick(rng, ("325 mg", "650 mg", "975 mg"))}
    for role, drug in zip(_ROLES, drugs, strict=False):
        doses = [dose for dose in sample(rng, drug.doses) if dose not in facts.values()][:2]
        if len(doses) < 2:  # its usual doses are taken: begin again, which is rare
            return _drug_facts(rng)
        facts[f"drug_{role}"] = drug.name
        facts[f"reason_{role}"] = drug.reason
        facts[f"kind_{role}"] = drug.kind
        facts[f"freq_{role}"] = pick(rng, drug.frequencies)
        facts[f"dose_{role}"], facts[f"dose_{role}2"] = sorted(doses, key=drug.doses.index)
    siblings = [d.name for d in vocabulary.DRUGS if d.reason == drugs[0].reason and d is not drugs[0]]
    facts["drug_a2"] = pick(rng, siblings)
    facts["drug_x"], facts["reason_x"], facts["reason_y"] = drugs[3].name, drugs[3].reason, drugs[4].reason
    return facts


def _lab_facts(rng: Random) -> dict[str, str]:
    facts: dict[str, str] = {}
    for role, lab in zip("abcx", sample(rng, vocabulary.LABS, 4), strict=True):
        facts[f"lab_{role}"] = lab.name
        for slot in (f"value_{role}", f"value_{role}2"):
            value = _lab_value(rng, lab)
            while value in facts.values():
                value = _lab_value(rng, lab)
            facts[slot] = value
    return facts


def _lab_value(rng: Random, lab: Lab) -> str:
    return f"{lab.low + rng.random() * (lab.high - lab.low):.{lab.decimals}f}"


def _date_facts(rng: Random) -> dict[str, str]:
    style = pick(rng, _DATE_FORMATS)
    day = date(2011, 1, 1) + timedelta(days=int(rng.random() * 3000))
    facts: dict[str, str] = {}
    for slot in ("date_1", "date_2", "date_3", "date_4"):
        facts[slot] = _written(day, style)
        day += timedelta(days=1 + int(rng.random() * 9))
    past = date(2002, 1, 1)
    for slot in sample(rng, ("date_a", "date_b", "date_c")):
        past += timedelta(days=1 + int(rng.random() * 1000))
        facts[slot] = _written(past, style)
    return facts


def _written(day: date, style: str) -> str:
    month = vocabulary.MONTHS[day.month - 1]
    return style.format(d=day.day, m=day.month, y=day.year, yy=day.year % 100, month=month)
