"""The preparation functions of the course template gregdurrett/fp-dataset-artifacts, under its names.

They serve scripts written for the template: `prepare_train_dataset_qa` and `prepare_validation_dataset_qa` go
into ``dataset.map(…, batched=True, remove_columns=dataset.column_names)``.
"""

from collections.abc import Mapping
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt

from dataset_cartography.tasks.qa.decode import decode_answers
from dataset_cartography.tasks.qa.windows import make_windows
from dataset_cartography.tasks.tokenizers import LONGEST

QA_MAX_ANSWER_LENGTH = 30


def prepare_train_dataset_qa(
    examples: Mapping[str, list[Any]], tokenizer: Any, max_seq_length: int | None = None
) -> dict[str, list[Any]]:
    """Windows and training targets of a batch of examples; columns as `qa.prepare_train_features` lists them.

    Unlike the template's, `max_seq_length` counts, and windows are not padded: use `qa.qa_collator`.

    Args:
        examples: Batch with the columns ``id``, ``question``, ``context``, ``answers``.
        tokenizer: A fast tokenizer.
        max_seq_length: Most tokens in a window; the tokenizer's own limit if not given. Neighbours overlap by
            128 tokens, or half the window if that is less.
    """
    return _prepare(examples, tokenizer, max_seq_length, labelled=True)


def prepare_validation_dataset_qa(examples: Mapping[str, list[Any]], tokenizer: Any) -> dict[str, list[Any]]:
    """Windows of a batch of examples for evaluation; columns as `qa.prepare_eval_features` lists them.

    As in the template, ``offset_mapping`` is None for tokens outside the context.
    """
    windows = _prepare(examples, tokenizer, None, labelled=False)
    windows["offset_mapping"] = [
        [pair if begin <= token <= end else None for token, pair in enumerate(offsets.tolist())]
        for offsets, begin, end in zip(
            windows["offset_mapping"], windows["context_start"], windows["context_end"], strict=True
        )
    ]
    return windows


def postprocess_qa_predictions(
    examples: datasets.Dataset,
    features: datasets.Dataset,
    predictions: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    n_best_size: int = 20,
    max_answer_length: int = QA_MAX_ANSWER_LENGTH,
) -> dict[Any, str]:
    """Example id to answer text; "empty" where no span is valid, as in the template.

    Args:
        examples: With columns ``id`` and ``context``.
        features: Their windows, as the functions above make them.
        predictions: Start and end logits, (windows, tokens) each.
        n_best_size: Candidates per window for start and for end.
        max_answer_length: Most tokens in an answer.

    Raises:
        ValueError: There are not two arrays, or they do not match the windows.
    """
    if len(predictions) != 2:
        raise ValueError("`predictions` should be a tuple with two elements (start_logits, end_logits).")
    start_logits, end_logits = (np.asarray(logits) for logits in predictions)
    answers = decode_answers(
        examples,
        features,
        start_logits,
        end_logits,
        n_best=n_best_size,
        max_answer_length=max_answer_length,
    )
    return {id_: answer.text or "empty" for id_, answer in answers.items()}


def _prepare(
    examples: Mapping[str, list[Any]], tokenizer: Any, max_length: int | None, *, labelled: bool
) -> dict[str, list[Any]]:
    limit = max_length or min(tokenizer.model_max_length, LONGEST)
    return make_windows(
        examples, tokenizer, max_length=limit, doc_stride=min(128, limit // 2), labelled=labelled
    )
