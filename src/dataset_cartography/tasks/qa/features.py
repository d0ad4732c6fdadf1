"""Examples -> windows of tokens, with everything that training, recording and decoding need of them."""

import logging
from typing import Any

import datasets
import pyarrow.compute as pc
from datasets import Features, List, Value

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.qa import spans, windows
from dataset_cartography.tasks.qa.windows import (
    ABLATIONS,
    QUESTION_ONLY,
    filler_token,
    make_windows,
    question_limit,
)
from dataset_cartography.tasks.tokenizers import model_inputs, tokenizer_identity

log = logging.getLogger(__name__)

BATCH = 200  # examples tokenised at a time; a long context is many windows


def prepare_train_features(
    examples: datasets.Dataset,
    tokenizer: Any,
    *,
    max_length: int = 384,
    doc_stride: int = 128,
    ablation: str | None = None,
    num_proc: int | None = None,
) -> datasets.Dataset:
    """Cut each example into overlapping windows, one feature a window, labelled for training.

    The windows and labels are those of Hugging Face's ``run_qa``: the first answer's tokens if it lies wholly
    in the window's context, else ``[CLS]``. Two of its faults are not repeated: an answer in the last token
    of a window keeps its place, and one that starts inside or between tokens is given the tokens that cover
    it. A question so long that it leaves no room for the context is cut at its end, and counted in the log.

    Columns, beside the tokenizer's own (``input_ids``, ``attention_mask``, maybe ``token_type_ids``):

    - ``start_positions``, ``end_positions``: the training target, token indices, end inclusive.
    - ``example_id``; ``window``: number of the window within its example, from 0.
    - ``offset_mapping``: per token, its [start, end) characters in the context, combining marks after it
      included; [-1, -1] outside the context.
    - ``context_start``, ``context_end``: first and last context token, inclusive; 0 and -1 if there is none.
    - ``cls_index``: the token that stands for "no answer".
    - ``gold_starts``, ``gold_ends``: the token spans of all distinct answers that lie wholly in this window,
      end inclusive, the first answer's first; empty if none does.
    - ``has_answer``: whether there is such a span; ``answerable``: whether the example has any answer.
    - ``question_cut``: whether its question was cut.

    An ablation withholds part of the input, in training and evaluation alike; the scores then say how much the
    rest gives away. Questions that can be answered without the passage, or passages that show their answer
    without the question, test less reading than they seem to (Kaushik and Lipton 2018, who put another
    example's text in the place; Gururangan et al. 2018 for the idea).

    - ``passage-only``: the question is empty, so that a window has room for more of the context.
    - ``question-only``: a span must still be pointed at, so windows, offsets and targets stay as they are,
      and every context token's id becomes that of the mask token (else the unknown one). The model sees the
      question, and of the context its length only.

    Args:
        examples: As `check_rows` keeps them.
        tokenizer: A fast tokenizer, padding on either side.
        max_length: Most tokens in a window, special tokens and question included.
        doc_stride: Tokens by which neighbouring windows overlap.
        ablation: One of `ABLATIONS`, or None to withhold nothing.
        num_proc: Processes to share the work; None for this one (the tokenizer has threads of its own).

    Returns:
        One row a window, examples in their order, not padded: see `qa_collator`. Cached by `datasets`.

    Raises:
        InputError: `max_length` and `doc_stride` leave no room, the tokenizer is not a fast one or lacks the
            token that an ablation needs, or there is no such ablation.
    """
    return _prepare(examples, tokenizer, max_length, doc_stride, ablation, num_proc, labelled=True)


def prepare_eval_features(
    examples: datasets.Dataset,
    tokenizer: Any,
    *,
    max_length: int = 384,
    doc_stride: int = 128,
    ablation: str | None = None,
    num_proc: int | None = None,
) -> datasets.Dataset:
    """The same windows as `prepare_train_features`, without labels and gold spans; no answers are needed.

    Args and errors are the same. Columns: the tokenizer's own, ``example_id``, ``window``,
    ``offset_mapping``, ``context_start``, ``context_end``, ``cls_index``, ``question_cut``.
    """
    return _prepare(examples, tokenizer, max_length, doc_stride, ablation, num_proc, labelled=False)


def examples_without_answer_window(features: datasets.Dataset) -> list[Any]:
    """The ids of answerable examples whose answers lie wholly in none of their windows, in order.

    Such an answer is longer than the overlap allows, or made of characters that the tokenizer drops.

    Args:
        features: As `prepare_train_features` returns them.
    """
    frame = features.select_columns(["example_id", "has_answer", "answerable"]).to_pandas()
    reached = frame.groupby("example_id", sort=False)[["has_answer", "answerable"]].any()
    return reached.index[reached["answerable"] & ~reached["has_answer"]].tolist()  # type: ignore[no-any-return]


def _prepare(
    examples: datasets.Dataset,
    tokenizer: Any,
    max_length: int,
    doc_stride: int,
    ablation: str | None,
    num_proc: int | None,
    *,
    labelled: bool,
) -> datasets.Dataset:
    if not getattr(tokenizer, "is_fast", False):
        raise InputError("Question answering needs a fast tokenizer, which knows each token's characters.")
    if ablation not in (None, *ABLATIONS):
        raise InputError(f"No ablation '{ablation}' of question answering; it has: {', '.join(ABLATIONS)}.")
    limit = question_limit(tokenizer, max_length, doc_stride)
    filler = filler_token(tokenizer) if ablation == QUESTION_ONLY else None
    options = {
        "max_length": max_length,
        "doc_stride": doc_stride,
        "labelled": labelled,
        "ablation": ablation,
    }
    columns = _columns(examples, tokenizer, labelled)
    names = ["id", "question", "context", *(["answers"] if labelled else [])]
    features = examples.select_columns(names).map(
        make_windows,
        batched=True,
        batch_size=BATCH,
        fn_kwargs={"tokenizer": tokenizer, **options},
        remove_columns=names,
        features=columns,
        num_proc=num_proc,
        new_fingerprint=fingerprint(
            examples._fingerprint,
            tokenizer_identity(tokenizer),
            options,
            filler,
            code_version(windows.__file__, spans.__file__),
        ),
        desc="Cutting examples into windows",
    )
    cut = features.data.table["question_cut"]
    if pc.any(cut).as_py():
        questions = features.select_columns(["example_id", "question_cut"]).to_pandas()
        count = questions.loc[questions["question_cut"], "example_id"].nunique()
        log.warning("Questions cut at their end, being longer than %d tokens: %d", limit, count)
    return features


def _columns(examples: datasets.Dataset, tokenizer: Any, labelled: bool) -> Features:
    integers, flag = List(Value("int32")), Value("bool")
    columns = {
        **{
            name: integers if name == "input_ids" else List(Value("int8")) for name in model_inputs(tokenizer)
        },
        "example_id": examples.features["id"],
        "window": Value("int32"),
        "offset_mapping": List(List(Value("int32"), length=2)),
        "context_start": Value("int32"),
        "context_end": Value("int32"),
        "cls_index": Value("int32"),
        "question_cut": flag,
    }
    if labelled:
        columns |= {"start_positions": Value("int32"), "end_positions": Value("int32")}
        columns |= {"gold_starts": integers, "gold_ends": integers, "has_answer": flag, "answerable": flag}
    return Features(columns)
