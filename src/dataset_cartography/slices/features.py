"""What an example looks like, as numbers and words a map can be sliced by."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.slices.kinds import kind_of
from dataset_cartography.slices.question_types import question_type
from dataset_cartography.slices.words import as_text, length, overlap

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
        Feature("label", "Gold label", "the label that the dataset gives"),
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
        Feature(
            "premise_hypothesis_overlap",
            "Overlap of hypothesis and premise",
            "share of the hypothesis's content words that occur in the premise",
            "%",
            missing="no content words",
        ),
        Feature("text_length", "Text length", "words of the text", "word"),
        Feature("premise_length", "Premise length", "words of the premise", "word"),
        Feature("hypothesis_length", "Hypothesis length", "words of the hypothesis", "word"),
        Feature("context_length", "Context length", "words of the context", "word"),
        Feature("choice_length", "Length of the right choice", "words of the right choice", "word"),
        Feature(
            "choice_length_rank",
            "Right choice by length",
            "whether the right choice has the most words of all, the fewest, or neither",
        ),
        Feature("windows", "Number of windows", "tokenised pieces the context was cut into", "window"),
        Feature("n_answers", "Number of gold answers", "distinct gold spans", "answer", zero="no answer"),
        Feature("n_choices", "Number of choices", "choices to choose from", "choice"),
    )
}
"""In the order of breakdowns."""


def answer_spans(answers: Any) -> list[tuple[str, int]]:
    """The (text, start) pairs of an `answers` cell `{"text": […], "answer_start": […]}`; empty if none."""
    if not isinstance(answers, dict):
        return []
    texts, starts = answers.get("text"), answers.get("answer_start")
    if texts is None or starts is None:
        return []
    return [(str(text), int(start)) for text, start in zip(texts, starts, strict=False)]


def label_positions(labels: "pd.Series[Any]") -> "pd.Series[Any]":
    """Labels as whole numbers: their own, or their place among a categorical's; -1 where there is neither."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return labels.cat.codes
    if pd.api.types.is_integer_dtype(labels):
        return labels.fillna(-1).astype("int64")
    return pd.Series(-1, index=labels.index)


def describe_examples(examples: pd.DataFrame, map_df: pd.DataFrame | None = None) -> pd.DataFrame:
    """Describe examples by those of `FEATURES` that their columns allow, one row per example.

    Words are what stands between spaces (lengths) or between other than letters and digits (overlaps), so
    texts written without spaces count as few, long words.

    Args:
        examples: the columns of one of `KINDS`, index = example id.
        map_df: the data map; with its column "windows" the features have one too.

    Returns:
        A frame on the index of `examples`, its columns in the order of `FEATURES`: text; whole numbers (words,
        answers, choices; of an answer's length 0 = unanswerable; `windows` Int64, NA where the map has no such
        example); shares and places 0..1, NaN where undefined.

    Raises:
        MissingColumnError: the examples are of no known kind.
    """
    kind = kind_of(examples.columns)
    texts = {
        name: [as_text(value) for value in examples[name]] for name in kind.texts if name in examples.columns
    }
    measured: dict[str, Any] = {}
    for needs, measure in _TEXT_MEASURES.items():
        if set(needs) <= set(texts):
            measured |= measure(*(texts[name] for name in needs))
    if "label" in kind.gold:
        measured["label"] = examples["label"].to_numpy(dtype=object)
    if "answers" in kind.gold:
        measured |= _measure_answers(texts["question"], texts["context"], examples["answers"])
    if "choices" in kind.gold:
        measured |= _measure_choices(examples["choices"], label_positions(examples["label"]))
    if map_df is not None and "windows" in map_df.columns:
        measured["windows"] = map_df["windows"].reindex(examples.index).astype("Int64").array
    return pd.DataFrame({name: measured[name] for name in FEATURES if name in measured}, index=examples.index)


Texts = list[str]

_TEXT_MEASURES: dict[tuple[str, ...], Callable[..., dict[str, Any]]] = {
    ("question",): lambda question: {"question_type": [question_type(text) for text in question]},
    ("text",): lambda text: {"text_length": _lengths(text)},
    ("premise",): lambda premise: {"premise_length": _lengths(premise)},
    ("hypothesis",): lambda hypothesis: {"hypothesis_length": _lengths(hypothesis)},
    ("context",): lambda context: {"context_length": _lengths(context)},
    ("question", "context"): lambda question, context: {
        "question_context_overlap": _overlaps(question, context)
    },
    ("hypothesis", "premise"): lambda hypothesis, premise: {
        "premise_hypothesis_overlap": _overlaps(hypothesis, premise)
    },
}
"""What can be measured of which texts."""


def _lengths(texts: Texts) -> Any:
    return np.array([length(text) for text in texts], dtype="int64")


def _overlaps(texts: Texts, others: Texts) -> Any:
    return np.array([overlap(*pair) for pair in zip(texts, others, strict=True)], dtype="float64")


def _measure_answers(questions: Texts, contexts: Texts, answers: "pd.Series[Any]") -> dict[str, Any]:
    """Number, length and place of the gold answers, and what the question shares with the sentence around."""
    spans = [answer_spans(cell) for cell in answers]
    position = np.full(len(spans), np.nan)
    shared = np.full(len(spans), np.nan)
    for row, (question, context, found) in enumerate(zip(questions, contexts, spans, strict=True)):
        if found and 0 <= found[0][1] < len(context):
            text, start = found[0]
            position[row] = start / len(context)
            shared[row] = overlap(question, _sentence(context, start, start + len(text)))
    return {
        "answer_length": _lengths([found[0][0] if found else "" for found in spans]),
        "answer_position": position,
        "question_sentence_overlap": shared,
        "n_answers": np.array([len(set(found)) for found in spans], dtype="int64"),
    }


def _measure_choices(choices: "pd.Series[Any]", right: "pd.Series[Any]") -> dict[str, Any]:
    """The right choice's words, by themselves and among the others'; how many choices, where that varies."""
    lengths = [[length(as_text(choice)) for choice in found] for found in choices]
    own = [
        words[place] if 0 <= place < len(words) else None for words, place in zip(lengths, right, strict=True)
    ]
    counts = np.array([len(words) for words in lengths], dtype="int64")
    return {
        **({"n_choices": counts} if len(np.unique(counts)) > 1 else {}),
        "choice_length": pd.array(own, dtype="Int64"),
        "choice_length_rank": [_rank(*pair) for pair in zip(lengths, own, strict=True)],
    }


def _rank(lengths: list[int], own: int | None) -> str | None:
    if own is None:
        return None
    if lengths.count(own) == 1 and own in (max(lengths), min(lengths)):
        return "the longest" if own == max(lengths) else "the shortest"
    return "neither"


def _sentence(context: str, start: int, end: int) -> str:
    """The sentence or sentences that hold context[start:end]; an abbreviation may end one early."""
    left = max(0, start - _SENTENCE_REACH)
    for found in _SENTENCE_END.finditer(context, left, start):
        left = found.end()
    right = _SENTENCE_END.search(context, end, end + _SENTENCE_REACH)
    return context[left : right.start() if right else end + _SENTENCE_REACH]
