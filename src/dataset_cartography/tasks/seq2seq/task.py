"""What is its own of `run.py --task seq2seq`."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification.rows import find_column
from dataset_cartography.tasks.models import ENCODER_DECODER
from dataset_cartography.tasks.sequences.features import pair_features
from dataset_cartography.tasks.sequences.forms import Form, pair
from dataset_cartography.tasks.sequences.task import SequenceTask

_SOURCES = ("source", "input", "src", "document", "article", "dialogue", "question", "text")
_TARGETS = ("target", "output", "tgt", "summary", "highlights", "answer", "response", "label")


class SequenceToSequence(SequenceTask):
    """A text from a text."""

    name = "seq2seq"
    head = ENCODER_DECODER
    columns = ("source", "target")
    needed = ("source", "target")
    ablations: tuple[str, ...] = ("target-only",)

    def form(self, raw: datasets.Dataset, options: Options, where: str) -> Form:
        """Tell which columns hold sources and targets."""
        asked = options.text_columns[0] if options.text_columns else None
        source = find_column("source", _SOURCES, asked, raw, "--text_column", where)
        target = find_column("target", _TARGETS, options.label_column, raw, "--label_column", where)
        return pair(source, target)

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along."""
        return pair_features(
            examples,
            tokenizer,
            max_length=options.max_length,
            without_source=options.ablation == "target-only",
        )
