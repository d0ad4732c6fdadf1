"""How the features of examples are measured."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.slices.answer_types import answer_type
from dataset_cartography.slices.kinds import Kind
from dataset_cartography.slices.near_duplicates import near_duplicate_groups
from dataset_cartography.slices.question_subjects import question_subject
from dataset_cartography.slices.question_types import question_type
from dataset_cartography.slices.tags import OUTSIDE, about, entities, mark_entities
from dataset_cartography.slices.words import Texts, as_text, fold, length, names_of, overlap

_SENTENCE_END = re.compile("[.!?]\\s|[\n\u3002\uff01\uff1f]")  # ASCII and ideographic full stops and marks
_SENTENCE_REACH = 500  # characters either side of the answer in which a sentence is looked for


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


TEXT_MEASURES: dict[tuple[str, ...], Callable[..., dict[str, Any]]] = {
    ("question",): lambda question: {
        "question_type": question.measured(question_type),
        "question_subject": question.measured(question_subject),
    },
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
    ("source",): lambda source: {"source_length": _lengths(source)},
    ("target",): lambda target: {"target_length": _lengths(target)},
    ("target", "source"): lambda target, source: {"target_source_overlap": _overlaps(target, source)},
    ("prompt",): lambda prompt: {"prompt_length": _lengths(prompt)},
    ("completion",): lambda completion: {"completion_length": _lengths(completion)},
    ("completion", "prompt"): lambda completion, prompt: {
        "completion_prompt_overlap": _overlaps(completion, prompt)
    },
    ("chosen",): lambda chosen: {"chosen_length": _lengths(chosen)},
    ("rejected",): lambda rejected: {"rejected_length": _lengths(rejected)},
    ("chosen", "rejected"): lambda chosen, rejected: {
        "chosen_by_length": _longer(chosen, rejected),
        "chosen_rejected_overlap": _overlaps(chosen, rejected),
    },
}
"""What can be measured of which texts."""


def _lengths(texts: Texts) -> Any:
    return np.array(texts.measured(length), dtype="int64")


def _overlaps(texts: Texts, others: Texts) -> Any:
    pairs = zip(texts.folded, others.folded, strict=True)
    return np.array([overlap(*pair) for pair in pairs], dtype="float64")


def _longer(texts: Texts, others: Texts) -> list[str]:
    words = ("of equal length", "the longer", "the shorter")
    return [words[int(sign)] for sign in np.sign(_lengths(texts) - _lengths(others))]


def measure_tags(tags: "pd.Series[Any]") -> dict[str, Any]:
    """How many tokens, which tags or kinds of entities are among them and, where tags mark entities, how many."""
    found = [names_of(cell) for cell in tags]
    distinct = {tag for cell in found for tag in cell}
    kinds = {tag: about(tag) for tag in distinct if tag != OUTSIDE}
    measured: dict[str, Any] = {
        "tags": pd.Series(
            [tuple(sorted({kinds[tag] for tag in cell if tag in kinds})) for cell in found], dtype=object
        ).array,
        "sentence_length": np.array([len(cell) for cell in found], dtype="int64"),
    }
    if mark_entities(distinct):
        measured["n_entities"] = np.array([len(entities(cell)) for cell in found], dtype="int64")
    return measured


def measure_labels(labels: "pd.Series[Any]") -> dict[str, Any]:
    """Which labels, and how many."""
    found = [tuple(sorted(set(names_of(cell)))) for cell in labels]
    return {
        "labels": pd.Series(found, dtype=object).array,
        "n_labels": np.array([len(cell) for cell in found], dtype="int64"),
    }


def measure_answers(questions: Texts, contexts: Texts, answers: "pd.Series[Any]") -> dict[str, Any]:
    """Number, form, length and place of the gold answers, and the question's overlap with the sentence around."""
    spans = [answer_spans(cell) for cell in answers]
    position = np.full(len(spans), np.nan)
    shared = np.full(len(spans), np.nan)
    for row, (question, context, found) in enumerate(
        zip(questions.folded, contexts.each, spans, strict=True)
    ):
        if found and 0 <= found[0][1] < len(context):
            text, start = found[0]
            position[row] = start / len(context)
            shared[row] = overlap(question, fold(_sentence(context, start, start + len(text))))
    return {
        "answer_type": [answer_type(found[0][0]) if found else None for found in spans],
        "answer_length": _lengths(Texts([found[0][0] if found else "" for found in spans])),
        "answer_position": position,
        "question_sentence_overlap": shared,
        "n_answers": np.array([len(set(found)) for found in spans], dtype="int64"),
    }


def measure_choices(choices: "pd.Series[Any]", right: "pd.Series[Any]") -> dict[str, Any]:
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


def measure_duplicates(columns: list[Texts], gold: list[Any] | None) -> dict[str, Any]:
    """How many other examples have nearly the same texts, and whether they have the same gold, where that is asked."""
    group = near_duplicate_groups([texts.folded for texts in columns])
    sizes = np.bincount(group, minlength=len(group))[group]
    if gold is None:
        return {"near_duplicates": sizes - 1}
    codes = pd.factorize(pd.Series(gold, dtype=object))[0]
    distinct = pd.DataFrame({"group": group, "gold": codes}).drop_duplicates()["group"]
    mixed = np.bincount(distinct, minlength=len(group))[group] > 1
    words_for = np.array(["no near-duplicate", "the same", "another one"], dtype=object)
    return {
        "near_duplicates": sizes - 1,
        "near_duplicate_gold": words_for[np.where(sizes == 1, 0, np.where(mixed, 2, 1))],
    }


def compared_texts(examples: pd.DataFrame, kind: Kind) -> tuple[list[Texts], list[Any]]:
    """The texts that near-duplicates have in common, and what is right: a label or several, or the words of a text."""
    columns = [Texts.of(examples[name]) for name in kind.texts if name in examples.columns]
    if "answers" in kind.gold:
        found = [answer_spans(cell) for cell in examples["answers"]]
        return columns, [fold(spans[0][0]) if spans else "" for spans in found]
    if kind.written:
        written = Texts.of(examples[kind.gold[0]])
        if not any(
            any(texts.each) for texts in columns
        ):  # a text alone, to be gone on with from its beginning
            columns = [written]
        return columns, written.folded
    if "choices" not in kind.gold:
        given: list[Any] = examples[kind.gold[0]].tolist()
        return columns, given if kind.gold == ("label",) else [names_of(cell) for cell in given]
    choices = [[as_text(choice) for choice in cell] for cell in examples["choices"]]
    right = label_positions(examples["label"])
    gold = [
        fold(cell[place]) if 0 <= place < len(cell) else None
        for cell, place in zip(choices, right, strict=True)
    ]
    return [*columns, Texts([" ".join(sorted(cell)) for cell in choices])], gold


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
