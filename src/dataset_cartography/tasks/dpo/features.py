"""Pairs -> tokens, in the columns that TRL's collator reads."""

import logging
from typing import Any

import datasets
from datasets import Features, List, Value

from dataset_cartography.tasks.dpo.rows import COLUMNS, MESSAGES
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.sequences import chat
from dataset_cartography.tasks.sequences.chat import templated
from dataset_cartography.tasks.sequences.features import special_prefix
from dataset_cartography.tasks.tokenizers import check_fast, check_length, tokenizer_identity

log = logging.getLogger(__name__)

TOKENS = ("prompt_ids", "chosen_ids", "rejected_ids")
_CUT = "cut"


def pair_features(examples: datasets.Dataset, tokenizer: Any, *, max_length: int) -> datasets.Dataset:
    """Tokenise a prompt with each of its answers.

    A token that spans prompt and answer belongs to the answer. What is too long loses the beginning of its prompt, by
    as much for both answers, then the end of an answer.

    Args:
        examples: As `rows.check_rows` keeps them.
        tokenizer: A fast tokenizer.
        max_length: Most tokens.

    Returns:
        ``prompt_ids``, ``chosen_ids``, ``rejected_ids``, the texts, and ``example_id``; a row an example in their
        order. Cached by `datasets`; a warning counts what was cut.

    Raises:
        InputError: The length has no room for a token, or the tokenizer is not a fast one.
    """
    check_fast(tokenizer)
    check_length(tokenizer, max_length, 1)
    talks = MESSAGES in examples.column_names and bool(getattr(tokenizer, "chat_template", None))
    names = ["id", *COLUMNS, *([MESSAGES] if talks else [])]
    columns = {
        **{name: List(Value("int32")) for name in TOKENS},
        **{name: Value("string") for name in COLUMNS},
        "example_id": examples.features["id"],
        _CUT: Value("bool"),
    }
    features = examples.select_columns(names).map(
        _tokenize,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, "max_length": max_length},
        remove_columns=names,
        features=Features(columns),
        new_fingerprint=fingerprint(
            examples._fingerprint,
            tokenizer_identity(tokenizer),
            tokenizer.eos_token_id,
            getattr(tokenizer, "chat_template", None) if talks else None,
            max_length,
            code_version(__file__, chat.__file__),
        ),
        desc="Tokenising",
    )
    if cut := sum(features[_CUT][:]):
        log.warning(
            "%s of %s pairs are cut to --max_length %d tokens.", f"{cut:,}", f"{len(features):,}", max_length
        )
    return features.remove_columns(_CUT)


def _tokenize(batch: dict[str, list[Any]], tokenizer: Any, max_length: int) -> dict[str, list[Any]]:
    prefix, eos = special_prefix(tokenizer), tokenizer.eos_token_id
    made: dict[str, list[Any]] = {name: [] for name in (*TOKENS, _CUT)}
    for place, (prompt, *answers) in enumerate(zip(*(batch[name] for name in COLUMNS), strict=True)):
        messages = batch[MESSAGES][place] if MESSAGES in batch else []
        told = [
            templated(messages, {"role": "assistant", "content": answer}, tokenizer)
            if messages
            else (prompt, answer)
            for answer in answers
        ]
        encoded = tokenizer(
            [given + wanted for given, wanted in told],
            add_special_tokens=False,
            return_offsets_mapping=True,
            verbose=False,
        )
        whole = encoded["input_ids"]
        # Where an answer begins, in tokens; the two may differ, as a token may span prompt and answer.
        begin = min(
            next((at for at, (_, end) in enumerate(offsets) if end > len(given)), len(tokens))
            for (given, _), tokens, offsets in zip(told, whole, encoded["offset_mapping"], strict=True)
        )
        # Nor may what stands before it: a tokenizer may merge a word's end with what follows.
        shared = zip(*(tokens[:begin] for tokens in whole), strict=True)
        begin = next((at for at, (one, other) in enumerate(shared) if one != other), begin)
        ending = [] if messages or eos is None else [eos]  # a template says itself what ends an answer
        first = prefix if whole[0][: len(prefix)] != prefix else []
        room = max_length - len(first)
        wanted = [tokens[begin:] + (ending if tokens[-1:] != ending else []) for tokens in whole]
        kept = [tokens[:room] for tokens in wanted]
        left = whole[0][max(0, begin - (room - max(map(len, kept)))) : begin]
        made["prompt_ids"].append([*first, *left])
        made["chosen_ids"].append(kept[0])
        made["rejected_ids"].append(kept[1])
        made[_CUT].append(len(left) < begin or kept != wanted)
    texts = {name: batch[name] for name in COLUMNS}
    return {**made, **texts, "example_id": batch["id"]}
