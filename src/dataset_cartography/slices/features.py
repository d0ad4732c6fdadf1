"""What a question-answering example looks like, as numbers and words a map can be sliced by."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.slices.question_types import question_type

_WORD = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a an the this that these those it its he his him she her they their them we our you your i my me "
        "of in on at to for from by with as about into during after before between under over than "
        "and or but not no if so s t there here "
        "is are was were be been being am do does did has have had can could will would should may might "
        "what who whom whose when where why how which many much long often old"
    )
)
_SENTENCE_END = re.compile("[.!?]\\s|[\n\u3002\uff01\uff1f]")  # ASCII and ideographic full stops and marks
_SENTENCE_REACH = 500  # characters either side of the answer in which a sentence is looked for


@dataclass(frozen=True)
class Feature:
    """What a column of features means, for labels, captions and files.

    Attributes:
        name: the column.
        title: the heading a reader sees.
        description: how it is measured, in half a line.
        unit: singular noun behind a number, "%" for a share, "" for text.
        zero: the words for a value of 0 where 0 means something of its own.
        missing: the words for a missing value.
    """

    name: str
    title: str
    description: str
    unit: str = ""
    zero: str | None = None
    missing: str = "unknown"


FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("question_type", "Question type", "the question's first interrogative word"),
        Feature("answer_length", "Answer length", "words of the first gold answer", "word", zero="no answer"),
        Feature(
            "answer_position",
            "Answer position",
            "where the first gold answer starts, as a share of the context's length",
            "%",
            missing="no answer",
        ),
        Feature(
            "question_context_overlap",
            "Overlap of question and context",
            "share of the question's content words that occur in the context",
            "%",
            missing="no content words",
        ),
        Feature(
            "question_sentence_overlap",
            "Overlap of question and answer sentence",
            "share of the question's content words that occur in the sentence of the first gold answer",
            "%",
            missing="no answer or no content words",
        ),
        Feature("context_length", "Context length", "words of the context", "word"),
        Feature("windows", "Number of windows", "tokenised pieces the context was cut into", "window"),
        Feature("n_answers", "Number of gold answers", "distinct gold spans", "answer", zero="no answer"),
    )
}


def answer_spans(answers: Any) -> list[tuple[str, int]]:
    """The (text, start) pairs of an `answers` cell `{"text": […], "answer_start": […]}`; empty if none."""
    if not isinstance(answers, dict):
        return []
    texts, starts = answers.get("text"), answers.get("answer_start")
    if texts is None or starts is None:
        return []
    return [(str(text), int(start)) for text, start in zip(texts, starts, strict=False)]


def describe_examples(examples: pd.DataFrame, map_df: pd.DataFrame | None = None) -> pd.DataFrame:
    """Describe question-answering examples by the features of `FEATURES`, one row per example.

    Words are what stands between spaces (lengths) or between other than letters and digits (overlaps), so
    texts written without spaces count as few, long words.

    Args:
        examples: columns question, context and answers, index = example id.
        map_df: the data map; with its column "windows" the features have one too.

    Returns:
        A frame on the index of `examples`: question_type (text), answer_length (words of the first gold
        answer, 0 = unanswerable), answer_position (0..1, NaN = none), question_context_overlap and
        question_sentence_overlap (0..1, NaN = undefined), context_length (words), n_answers (distinct
        gold spans) and, if known, windows (Int64, NA where the map has no such example).

    Raises:
        MissingColumnError: one of the three columns is missing.
    """
    for column in ("question", "context", "answers"):
        if column not in examples.columns:
            raise MissingColumnError.of(
                column,
                [str(name) for name in examples.columns],
                "the examples",
                "Question-answering examples need question, context and answers.",
            )
    questions = [_text(value) for value in examples["question"]]
    contexts = [_text(value) for value in examples["context"]]
    measured = [
        _measure(question, context, answer_spans(answers))
        for question, context, answers in zip(questions, contexts, examples["answers"], strict=True)
    ]
    features = pd.DataFrame.from_records(measured, index=examples.index, columns=list(_MEASURED))
    features = features.astype(_MEASURED)
    features.insert(0, "question_type", [question_type(question) for question in questions])
    if map_df is not None and "windows" in map_df.columns:
        features["windows"] = map_df["windows"].reindex(examples.index).astype("Int64")
    return features


_MEASURED = {
    "answer_length": "int64",
    "answer_position": "float64",
    "question_context_overlap": "float64",
    "question_sentence_overlap": "float64",
    "context_length": "int64",
    "n_answers": "int64",
}


def _measure(
    question: str, context: str, answers: list[tuple[str, int]]
) -> tuple[int, float, float, float, int, int]:
    """The values of `_MEASURED` for one example."""
    context_length, vocabulary = _context_facts(context)
    content = set(_words(question)) - _STOP_WORDS
    overlap = _share(content, vocabulary)
    if not answers:
        return 0, np.nan, overlap, np.nan, context_length, 0
    text, start = answers[0]
    position = sentence_overlap = np.nan
    if 0 <= start < len(context):
        position = start / len(context)
        sentence_overlap = _share(content, set(_words(_sentence(context, start, start + len(text)))))
    return len(text.split()), position, overlap, sentence_overlap, context_length, len(set(answers))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(text: str) -> list[str]:
    folded = text.casefold()
    return _WORD.findall(folded if folded.isascii() else unicodedata.normalize("NFC", folded))


@lru_cache(maxsize=256)  # questions on one context mostly follow each other
def _context_facts(context: str) -> tuple[int, frozenset[str]]:
    return len(context.split()), frozenset(_words(context))


def _share(content: set[str], vocabulary: set[str] | frozenset[str]) -> float:
    return len(content & vocabulary) / len(content) if content else np.nan


def _sentence(context: str, start: int, end: int) -> str:
    """The sentence or sentences that hold context[start:end]; an abbreviation may end one early."""
    left = max(0, start - _SENTENCE_REACH)
    for found in _SENTENCE_END.finditer(context, left, start):
        left = found.end()
    right = _SENTENCE_END.search(context, end, end + _SENTENCE_REACH)
    return context[left : right.start() if right else end + _SENTENCE_REACH]
