"""The NLI functions of the course template gregdurrett/fp-dataset-artifacts, under its names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from transformers import EvalPrediction

from dataset_cartography.tasks.tokenizers import LONGEST


def prepare_dataset_nli(
    examples: Mapping[str, list[Any]], tokenizer: Any, max_seq_length: int | None = None
) -> dict[str, Any]:
    """Tokenise a batch of premises and hypotheses; for ``dataset.map(…, batched=True, remove_columns=…)``.

    Unlike the template's, features are not padded, which Trainer's own collator does batch by batch; and the
    examples' ids, where there are any, stay with them as ``example_id``.

    Args:
        examples: Batch with the columns ``premise``, ``hypothesis``, ``label``, maybe ``id``.
        tokenizer: Any tokenizer.
        max_seq_length: Most tokens of a pair; the tokenizer's own limit if not given.
    """
    features = tokenizer(
        examples["premise"],
        examples["hypothesis"],
        truncation=True,
        max_length=max_seq_length or min(tokenizer.model_max_length, LONGEST),
    )
    ids = {"example_id": examples["id"]} if "id" in examples else {}
    return {**features, **ids, "label": examples["label"]}


def compute_accuracy(eval_preds: EvalPrediction) -> dict[str, float]:
    """The share of right labels, from 0 to 1, as ``accuracy``; for Trainer's `compute_metrics`."""
    return {"accuracy": float((np.argmax(eval_preds.predictions, axis=1) == eval_preds.label_ids).mean())}
