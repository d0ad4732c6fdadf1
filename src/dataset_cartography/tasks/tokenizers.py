"""Edge (extra: train): what tasks ask of a tokenizer."""

from typing import Any

from dataset_cartography.errors import InputError

LONGEST = 512  # tokens, for tokenizers that know no limit of their own


def model_inputs(tokenizer: Any) -> list[str]:
    """The columns of a feature that the model reads."""
    return [
        name
        for name in ("input_ids", "attention_mask", "token_type_ids")
        if name in tokenizer.model_input_names
    ]


def check_length(tokenizer: Any, max_length: int, texts: int) -> None:
    """Refuse a length without room for the special tokens and one token of each of the one or two texts."""
    special = tokenizer.num_special_tokens_to_add(pair=texts > 1)
    if max_length < special + texts:
        which = "each text" if texts > 1 else "the text"
        raise InputError(
            f"max_length {max_length} leaves no room: {special} special tokens and one of {which} need "
            f"{special + texts}. Give --max_length {special + texts} or more."
        )


def check_fast(tokenizer: Any) -> None:
    """Refuse a tokenizer that does not tell which characters each token stands for, nor what it cut."""
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"Language models and preference pairs need a fast tokenizer, which knows each token's characters, and "
            f"{type(tokenizer).__name__} is none: choose a --model that has one."
        )


def tokenizer_identity(tokenizer: Any) -> tuple[Any, ...]:
    """What of a fast tokenizer decides its output, and no state that a call leaves behind: for fingerprints.

    Its own hash changes when it is first used, which would cost a second tokenisation.
    """
    backend = type(tokenizer._tokenizer).from_str(tokenizer._tokenizer.to_str())
    backend.no_truncation()
    backend.no_padding()
    sides = (tokenizer.padding_side, tokenizer.truncation_side)
    return (backend.to_str(), model_inputs(tokenizer), sides, tokenizer.cls_token_id, tokenizer.bos_token_id)
