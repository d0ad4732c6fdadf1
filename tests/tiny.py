"""A tokenizer and a model built in code, small enough that tests need no network and no seconds."""

import re
from collections.abc import Iterable, Sequence

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMultipleChoice,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
)

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tiny_tokenizer(texts: Iterable[str], *, model_max_length: int = 512) -> PreTrainedTokenizerFast:
    """A BERT-style WordPiece tokenizer whose vocabulary is every word and every character of `texts`.

    Words it has not seen fall to their characters ("##x"); characters it has not seen to [UNK]. Lower-casing,
    accent stripping and dropping of control characters are BERT's own.
    """
    normalizer = normalizers.BertNormalizer(lowercase=True)
    words: set[str] = set()
    for text in texts:
        words.update(re.findall(r"\w+|[^\w\s]", normalizer.normalize_str(text)))
    characters = {character for word in words for character in word} | set(
        "abcdefghijklmnopqrstuvwxyz0123456789"
    )
    pieces = [*sorted(words | characters), *(f"##{character}" for character in sorted(characters))]
    vocab = {piece: index for index, piece in enumerate([*SPECIAL, *pieces])}

    backend = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    backend.normalizer = normalizer
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, vocab[token]) for token in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=model_max_length,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def tiny_qa_model(vocab_size: int, *, seed: int = 0, max_positions: int = 512) -> BertForQuestionAnswering:
    """A BERT of 2 layers, 32 units, dropout 0.1, weights drawn from `seed`; torch's own seed stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForQuestionAnswering(
            BertConfig(
                vocab_size=vocab_size,
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=max_positions,
                hidden_dropout_prob=0.1,
                attention_probs_dropout_prob=0.1,
            )
        )


def tiny_choice_model(vocab_size: int, *, seed: int = 0) -> BertForMultipleChoice:
    """The same size with a multiple-choice head."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForMultipleChoice(tiny_qa_model(vocab_size).config)


def tiny_classifier(
    vocab_size: int, labels: Sequence[str], *, seed: int = 0
) -> BertForSequenceClassification:
    """The same size with a head that tells `labels` apart."""
    config = tiny_qa_model(vocab_size).config
    config.id2label = dict(enumerate(labels))
    config.label2id = {name: number for number, name in enumerate(labels)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForSequenceClassification(config)
