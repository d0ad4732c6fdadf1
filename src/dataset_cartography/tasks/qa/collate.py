"""Features -> a batch of tensors, padded only as far as the batch needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.data.data_collator import pad_without_fast_tokenizer_warning

from dataset_cartography.errors import InputError

LABELS = ("start_positions", "end_positions")


@dataclass(frozen=True)
class QACollator:
    """Pads the tokenizer's columns of windows and stacks their training targets; ignores all other columns.

    Padding is always on the right, so that token indices (targets, gold spans, offsets) stay true whatever
    side the tokenizer would choose.

    Attributes:
        tokenizer: The one that made the windows.
        max_length: Pad to this many tokens; None for the longest window of the batch.
    """

    tokenizer: Any
    max_length: int | None = None

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Make a batch: the model's inputs (batch, tokens) and, where given, labels (batch,), as int64."""
        names = [name for name in self.tokenizer.model_input_names if name in features[0]]
        padded = pad_without_fast_tokenizer_warning(
            self.tokenizer,
            [{name: feature[name] for name in names} for feature in features],
            padding="longest" if self.max_length is None else "max_length",
            max_length=self.max_length,
            padding_side="right",
            return_tensors="pt",
        )
        batch = dict(padded)
        for name in LABELS:
            if name in features[0]:
                batch[name] = torch.tensor([int(feature[name]) for feature in features])
        return batch


def qa_collator(tokenizer: Any, max_length: int | None = None) -> QACollator:
    """A collator for what `prepare_train_features` and `prepare_eval_features` return.

    Args:
        tokenizer: The one that made the windows.
        max_length: Pad to this many tokens; None for the longest window of the batch.

    Raises:
        InputError: The tokenizer has no padding token.
    """
    if tokenizer.pad_token_id is None:
        raise InputError(
            "The tokenizer has no padding token, which batches of windows need: set tokenizer.pad_token."
        )
    return QACollator(tokenizer, max_length)
