"""Features -> a batch of tensors, padded only as far as the batch needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.data.data_collator import pad_without_fast_tokenizer_warning

from dataset_cartography.errors import InputError


@dataclass(frozen=True)
class MultipleChoiceCollator:
    """Pads the tokenizer's columns of all choices to one length; ignores columns that are not the model's.

    (`transformers.DataCollatorForMultipleChoice` stumbles over such columns, and over features without labels.)

    Attributes:
        tokenizer: The one that made the features.
        max_length: Pad to this many tokens; None for the longest choice of the batch.
    """

    tokenizer: Any
    max_length: int | None = None

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Make a batch: inputs (batch, choices, tokens) and, where given, ``labels`` (batch,), as int64.

        Raises:
            InputError: The examples have different numbers of choices.
        """
        names = [name for name in self.tokenizer.model_input_names if name in features[0]]
        numbers = {len(feature["input_ids"]) for feature in features}
        if len(numbers) > 1:
            raise InputError(
                f"Examples of one batch have different numbers of choices ({', '.join(map(str, sorted(numbers)))}); "
                "a model needs the same number of each, such as `load_examples` keeps."
            )
        (choices,) = numbers
        padded = pad_without_fast_tokenizer_warning(
            self.tokenizer,
            [
                {name: feature[name][choice] for name in names}
                for feature in features
                for choice in range(choices)
            ],
            padding="longest" if self.max_length is None else "max_length",
            max_length=self.max_length,
            return_tensors="pt",
        )
        batch = {name: tensor.view(len(features), choices, -1) for name, tensor in padded.items()}
        if "labels" in features[0]:
            batch["labels"] = torch.tensor([int(feature["labels"]) for feature in features])
        return batch
