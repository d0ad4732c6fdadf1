"""What is told of examples with several decisions each: the tags of a sentence, the labels of a text."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dataset_cartography.label_errors.units import NO_LABEL, label_list
from dataset_cartography.pages.answers import label_name, longest_answer
from dataset_cartography.pages.excerpt import shortened
from dataset_cartography.pages.pieces import Piece, Pieces
from dataset_cartography.pages.runs import GOLD, PREDICTED, Run, of_runs
from dataset_cartography.pages.told import MOST_ANSWERS, Told, plain_texts
from dataset_cartography.slices import names_of
from dataset_cartography.slices.tags import OUTSIDE, Entity, entities, mark_entities

NO_ENTITY = "(no entity)"
_LONGEST_TAG = 40  # characters
_MOST_LABELS = 12


def tell_tags(
    examples: list[dict[Any, Any]], pieces: Pieces | None, labels: Sequence[str], width: int
) -> Iterator[Told]:
    """Sentences with their entities, or the tag of every token, and with what the last epoch made of them.

    Args:
        examples: With `tokens` and `tags`.
        pieces: Theirs; None where they are not known.
        labels: The tags' names by the numbers that pieces have.
        width: As for `show`.
    """
    longest = longest_answer(width)
    for place, example in enumerate(examples):
        words, gold = names_of(example["tokens"]), names_of(example["tags"])
        predicted = [None] * len(words) if pieces is None else predicted_tags(pieces[place], labels, words)
        known = [one for one in predicted if one is not None]
        entity_tags = mark_entities({*gold, *known})
        stretches = _entities(gold, predicted) if entity_tags else _tokens(gold, predicted)
        runs, around = _runs(words, stretches)
        found = [in_words(one, words) for one in entities(gold)] if entity_tags else [" ".join(gold)]
        said = [one or OUTSIDE for one in predicted]
        told = [in_words(one, words) for one in entities(said)] if entity_tags else [" ".join(said)]
        unknown = len(words) - len(known) if known else 0
        yield Told(
            texts=[of_runs("tokens", runs, 2 * width, around)],
            choices=[],
            gold=[shortened(one, longest) for one in found[:MOST_ANSWERS]] or [NO_ENTITY],
            more_gold=max(0, len(found) - MOST_ANSWERS),
            prediction=shortened(" · ".join(told), longest) or NO_ENTITY if known else None,
            agrees=all(one in (None, tag) for one, tag in zip(predicted, gold, strict=False))
            if known
            else None,
            correction=_correction(gold, predicted),
            notes=[_cut_off(unknown)] if unknown else [],
        )


def _correction(gold: Sequence[str], predicted: Sequence[str | None]) -> str | None:
    """The tags that were predicted otherwise, by the numbers of their tokens; None where there are none."""
    pairs = enumerate(zip(gold, predicted, strict=False))
    other = [f"{place}: {said}" for place, (tag, said) in pairs if said not in (None, tag)]
    return ", ".join(other) or None


def _cut_off(count: int) -> str:
    many = count != 1
    return (
        f"{count:,} of the tokens {'were' if many else 'was'} not given to the model: cut off, or of no text."
    )


def predicted_labels(piece: Piece, labels: Sequence[str]) -> list[str]:
    """The names of the labels that the last epoch predicted."""
    return [label_name(labels, number) for number in piece.unit[piece.prediction == 1].tolist()]


def predicted_tags(piece: Piece, labels: Sequence[str], words: Sequence[str]) -> list[str | None]:
    """The tag that the last epoch predicted for each word, None where it did not read it."""
    tags: list[str | None] = [None] * len(words)
    for unit, number in zip(piece.unit.tolist(), piece.prediction.tolist(), strict=True):
        if number >= 0 and unit < len(words):
            tags[unit] = label_name(labels, number)
    return tags


class _Stretch(NamedTuple):
    """Tokens that are shown as one: from `start` to before `end`; whether what they say is not what was predicted."""

    start: int
    end: int
    marks: int
    note: str
    differs: bool = False


def _entities(gold: Sequence[str], predicted: Sequence[str | None]) -> list[_Stretch]:
    """Gold entities, and what else was predicted to be one."""
    found = entities(gold)
    said = entities([one or OUTSIDE for one in predicted])
    stretches = [_gold_entity(one, said, known=any(predicted[one.start : one.end])) for one in found]
    taken = {place for one in found for place in range(one.start, one.end)}
    for one in said:
        inside = [place for place in range(one.start, one.end) if place not in taken]
        # Where gold entities lie inside, only what is around them.
        starts = [place for place in inside if place - 1 not in inside]
        ends = [place + 1 for place in inside if place + 1 not in inside]
        note = f"none, predicted {_numbered(one)}"
        stretches += [
            _Stretch(start, end, PREDICTED, note, differs=True)
            for start, end in zip(starts, ends, strict=True)
        ]
    return sorted(stretches)


def _gold_entity(one: Entity, said: Sequence[Entity], *, known: bool) -> _Stretch:
    if one in said or not known:
        return _Stretch(one.start, one.end, GOLD + PREDICTED * (one in said), _numbered(one))
    there = [other for other in said if other.start < one.end and one.start < other.end]
    told = " and ".join(map(_numbered, there)) or "none"
    marks = GOLD + PREDICTED * bool(there)
    return _Stretch(one.start, one.end, marks, f"{_numbered(one)}, predicted {told}", differs=True)


def _numbered(one: Entity) -> str:
    """What an entity is, and the numbers of its tokens from 0."""
    return f"{shortened(one.about, _LONGEST_TAG)} {one.start}" + (
        "" if one.end == one.start + 1 else f"\N{EN DASH}{one.end - 1}"
    )


def _tokens(gold: Sequence[str], predicted: Sequence[str | None]) -> list[_Stretch]:
    """Every token with its tag."""
    return [
        _Stretch(place, place + 1, 0, _numbered(Entity(place, place + 1, tag)))
        if said in (None, tag)
        else _Stretch(place, place + 1, PREDICTED, f"{tag} {place}, predicted {said}", differs=True)
        for place, (tag, said) in enumerate(zip(gold, predicted, strict=False))
    ]


def _runs(words: Sequence[str], stretches: Sequence[_Stretch]) -> tuple[list[Run], int | None]:
    """A sentence's runs, and the one to look at: the first that differs, or else the first."""
    runs: list[Run] = []
    first, differing = None, None
    place = 0
    for one in (*stretches, _Stretch(len(words), len(words), 0, "")):
        between = " ".join(words[place : one.start])
        if between or (place and one.start < len(words)):
            runs.append(((" " if place else "") + between + (" " if between and one.note else ""), 0))
        if one.note:
            first = len(runs) if first is None else first
            differing = len(runs) if one.differs and differing is None else differing
            text = " ".join(words[one.start : one.end])
            runs.append((text, one.marks, shortened(one.note, 4 * _LONGEST_TAG)))
        place = one.end
    return runs, first if differing is None else differing


def in_words(one: Entity, words: Sequence[str]) -> str:
    """An entity's text, and what it is."""
    return f"{' '.join(words[one.start : one.end])} ({one.about})"


def tell_several(
    examples: list[dict[Any, Any]], pieces: Pieces | None, labels: Sequence[str], width: int
) -> Iterator[Told]:
    """Texts with the labels given and those predicted.

    Args:
        examples: With `text` and `labels`.
        pieces: Theirs; None where they are not known.
        labels: The names of the labels by the numbers that pieces have.
        width: As for `show`.
    """
    longest = longest_answer(width)
    for place, example in enumerate(examples):
        gold = names_of(example["labels"])
        piece = None if pieces is None else pieces[place]
        known = piece is not None and bool((piece.prediction >= 0).any())
        predicted = (
            []
            if piece is None
            else [label_name(labels, n) for n in piece.unit[piece.prediction == 1].tolist()]
        )
        needless = [name for name in gold if name not in predicted]
        missing = [name for name in predicted if name not in gold]
        notes = [("Given, not predicted", needless), ("Predicted, not given", missing)]
        yield Told(
            texts=plain_texts(("text",), example, width),
            choices=[],
            gold=[shortened(name, longest) for name in gold[:_MOST_LABELS]] or [NO_LABEL],
            more_gold=max(0, len(gold) - _MOST_LABELS),
            prediction=shortened(" · ".join(predicted), longest) or NO_LABEL if known else None,
            agrees=not needless and not missing if known else None,
            correction=label_list(predicted) if known and (needless or missing) else None,
            notes=[
                f"{words}: {shortened(', '.join(names), longest)}."
                for words, names in notes
                if known and names
            ],
        )
