"""Examples -> tokens and labels; and features -> batches."""

from collections.abc import Collection, Sequence
from typing import Any

import datasets
from datasets import Features, List, Value
from transformers import DataCollatorWithPadding

from dataset_cartography.tasks.classification.labels import LABEL
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.tokenizers import check_length, model_inputs, tokenizer_identity


def prepare_features(
    examples: datasets.Dataset,
    tokenizer: Any,
    texts: Sequence[str],
    *,
    max_length: int = 384,
    withheld: Collection[str] = (),
    label: str = LABEL,
) -> datasets.Dataset:
    """Tokenise each example's text, or its pair of texts, cut to a length.

    Columns, beside the tokenizer's own (``input_ids``, ``attention_mask``, maybe ``token_type_ids``):
    ``example_id``, and ``labels`` with their names.

    Args:
        examples: As `rows.check_rows` keeps them.
        tokenizer: A fast tokenizer.
        texts: The one or two columns that the model reads, in their order.
        max_length: Most tokens, special tokens included; of a pair, the longer text is cut.
        withheld: Those of the texts that the model is given as empty: an ablation.
        label: The column that becomes ``labels``.

    Returns:
        One row an example, in their order, not padded: see `LabelledCollator`. Cached by `datasets`.

    Raises:
        InputError: The length has no room for a token of each text.
    """
    check_length(tokenizer, max_length, len(texts))
    options = {"texts": list(texts), "max_length": max_length, "withheld": sorted(withheld), "label": label}
    names = ["id", *texts, label]
    columns = {
        name: List(Value("int32" if name == "input_ids" else "int8")) for name in model_inputs(tokenizer)
    }
    columns |= {"example_id": examples.features["id"], "labels": examples.features[label]}
    return examples.select_columns(names).map(
        _tokenize,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, **options},
        remove_columns=names,
        features=Features(columns),
        new_fingerprint=fingerprint(
            examples._fingerprint, tokenizer_identity(tokenizer), options, code_version(__file__)
        ),
        desc="Tokenising",
    )


def _tokenize(
    batch: dict[str, list[Any]],
    tokenizer: Any,
    texts: list[str],
    max_length: int,
    withheld: list[str],
    label: str,
) -> dict[str, list[Any]]:
    given = [[""] * len(batch[name]) if name in withheld else batch[name] for name in texts]
    encoded = tokenizer(*given, truncation=True, max_length=max_length, padding=False)
    inputs = {name: encoded[name] for name in model_inputs(tokenizer)}
    return {**inputs, "example_id": batch["id"], "labels": batch[label]}


class LabelledCollator(DataCollatorWithPadding):  # type: ignore[misc] # transformers ships no types
    """Pads features to the longest of a batch; the example's id, which is no tensor, stays behind."""

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        """Make a batch of features."""
        batch: dict[str, Any] = super().__call__(
            [{name: value for name, value in one.items() if name != "example_id"} for one in features]
        )
        return batch
