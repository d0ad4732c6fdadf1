"""A batch of examples -> their windows of tokens, as columns. Works on plain lists; keeps no state."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.qa.spans import distinct_spans, token_spans
from dataset_cartography.tasks.tokenizers import model_inputs

NO_CHARACTER = -1  # the offsets of a token outside the context
NOWHERE = (-1, -1)  # the characters of an answer without an offset
ABLATIONS = QUESTION_ONLY, PASSAGE_ONLY = ("question-only", "passage-only")
LABELS = ("start_positions", "end_positions", "gold_starts", "gold_ends", "has_answer", "answerable")


def question_limit(tokenizer: Any, max_length: int, doc_stride: int) -> int:
    """The most tokens a question may have, such that a window still moves on by some tokens of context.

    Raises:
        InputError: There is no room for a question at all.
    """
    special: int = tokenizer.num_special_tokens_to_add(pair=True)
    room = max_length - special - doc_stride
    if doc_stride < 0 or room < 2:
        third = max_length // 3
        advice = f"doc_stride of {third}" if max_length - special - third >= 2 else "larger max_length"
        raise InputError(
            f"max_length {max_length} and doc_stride {doc_stride} leave no room for the question: max_length "
            f"must exceed doc_stride by at least {special + 2} tokens, and doc_stride be 0 or more. "
            f"Try a {advice}."
        )
    return room - max(1, min(16, room // 4))


def make_windows(
    batch: Mapping[str, list[Any]],
    tokenizer: Any,
    *,
    max_length: int,
    doc_stride: int,
    labelled: bool,
    ablation: str | None = None,
) -> dict[str, list[Any]]:
    """Cut a batch of examples into windows: what `features.prepare_train_features` maps over its examples.

    Args, columns and errors are those listed there; `labelled` adds the columns that need answers.
    """
    limit = question_limit(tokenizer, max_length, doc_stride)
    asked = ["" if ablation == PASSAGE_ONLY else text.lstrip() for text in batch["question"]]
    questions, cut = _cut_questions(asked, tokenizer, limit)
    contexts = batch["context"]
    right = tokenizer.padding_side == "right"  # as in run_qa: the context stands where the padding does
    encoded = tokenizer(
        questions if right else contexts,
        contexts if right else questions,
        truncation="only_second" if right else "only_first",
        max_length=max_length,
        stride=doc_stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding=False,
    )
    example = np.asarray(encoded["overflow_to_sample_mapping"])
    first = np.flatnonzero(np.diff(example, prepend=-1))  # the first window of each example
    out: dict[str, list[Any]] = {name: encoded[name] for name in model_inputs(tokenizer)}
    out["example_id"] = [batch["id"][row] for row in example]
    out["window"] = (np.arange(len(example)) - first[example]).tolist()
    out["question_cut"] = [cut[row] for row in example]
    out["offset_mapping"], out["context_start"], out["context_end"] = [], [], []
    for index, characters in enumerate(encoded["offset_mapping"]):
        sequence = encoded.sequence_ids(index)
        which = 1 if right else 0
        size = sequence.count(which)
        begin = sequence.index(which) if size else 0
        offsets = np.full((len(sequence), 2), NO_CHARACTER, dtype=np.int32)
        if size:
            offsets[begin : begin + size] = characters[begin : begin + size]
            _take_marks(offsets[begin : begin + size], contexts[example[index]])
        out["offset_mapping"].append(offsets)
        out["context_start"].append(begin)
        out["context_end"].append(begin + size - 1)
    out["cls_index"] = [_cls_index(ids, tokenizer) for ids in encoded["input_ids"]]
    if ablation == QUESTION_ONLY:
        filler = filler_token(tokenizer)
        spans = zip(out["context_start"], out["context_end"], strict=True)
        out["input_ids"] = [
            [filler if begin <= token <= end else id_ for token, id_ in enumerate(ids)]
            for ids, (begin, end) in zip(out["input_ids"], spans, strict=True)
        ]
    return out | _labels(batch["answers"], first, out) if labelled else out


def filler_token(tokenizer: Any) -> int:
    """The id of the token that stands for any word: the mask token, else the unknown one.

    Raises:
        InputError: The tokenizer has neither.
    """
    for token in (tokenizer.mask_token_id, tokenizer.unk_token_id):
        if token is not None:
            return int(token)
    raise InputError(
        f"The ablation '{QUESTION_ONLY}' hides the passage behind the mask token or the unknown token, and the "
        "tokenizer has neither: set tokenizer.mask_token."
    )


def _take_marks(offsets: npt.NDArray[np.int32], context: str) -> None:
    """Let tokens end after the combining marks of their last letter, which BERT strips ("é" can be two)."""
    if context.isascii():
        return
    limits = np.append(offsets[1:, 0], len(context))
    for token in np.flatnonzero(offsets[:, 1] < limits):
        end = int(offsets[token, 1])
        while end < limits[token] and unicodedata.combining(context[end]):
            end += 1
        offsets[token, 1] = end


def _labels(
    answers: list[Any], first: npt.NDArray[np.int64], windows: dict[str, list[Any]]
) -> dict[str, list[Any]]:
    """Training targets and gold spans of a batch's windows; `first` is each example's first window."""
    columns: dict[str, list[Any]] = {name: [] for name in LABELS}
    begins, ends, cls = windows["context_start"], windows["context_end"], windows["cls_index"]
    contexts = [
        offsets[begin : end + 1]
        for offsets, begin, end in zip(windows["offset_mapping"], begins, ends, strict=True)
    ]
    for given, low, high in zip(answers, first, [*first[1:], len(contexts)], strict=True):
        characters = [
            (start, start + len(text)) if start >= 0 else NOWHERE
            for text, start in zip(given["text"], given["answer_start"], strict=True)
        ]
        spans, inside = token_spans(contexts[low:high], characters)
        for window in range(low, high):
            here = inside[window - low]
            gold = distinct_spans(spans[window - low], here, begins[window])
            target = gold[0] if len(here) and here[0] else (cls[window], cls[window])
            columns["start_positions"].append(target[0])
            columns["end_positions"].append(target[1])
            columns["gold_starts"].append([start for start, _ in gold])
            columns["gold_ends"].append([end for _, end in gold])
            columns["has_answer"].append(bool(gold))
            columns["answerable"].append(bool(characters))
    return columns


def _cut_questions(questions: list[str], tokenizer: Any, limit: int) -> tuple[list[str], list[bool]]:
    encoded = tokenizer(
        questions,
        add_special_tokens=False,
        return_offsets_mapping=True,
        truncation=False,
        padding=False,
        verbose=False,
    )
    offsets = encoded["offset_mapping"]
    cut = [len(characters) > limit for characters in offsets]
    kept = [
        question[: characters[limit - 1][1]] if too_long else question
        for question, characters, too_long in zip(questions, offsets, cut, strict=True)
    ]
    return kept, cut


def _cls_index(ids: list[int], tokenizer: Any) -> int:
    """Where an empty answer points: [CLS], else the beginning-of-text token, else the first."""
    for token in (tokenizer.cls_token_id, tokenizer.bos_token_id):
        if token in ids:
            return ids.index(token)
    return 0
