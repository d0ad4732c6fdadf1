"""What an example looks like, as numbers and words a map can be sliced by."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.slices.kinds import kind_of
from dataset_cartography.slices.measures import (
    TEXT_MEASURES,
    compared_texts,
    label_positions,
    measure_answers,
    measure_choices,
    measure_duplicates,
    measure_labels,
    measure_tags,
)
from dataset_cartography.slices.words import Texts


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
        several: whether a value is several at once, a tuple of texts; then an example is in the slice of each.
    """

    name: str
    title: str
    description: str
    unit: str = ""
    zero: str | None = None
    missing: str = "unknown"
    several: bool = False


FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("label", "Gold label", "the label that the dataset gives"),
        Feature(
            "labels", "Gold labels", "each label that the dataset gives", missing="no label", several=True
        ),
        Feature(
            "tags",
            "Gold tags",
            "what an entity or token among the gold tags is",
            missing="none",
            several=True,
        ),
        Feature("target", "Target", "the value that the dataset gives"),
        Feature("question_type", "Question type", "the question's first interrogative word"),
        Feature(
            "question_subject",
            "Question subject",
            "what the question asks for by its wording, such as a dose",
        ),
        Feature("answer_type", "Answer type", "the form of the first gold answer", missing="no answer"),
        Feature(
            "answer_length", "Answer length", "words of the first gold answer", "word", zero="0 (no answer)"
        ),
        Feature(
            "answer_position",
            "Answer position",
            "where the first gold answer starts, as a share of the context's length",
            "%",
            missing="undefined (no answer)",
        ),
        Feature(
            "question_context_overlap",
            "Overlap of question and context",
            "share of the question's content words that occur in the context",
            "%",
            missing="undefined (no content words)",
        ),
        Feature(
            "question_sentence_overlap",
            "Overlap of question and answer sentence",
            "share of the question's content words that occur in the sentence of the first gold answer",
            "%",
            missing="undefined (no answer or no content words)",
        ),
        Feature(
            "premise_hypothesis_overlap",
            "Overlap of hypothesis and premise",
            "share of the hypothesis's content words that occur in the premise",
            "%",
            missing="undefined (no content words)",
        ),
        Feature("text_length", "Text length", "words of the text", "word"),
        Feature("sentence_length", "Sentence length", "tokens of the sentence", "token"),
        Feature(
            "n_entities",
            "Number of entities",
            "entities that the gold tags mark",
            "entity",
            zero="0 (no entity)",
        ),
        Feature(
            "n_labels", "Number of labels", "labels that the dataset gives", "label", zero="0 (no label)"
        ),
        Feature("source_length", "Source length", "words of the source", "word"),
        Feature("target_length", "Target length", "words of the target", "word"),
        Feature("prompt_length", "Prompt length", "words of the prompt", "word", zero="0 (no prompt)"),
        Feature("completion_length", "Completion length", "words of the completion", "word"),
        Feature("chosen_length", "Length of the chosen answer", "words of the chosen answer", "word"),
        Feature("rejected_length", "Length of the rejected answer", "words of the rejected answer", "word"),
        Feature(
            "chosen_by_length",
            "Chosen answer by length",
            "whether the chosen answer has more words than the rejected one, or fewer",
        ),
        Feature(
            "chosen_rejected_overlap",
            "Overlap of chosen and rejected answer",
            "share of the chosen answer's content words that occur in the rejected one",
            "%",
            missing="undefined (no content words)",
        ),
        Feature(
            "target_source_overlap",
            "Overlap of target and source",
            "share of the target's content words that occur in the source",
            "%",
            missing="undefined (no content words)",
        ),
        Feature(
            "completion_prompt_overlap",
            "Overlap of completion and prompt",
            "share of the completion's content words that occur in the prompt",
            "%",
            missing="undefined (no content words)",
        ),
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
        Feature("n_answers", "Number of gold answers", "distinct gold spans", "answer", zero="0 (no answer)"),
        Feature("n_choices", "Number of choices", "choices to choose from", "choice"),
        Feature(
            "near_duplicates",
            "Number of near-duplicates",
            "other examples with nearly the same texts",
            zero="0",
        ),
        Feature(
            "near_duplicate_gold",
            "Gold of near-duplicates",
            "whether examples with nearly the same texts have the same label or answer",
        ),
    )
}
"""In the order of breakdowns."""


def describe_examples(
    examples: pd.DataFrame, map_df: pd.DataFrame | None = None, *, near_duplicates: bool = True
) -> pd.DataFrame:
    """Describe examples by those of `FEATURES` that their columns allow, one row per example.

    Words are what stands between spaces (lengths) or between other than letters and digits (overlaps), so
    texts written without spaces count as few, long words.

    Args:
        examples: the columns of one of `KINDS`, index = example id.
        map_df: the data map; with its column "windows" the features have one too.
        near_duplicates: whether to look for texts that are nearly the same; of a part of the dataset only those
            of the part would be found.

    Returns:
        A frame on the index of `examples`, its columns in the order of `FEATURES`: text, or tuples of it; numbers
        (words, answers, choices; of an answer's length 0 = unanswerable; `windows` Int64, NA where the map has no such
        example); shares and places 0..1, NaN where undefined.

    Raises:
        MissingColumnError: the examples are of no known kind.
    """
    kind = kind_of(examples)
    texts = {name: Texts.of(examples[name]) for name in kind.readable if name in examples.columns}
    measured: dict[str, Any] = {}
    for needs, measure in TEXT_MEASURES.items():
        if set(needs) <= set(texts):
            measured |= measure(*(texts[name] for name in needs))
    if kind.measured:
        measured["target"] = examples["label"].to_numpy(dtype="float64")
    elif "label" in kind.gold:
        measured["label"] = examples["label"].to_numpy(dtype=object)
    if "labels" in kind.gold:
        measured |= measure_labels(examples["labels"])
    if "tags" in kind.gold:
        measured |= measure_tags(examples["tags"])
    if "answers" in kind.gold:
        measured |= measure_answers(texts["question"], texts["context"], examples["answers"])
    if "choices" in kind.gold:
        measured |= measure_choices(examples["choices"], label_positions(examples["label"]))
    if near_duplicates:
        columns, gold = compared_texts(examples, kind)
        measured |= measure_duplicates(columns, None if kind.measured else gold)
    if map_df is not None and "windows" in map_df.columns:
        measured["windows"] = map_df["windows"].reindex(examples.index).astype("Int64").array
    return pd.DataFrame({name: measured[name] for name in FEATURES if name in measured}, index=examples.index)
