"""Edge (extra: train): wrong labels where examples have several: lists of labels, and tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataset_cartography.slices.tags import OUTSIDE, Entity, entities, mark_entities
from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.noise.draws import pick, split

Array = npt.NDArray[Any]


class _ListNoise:
    """What the two have in common: lists of labels, by their numbers.

    Args:
        examples: With a column of lists of a `ClassLabel`.
        column: Its name.
    """

    def __init__(self, examples: datasets.Dataset, column: str) -> None:
        self._examples, self._column = examples, column
        self._names: list[str] = examples.features[column].feature.names
        self._lists: list[list[int]] = examples[column][:]
        self.labelled = np.ones(len(examples), dtype=bool)

    def written(self, row: int) -> list[str]:
        """The labels' names."""
        return self.name(self._lists[row])

    def name(self, label: Sequence[int]) -> list[str]:
        """Names of labels."""
        return [self._names[number] for number in label]

    def relabelled(self, labels: Mapping[int, list[int]], key: str) -> datasets.Dataset:
        """The examples with other lists."""
        rows = self._examples
        lists = [labels.get(row, numbers) for row, numbers in enumerate(self._lists)]
        return rows.remove_columns(self._column).add_column(
            self._column,
            pa.array(lists, rows.features.arrow_schema.field(self._column).type),
            feature=rows.features[self._column],
            new_fingerprint=fingerprint(rows._fingerprint, "planted", key, dict(labels)),
        )


class LabelSetNoise(_ListNoise):
    """One label too many, or one too few; see `planting.Noise`.

    Args:
        examples: With the column `labels`.
        kind: "confusable": a label is forgotten, or one is added that often goes with those given; "uniform": any label
            changes.
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        super().__init__(examples, "labels")
        self._kind = kind
        given = np.zeros((len(self._lists), len(self._names)))
        for row, numbers in enumerate(self._lists):
            given[row, numbers] = 1
        self._given = given
        # How often each label goes with each other one; the diagonal, how often it is given.
        self._together = given.T @ given

    def other(self, row: int, chance: float) -> list[int] | None:
        """The labels with one more or one less."""
        numbers = self._lists[row]
        absent = [number for number in range(len(self._names)) if not self._given[row, number]]
        if self._kind == "uniform":
            changed = pick(range(len(self._names)), chance)
        else:
            forget, chance = split(chance, 2)
            if (forget == 0 or not absent) and numbers:
                changed = pick(numbers, chance)
            elif absent:
                changed = self._likely(numbers, absent, chance)
            else:
                return None
        return (
            [number for number in numbers if number != changed]
            if changed in numbers
            else sorted([*numbers, changed])
        )

    def _likely(self, given: Sequence[int], absent: Sequence[int], chance: float) -> int:
        """One of the absent labels, drawn by how often they go with the given ones, or are given at all."""
        often = self._together[list(given)].sum(axis=0) if given else np.diag(self._together)
        weights = often[list(absent)] + 1.0
        place = np.searchsorted(np.cumsum(weights) / weights.sum(), chance, side="right")
        return absent[int(place)]


class TagNoise(_ListNoise):
    """One entity, or one tag, that is wrong; see `planting.Noise`.

    Args:
        examples: With the columns `tokens` and `tags`.
        kind: "confusable": an entity of another type, with a boundary a token off, or none at all; where tags mark no
            entities, one that the same word has elsewhere. "boundary": an entity with a boundary off. "uniform": any
            other tag for any token.
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        super().__init__(examples, "tags")
        self._kind = kind
        used = {number for numbers in self._lists for number in numbers}
        self._used = sorted(used)
        self._mark_entities = mark_entities(self._names)
        self._number = {name: number for number, name in enumerate(self._names)}
        self._types = sorted({one.about for numbers in self._lists for one in self._entities(numbers)})
        self._places = _places(self._names)
        self._of_word: dict[str, set[int]] = {}
        words: list[list[str]] = examples["tokens"][:]
        if kind == "uniform":
            has = [bool(numbers) for numbers in self._lists]
        elif self._mark_entities:
            has = [bool(self._entities(numbers)) for numbers in self._lists]
        else:
            has = [kind != "boundary" and bool(numbers) for numbers in self._lists]
            for texts, numbers in zip(words, self._lists, strict=True):
                for text, number in zip(texts, numbers, strict=True):
                    self._of_word.setdefault(text.casefold(), set()).add(number)
        self._words = words
        self.labelled = np.array(has)

    def _entities(self, numbers: Sequence[int]) -> list[Entity]:
        return entities(self.name(numbers)) if self._mark_entities else []

    def other(self, row: int, chance: float) -> list[int] | None:
        """The sentence's tags, some of them wrong; None if there is no plausible way."""
        numbers = self._lists[row]
        if self._kind != "uniform" and self._mark_entities:
            return self._other_entity(numbers, chance)
        options = [
            (place, [other for other in self._choices(row, place) if other != number])
            for place, number in enumerate(numbers)
        ]
        options = [(place, others) for place, others in options if others]
        if not options:
            return None
        chosen, chance = split(chance, len(options))
        place, others = options[chosen]
        return [*numbers[:place], pick(others, chance), *numbers[place + 1 :]]

    def _choices(self, row: int, place: int) -> Sequence[int]:
        if self._kind == "uniform":
            return self._used
        return sorted(self._of_word[self._words[row][place].casefold()])

    def _other_entity(self, numbers: list[int], chance: float) -> list[int] | None:
        found = self._entities(numbers)
        chosen, chance = split(chance, len(found))
        one = found[chosen]
        bare = [*numbers]
        bare[one.start : one.end] = [self._number[OUTSIDE]] * (one.end - one.start)
        ways: list[list[list[int] | None]] = [self._moved(bare, one)]
        if self._kind == "confusable":
            types = [one._replace(about=about) for about in self._types if about != one.about]
            ways += [[self._with(bare, other) for other in types], [bare]]
        wrong = [[tags for tags in way if tags is not None and tags != numbers] for way in ways]
        possible = [way for way in wrong if way]
        if not possible:
            return None
        chosen, chance = split(chance, len(possible))
        return pick(possible[chosen], chance)

    def _moved(self, bare: list[int], one: Entity) -> list[list[int] | None]:
        """The tags with one of the entity's boundaries a token off; it never reaches into another entity."""
        outside = self._number[OUTSIDE]
        tried = []
        if one.end < len(bare) and bare[one.end] == outside:
            tried.append(one._replace(end=one.end + 1))
        if one.start > 0 and bare[one.start - 1] == outside:
            tried.append(one._replace(start=one.start - 1))
        if one.end - one.start > 1:
            tried += [one._replace(end=one.end - 1), one._replace(start=one.start + 1)]
        return [self._with(bare, other) for other in tried]

    def _with(self, bare: list[int], one: Entity) -> list[int] | None:
        """The tags with an entity more; None if the data has no tags to write it with."""
        size = one.end - one.start
        alone, first, inside, last = self._places
        places = [alone] if size == 1 else [first, *[inside] * (size - 2), last]
        names = [
            f"{place}-{one.about}" if f"{place}-{one.about}" in self._number else place for place in places
        ]
        if any(name not in self._number for name in names):
            return None
        return [*bare[: one.start], *(self._number[name] for name in names), *bare[one.end :]]


def _places(names: Sequence[str]) -> tuple[str, str, str, str]:
    """How tags write the place of an entity's only, first, inner and last token, as far as the data's own do."""
    letters = {name[0] for name in names if name != OUTSIDE}
    first = "B" if "B" in letters else "I"
    alone = next((letter for letter in "SU" if letter in letters), first)
    last = next((letter for letter in "EL" if letter in letters), "I")
    return alone, first, "I", last
