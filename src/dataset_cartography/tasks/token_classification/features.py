"""Examples -> tokens with tags; and features -> batches."""

import logging
from typing import Any

import datasets
import pyarrow.compute as pc
from datasets import Features, List, Value
from transformers import DataCollatorForTokenClassification

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.units import WORD_NUMBERS
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.token_classification.rows import TAGS, TOKENS
from dataset_cartography.tasks.tokenizers import check_length, model_inputs, tokenizer_identity

log = logging.getLogger(__name__)

NO_TAG = -100
_CUT, _UNREAD = "cut", "unread"


def prepare_features(
    examples: datasets.Dataset, tokenizer: Any, *, max_length: int = 384
) -> datasets.Dataset:
    """Tokenise each example's tokens, here called words, cut to a length; a word's first piece bears its tag.

    Words beyond `max_length`, and words of which the tokenizer makes nothing (control characters, say), have no tag and
    are not learnt; the log counts them.

    Columns, beside the tokenizer's own (``input_ids``, ``attention_mask``, maybe ``token_type_ids``):
    ``example_id``; ``labels``, -100 where a piece bears no tag; ``word_numbers``, the word of each that does.

    Args:
        examples: As `rows.check_rows` keeps them.
        tokenizer: A fast tokenizer.
        max_length: Most pieces, special ones included.

    Returns:
        One row an example, in their order, not padded: see `TagCollator`. Cached by `datasets`.

    Raises:
        InputError: The length has no room for a word, or the tokenizer is not a fast one.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise InputError("Token classification needs a fast tokenizer, which knows the pieces of each word.")
    check_length(tokenizer, max_length, 1)
    names = ["id", TOKENS, TAGS]
    columns = {
        name: List(Value("int32" if name == "input_ids" else "int8")) for name in model_inputs(tokenizer)
    }
    columns |= {"example_id": examples.features["id"], "labels": List(Value("int64"))}
    columns |= {WORD_NUMBERS: List(Value("int32")), _CUT: Value("int32"), _UNREAD: Value("int32")}
    features = examples.select_columns(names).map(
        _tokenize,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, "max_length": max_length},
        remove_columns=names,
        features=Features(columns),
        new_fingerprint=fingerprint(
            examples._fingerprint, tokenizer_identity(tokenizer), max_length, code_version(__file__)
        ),
        desc="Tokenising",
    )
    table = features.data.table
    if cut := pc.sum(table[_CUT]).as_py():
        sentences = pc.sum(pc.greater(table[_CUT], 0)).as_py()
        log.warning(
            "%d tokens of %d examples are beyond --max_length %d: they are not read, and not recorded.",
            cut,
            sentences,
            max_length,
        )
    if unread := pc.sum(table[_UNREAD]).as_py():
        log.warning("%d tokens are nothing to the tokenizer: they are not read, and not recorded.", unread)
    return features.remove_columns([_CUT, _UNREAD])


def _tokenize(batch: dict[str, list[Any]], tokenizer: Any, max_length: int) -> dict[str, list[Any]]:
    encoded = tokenizer(
        batch[TOKENS], is_split_into_words=True, truncation=True, max_length=max_length, padding=False
    )
    columns: dict[str, list[Any]] = {name: encoded[name] for name in model_inputs(tokenizer)}
    columns |= {"example_id": batch["id"], "labels": [], WORD_NUMBERS: [], _CUT: [], _UNREAD: []}
    for encoding, tags in zip(encoded.encodings, batch[TAGS], strict=True):
        labels, numbers, before = [], [], None
        for word in encoding.word_ids:
            first = word is not None and word != before
            labels.append(tags[word] if first else NO_TAG)
            if first:
                numbers.append(word)
            before = word
        beyond = {word for part in encoding.overflowing for word in part.word_ids} - {None, *numbers}
        columns["labels"].append(labels)
        columns[WORD_NUMBERS].append(numbers)
        columns[_CUT].append(len(beyond))
        columns[_UNREAD].append(len(tags) - len(numbers) - len(beyond))
    return columns


class TagCollator(DataCollatorForTokenClassification):  # type: ignore[misc] # transformers ships no types
    """Pads features to the longest of a batch; what is no tensor of the model's, stays behind."""

    def __call__(self, features: list[dict[str, Any]], return_tensors: str | None = None) -> dict[str, Any]:
        """Make a batch of features."""
        left = ("example_id", WORD_NUMBERS)
        batch: dict[str, Any] = super().__call__(
            [{name: value for name, value in one.items() if name not in left} for one in features],
            return_tensors,
        )
        return batch
