"""Examples -> tokens: each choice with what it answers, one feature an example."""

import logging
import re
from typing import Any

import datasets
import pyarrow.compute as pc
from datasets import Features, List, Value

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.tokenizers import check_length, model_inputs, tokenizer_identity

log = logging.getLogger(__name__)

ABLATIONS = QUESTION_ONLY, PASSAGE_ONLY, CHOICES_ONLY = ("question-only", "passage-only", "choices-only")
BLANK = re.compile(r"(?<!\w)_+(?!\w)")  # what a choice is to fill: the words of "a_name" are none


def prepare_features(
    examples: datasets.Dataset,
    tokenizer: Any,
    *,
    max_length: int = 384,
    ablation: str | None = None,
    num_proc: int | None = None,
) -> datasets.Dataset:
    """Pair each choice with its context and question, as in Hugging Face's ``run_swag`` and its RACE example.

    The first text is the context, the second the question and the choice; without a context the first is the
    question and the second the choice. A question with one blank ("The sky is _.") is filled with the choice
    instead. Where the two are longer than `max_length`, the longer one is cut at its end, which the log counts.

    An ablation withholds part of the input, in training and evaluation alike; the scores then say how much
    the rest gives away (Gururangan et al. 2018; Kaushik and Lipton 2018): ``question-only`` leaves out the
    context, ``passage-only`` the question, ``choices-only`` both.

    Columns: the tokenizer's own (``input_ids``, ``attention_mask``, maybe ``token_type_ids``), choices × tokens;
    ``example_id``; ``labels``, the right choice's position; ``cut``, whether a choice's input was cut.

    Args:
        examples: As `load_examples` keeps them, all with the same number of choices.
        tokenizer: A fast tokenizer.
        max_length: Most tokens of a choice with its context and question, special tokens included.
        ablation: One of `ABLATIONS`, or None to withhold nothing.
        num_proc: Processes to share the work; None for this one (the tokenizer has threads of its own).

    Returns:
        One row an example, in their order, not padded: see `MultipleChoiceCollator`. Cached by `datasets`.

    Raises:
        InputError: No such ablation, one that leaves nothing to read beside the choices (that is `choices-only`),
            a length without room, or a tokenizer that is not a fast one.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise InputError("Multiple choice needs a fast tokenizer, which knows what it cut.")
    if ablation not in (None, *ABLATIONS):
        raise InputError(f"No ablation '{ablation}' of multiple choice; it has: {', '.join(ABLATIONS)}.")
    check_length(tokenizer, max_length, 2)
    _check_read(examples, ablation)
    names = ["id", "context", "question", "choices", "label"]
    options = {"max_length": max_length, "ablation": ablation}
    inputs = {
        name: List(List(Value("int32" if name == "input_ids" else "int8")))
        for name in model_inputs(tokenizer)
    }
    features = examples.select_columns(names).map(
        _encode,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, **options},
        remove_columns=names,
        features=Features(
            **inputs, example_id=examples.features["id"], labels=Value("int64"), cut=Value("bool")
        ),
        num_proc=num_proc,
        new_fingerprint=fingerprint(
            examples._fingerprint, tokenizer_identity(tokenizer), options, code_version(__file__)
        ),
        desc="Tokenising choices",
    )
    if cut := pc.sum(features.data.table["cut"]).as_py():
        log.warning("Examples cut, being longer than %d tokens: %d", max_length, cut)
    return features


def _check_read(examples: datasets.Dataset, ablation: str | None) -> None:
    """Refuse an ablation that leaves only what no example has."""
    column = {PASSAGE_ONLY: "context", QUESTION_ONLY: "question"}.get(ablation or "")
    if column is not None and not any(text.strip() for text in examples[column][:]):
        raise InputError(
            f"The ablation '{ablation}' needs examples with a {(ablation or '').removesuffix('-only')}, and these have "
            f"none: {CHOICES_ONLY} is what it comes to."
        )


def pair(context: str, question: str, choice: str) -> tuple[str, str]:
    """The two texts that a model reads for a choice; the first may be empty."""
    if len(BLANK.findall(question)) == 1:
        before, after = BLANK.split(question)
        return context, before + choice + after
    if not context:
        return question, choice
    return context, f"{question} {choice}" if question else choice


def _encode(
    batch: dict[str, list[Any]], tokenizer: Any, max_length: int, ablation: str | None
) -> dict[str, list[Any]]:
    pairs = [
        pair(
            "" if ablation in (QUESTION_ONLY, CHOICES_ONLY) else context,
            "" if ablation in (PASSAGE_ONLY, CHOICES_ONLY) else question,
            choice,
        )
        for context, question, choices in zip(
            batch["context"], batch["question"], batch["choices"], strict=True
        )
        for choice in choices
    ]
    firsts, seconds = (list(texts) for texts in zip(*pairs, strict=True))
    encoded = tokenizer(firsts, seconds, truncation="longest_first", max_length=max_length, padding=False)
    cut = [bool(encoding.overflowing) for encoding in encoded.encodings]
    columns: dict[str, list[Any]] = {name: [] for name in model_inputs(tokenizer)}
    columns |= {"example_id": batch["id"], "labels": batch["label"], "cut": []}
    begin = 0
    for choices in batch["choices"]:
        end = begin + len(choices)
        for name in model_inputs(tokenizer):
            columns[name].append(encoded[name][begin:end])
        columns["cut"].append(any(cut[begin:end]))
        begin = end
    return columns
