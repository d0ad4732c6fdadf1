"""Edge (extra: train): wrong answers for extractive question answering."""

import math
import re
import string
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import datasets
import pyarrow as pa
import pyarrow.compute as pc

from dataset_cartography.slices.answer_types import answer_type
from dataset_cartography.slices.words import fold, overlap
from dataset_cartography.tasks.fingerprint import fingerprint
from dataset_cartography.tasks.noise.draws import pick
from dataset_cartography.tasks.qa.rows import Answers
from dataset_cartography.tasks.qa.score import normalize_answer

Span = tuple[int, int]

_IDEOGRAPHS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each is a word here
)
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")
# Signs around a word that an answer leaves out; those of amounts stay.
_AROUND = (
    "".join(sign for sign in string.punctuation if sign not in "%$+<>~") + "“”‘’«»…—–。、，！？：；（）「」"
)
# Not after "Dr", "Ms" or an initial.
_BREAK = re.compile(r"(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\bMrs)\.\s|[!?;:]\s|[\n。！？]")
_PART = re.compile(r"[,;:)\]\"”–—]\s|\s[(\[\"“–—]")
_ENDS = ((-1, 0), (1, 0), (0, 1), (0, -1))


class SpanNoise:
    """Other spans of the context; see `planting.Noise`.

    Args:
        examples: With the columns `context` and `answers`, each answer at its offset.
        kind: "confusable", "uniform" or "boundary".
    """

    def __init__(self, examples: datasets.Dataset, kind: str) -> None:
        self._examples = examples
        self._kind = kind
        self._answers: list[Answers] = examples["answers"][:]
        table = examples.with_format("arrow").select_columns(["answers"])[:]
        lengths = pc.list_value_length(pc.struct_field(table["answers"], "text"))
        self.labelled = pc.greater(lengths, 0).to_numpy()

    def other(self, row: int, chance: float) -> Answers | None:
        """Other answers, as many as the row has."""
        return another_answer(self._examples[row]["context"], self._answers[row], self._kind, chance)

    def written(self, row: int) -> Answers:
        """The row's answers."""
        return self._answers[row]

    def name(self, label: Answers) -> Answers:
        """The answers, as they are."""
        return label

    def relabelled(self, labels: Mapping[int, Answers], key: str) -> datasets.Dataset:
        """The examples with other answers."""
        answers = [labels.get(row, given) for row, given in enumerate(self._answers)]
        rows, feature = self._examples, self._examples.features["answers"]
        return rows.remove_columns("answers").add_column(
            "answers",
            pa.array(answers, type=datasets.Features(answers=feature).arrow_schema.field("answers").type),
            feature=feature,
            new_fingerprint=fingerprint(rows._fingerprint, "planted", key, dict(labels)),
        )


def another_answer(context: str, answers: Answers, kind: str, chance: float) -> Answers | None:
    """Wrong answers in place of a question's right ones, or None if there are no plausible ones.

    The commonest gold answer (the first of several) moves by so many words at its begin and end; gold answers that
    overlap it move by as many, the others become the same span. A new answer never reads like a right one, nor is it
    part of one or around one (but at a boundary), and crosses the end of a sentence only where the right one does.

    Args:
        context: What the answers are spans of.
        answers: The right ones; at least one.
        kind: As of `plant_label_noise`.
        chance: From 0 to below 1; decides among several.
    """
    place = _Place(context, answers)
    if place.words_of(place.main) is None:
        return None
    moves = place.boundary_moves() if kind == "boundary" else place.other_moves(alike=kind == "confusable")
    if not moves:
        return None
    move = pick(moves, chance)
    main = place.moved(place.main, move)
    spans = [place.moved(gold, move) if place.meets_main(gold) else main for gold in place.golds]
    sound = [span if span and place.is_wrong(span, move) else main for span in spans]
    return {
        "text": [context[slice(*span)] for span in sound if span],
        "answer_start": [span[0] for span in sound if span],
    }


class _Place:
    """A context's words, and where its right answers stand among them."""

    def __init__(self, context: str, answers: Answers) -> None:
        self.context = context
        pairs = zip(answers["text"], answers["answer_start"], strict=True)
        self.golds: list[Span] = [(start, start + len(text)) for text, start in pairs]
        self.main = Counter(self.golds).most_common(1)[0][0]
        self.words = _words(context)
        self._starts = [start for start, _ in self.words]
        self._ends = [end for _, end in self.words]
        self._right = {normalize_answer(text) for text in answers["text"]}
        self._right_words = [frozenset(text.split()) for text in self._right]
        self._may_break = any(_BREAK.search(text) for text in answers["text"])

    def words_of(self, span: Span) -> Span | None:
        """The numbers of the words that a span touches, from the first to after the last."""
        first, after = bisect_right(self._ends, span[0]), bisect_left(self._starts, span[1])
        return (first, after) if first < after else None

    def meets_main(self, span: Span) -> bool:
        """Whether a span overlaps the commonest gold answer."""
        return _overlap(span, self.main)

    def moved(self, span: Span, move: Span) -> Span | None:
        """A span with its begin and end moved by so many words; None if that leaves the context, or nothing."""
        words = self.words_of(span)
        if words is None:
            return None
        first, last = words[0] + move[0], words[1] - 1 + move[1]
        if not 0 <= first <= last < len(self.words):
            return None
        start = self._starts[first] if move[0] else span[0]
        return start, self._ends[last] if move[1] else span[1]

    def is_wrong(self, span: Span, move: Span) -> bool:
        """Whether a span differs from every right answer and could be one."""
        text = self.context[slice(*span)]
        reading = normalize_answer(text)
        if not reading or reading in self._right or (_BREAK.search(text) and not self._may_break):
            return False
        if move in _ENDS:
            return True
        words = frozenset(reading.split())
        within = any(words <= right or words >= right for right in self._right_words)
        return not within and not any(_overlap(span, gold) for gold in self.golds)

    def boundary_moves(self) -> list[Span]:
        """A word more or less at either side."""
        return [move for move in _ENDS if (span := self.moved(self.main, move)) and self.is_wrong(span, move)]

    def other_moves(self, *, alike: bool) -> list[Span]:
        """To every other place with room for as many words; `alike`: to those most alike in type and form."""
        words = self.words_of(self.main)
        assert words is not None  # noqa: S101 - asked before
        length = words[1] - words[0]
        moves = [(by, by) for by in range(-words[0], len(self.words) - words[1] + 1) if abs(by) >= length]
        if not alike:
            return [move for move in moves if self._goes_to(move)]
        forms = [_form(self.context[slice(*word)]) for word in self.words]
        pattern = forms[slice(*words)]
        whole = not self._parted(self.main)
        groups: dict[tuple[bool, int], list[Span]] = {}
        for move in moves:
            form = forms[words[0] + move[0] : words[1] + move[1]]
            if all((form[end] == "function") == (pattern[end] == "function") for end in (0, -1)):
                same = sum(one == other for one, other in zip(form, pattern, strict=True))
                span = self.moved(self.main, move)
                fits = not (whole and span and self._parted(span))
                groups.setdefault((fits, same), []).append(move)
        kind = self._type(self.main)
        for likeness in sorted(groups, reverse=True):
            sound = ((move, self._goes_to(move)) for move in groups[likeness])
            if found := [move for move, span in sound if span and self._type(span) == kind]:
                return found
        return []

    def _goes_to(self, move: Span) -> Span | None:
        span = self.moved(self.main, move)
        return span if span and self.is_wrong(span, move) else None

    def _parted(self, span: Span) -> bool:
        """Whether a comma, a bracket or the like stands within."""
        return _PART.search(self.context, *span) is not None

    def _type(self, span: Span) -> str:
        return answer_type(self.context[slice(*span)])


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _words(context: str) -> list[Span]:
    """Where words begin and end, signs around them left out."""
    words = []
    for match in _TOKEN.finditer(context):
        token = match.group()
        start = len(token) - len(token.lstrip(_AROUND))
        end = len(token.rstrip(_AROUND))
        if start < end:
            words.append((match.start() + start, match.start() + end))
    return words


@lru_cache(maxsize=100_000)
def _form(word: str) -> str:
    """What a word looks like: a number, a function word, a capitalised word, or any other."""
    if any(sign.isdigit() for sign in word):
        return "number"
    if math.isnan(overlap(fold(word), "")):  # no content word
        return "function"
    return "capital" if word[:1].isupper() else "word"
