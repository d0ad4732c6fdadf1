"""Texts given and wanted -> tokens; and features -> batches."""

import logging
from collections.abc import Callable
from typing import Any

import datasets
from datasets import Features, List, Value
from transformers import DataCollatorForSeq2Seq

from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.sequences import chat
from dataset_cartography.tasks.sequences.chat import split_messages, templated
from dataset_cartography.tasks.sequences.forms import MESSAGES
from dataset_cartography.tasks.tokenizers import check_fast, check_length, tokenizer_identity

log = logging.getLogger(__name__)

IGNORED = -100
_CUT_GIVEN, _CUT_WANTED = "cut_given", "cut_wanted"


def completion_features(
    examples: datasets.Dataset, tokenizer: Any, *, max_length: int, without_prompt: bool = False
) -> datasets.Dataset:
    """Tokenise prompts and completions for a decoder: one sequence, of which the completion is learnt.

    The two are tokenised as one text, and a token that spans the two belongs to the completion, to which the token is
    added that ends a text. Conversations are written by the tokenizer's chat template where it has one, which then
    says what ends an answer. What is too long loses the beginning of its prompt, then the end of its completion.

    Args:
        examples: With ``id``, ``prompt``, ``completion`` and, of conversations, ``messages``.
        tokenizer: A fast tokenizer.
        max_length: Most tokens.
        without_prompt: Whether the prompt is withheld: an ablation.

    Returns:
        ``input_ids``, ``attention_mask``, ``labels`` (-100 but for the completion) and ``example_id``; a row an example
        in their order, not padded: see `SequenceCollator`. Cached by `datasets`; a warning counts what was cut.

    Raises:
        InputError: The length has no room for a token, or the tokenizer is not a fast one.
    """
    check_fast(tokenizer)
    check_length(tokenizer, max_length, 1)
    talks = MESSAGES in examples.column_names and bool(getattr(tokenizer, "chat_template", None))
    names = ["id", "prompt", "completion", *([MESSAGES] if talks else [])]
    options = {"max_length": max_length, "without_prompt": without_prompt}
    features = _mapped(examples, names, _complete, tokenizer, options)
    return _warned(features, "prompt", "completion", max_length, "beginning")


def pair_features(
    examples: datasets.Dataset, tokenizer: Any, *, max_length: int, without_source: bool = False
) -> datasets.Dataset:
    """Tokenise sources and targets for an encoder-decoder; what is too long loses its end.

    Args:
        examples: With ``id``, ``source`` and ``target``.
        tokenizer: A fast tokenizer.
        max_length: Most tokens of each.
        without_source: Whether the source is withheld: an ablation.

    Returns:
        As `completion_features`; the labels are the target's tokens.

    Raises:
        InputError: The length has no room for a token, or the tokenizer is not a fast one.
    """
    check_fast(tokenizer)
    check_length(tokenizer, max_length, 1)
    options = {"max_length": max_length, "without_source": without_source}
    features = _mapped(examples, ["id", "source", "target"], _translate, tokenizer, options)
    return _warned(features, "source", "target", max_length, "end")


def _mapped(
    examples: datasets.Dataset,
    names: list[str],
    tokenize: Callable[..., dict[str, list[Any]]],
    tokenizer: Any,
    options: dict[str, Any],
) -> datasets.Dataset:
    columns = {
        "input_ids": List(Value("int32")),
        "attention_mask": List(Value("int8")),
        "labels": List(Value("int32")),
        "example_id": examples.features["id"],
        _CUT_GIVEN: Value("bool"),
        _CUT_WANTED: Value("bool"),
    }
    template = getattr(tokenizer, "chat_template", None) if MESSAGES in names else None
    return examples.select_columns(names).map(
        tokenize,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, **options},
        remove_columns=names,
        features=Features(columns),
        new_fingerprint=fingerprint(
            examples._fingerprint,
            tokenizer_identity(tokenizer),
            tokenizer.eos_token_id,
            template,
            names,
            options,
            code_version(__file__, chat.__file__),
        ),
        desc="Tokenising",
    )


def _warned(
    features: datasets.Dataset, given: str, wanted: str, max_length: int, lost: str
) -> datasets.Dataset:
    """Say how many texts were cut, once, and drop what says it."""
    for column, name, end in ((_CUT_GIVEN, given, lost), (_CUT_WANTED, wanted, "end")):
        if cut := sum(features[column][:]):
            log.warning(
                "%s of %s examples lose the %s of their %s beyond --max_length %d.",
                f"{cut:,}",
                f"{len(features):,}",
                end,
                name,
                max_length,
            )
    return features.remove_columns([_CUT_GIVEN, _CUT_WANTED])


def _complete(
    batch: dict[str, list[Any]], tokenizer: Any, max_length: int, without_prompt: bool
) -> dict[str, list[Any]]:
    pairs, ending = list(zip(batch["prompt"], batch["completion"], strict=True)), [True] * len(batch["id"])
    for place, messages in enumerate(batch.get(MESSAGES, ())):
        before, answer = split_messages(messages)
        if answer is not None:
            pairs[place], ending[place] = templated(before, answer, tokenizer), False
    if without_prompt:
        pairs = [("", wanted) for _, wanted in pairs]
    encoded = tokenizer(
        [given + wanted for given, wanted in pairs],
        add_special_tokens=False,
        return_offsets_mapping=True,
        verbose=False,
    )
    prefix = special_prefix(tokenizer)
    eos = tokenizer.eos_token_id
    features: dict[str, list[Any]] = {
        name: [] for name in ("input_ids", "attention_mask", "labels", _CUT_GIVEN, _CUT_WANTED)
    }
    for (given, _), ends, tokens, offsets in zip(
        pairs, ending, encoded["input_ids"], encoded["offset_mapping"], strict=True
    ):
        begin = next((place for place, (_, end) in enumerate(offsets) if end > len(given)), len(tokens))
        context, target = tokens[:begin], tokens[begin:]
        if ends and eos is not None and target[-1:] != [eos]:
            target = [*target, eos]
        first = prefix if tokens[: len(prefix)] != prefix else []
        room = max_length - len(first)
        kept = target[:room]
        left = context[max(0, len(context) - (room - len(kept))) :]
        features["input_ids"].append([*first, *left, *kept])
        features["attention_mask"].append([1] * (len(first) + len(left) + len(kept)))
        features["labels"].append([IGNORED] * (len(first) + len(left)) + kept)
        features[_CUT_GIVEN].append(len(left) < len(context))
        features[_CUT_WANTED].append(len(kept) < len(target))
    return {**features, "example_id": batch["id"]}


def special_prefix(tokenizer: Any) -> list[int]:
    """The special tokens that a tokenizer puts before a text, such as the one that begins it."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    return next((whole[:place] for place in range(len(whole)) if whole[place:][: len(bare)] == bare), [])


def _translate(
    batch: dict[str, list[Any]], tokenizer: Any, max_length: int, without_source: bool
) -> dict[str, list[Any]]:
    sources = [""] * len(batch["id"]) if without_source else batch["source"]
    given = tokenizer(sources, truncation=True, max_length=max_length)
    wanted = tokenizer(text_target=batch["target"], truncation=True, max_length=max_length)
    return {
        "input_ids": given["input_ids"],
        "attention_mask": given["attention_mask"],
        "labels": wanted["input_ids"],
        "example_id": batch["id"],
        _CUT_GIVEN: [bool(one.overflowing) for one in given.encodings],
        _CUT_WANTED: [bool(one.overflowing) for one in wanted.encodings],
    }


class SequenceCollator(DataCollatorForSeq2Seq):  # type: ignore[misc] # transformers ships no types
    """Pads inputs and labels to the longest of a batch; the example's id, which is no tensor, stays behind."""

    def __call__(self, features: list[dict[str, Any]], return_tensors: str | None = None) -> dict[str, Any]:
        """Make a batch of features."""
        kept = [{name: value for name, value in one.items() if name != "example_id"} for one in features]
        batch: dict[str, Any] = super().__call__(kept, return_tensors)
        return batch
