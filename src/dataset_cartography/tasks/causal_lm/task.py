"""What is its own of `run.py --task causal-lm`."""

# ruff: noqa: ARG002 - tasks are given what any of them needs

from typing import Any

import datasets

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.models import DECODER
from dataset_cartography.tasks.sequences.features import completion_features
from dataset_cartography.tasks.sequences.forms import Form, form_of
from dataset_cartography.tasks.sequences.task import SequenceTask


class CausalLanguageModelling(SequenceTask):
    """A completion of a prompt, or a text alone."""

    name = "causal-lm"
    head = DECODER
    columns = ("prompt", "completion")
    needed = ("completion",)
    ablations: tuple[str, ...] = ("completion-only",)

    def form(self, raw: datasets.Dataset, options: Options, where: str) -> Form:
        """Tell how rows write prompts and completions, or conversations."""
        return form_of(raw, options, where)

    def features(
        self, examples: datasets.Dataset, tokenizer: Any, options: Options, *, labelled: bool
    ) -> datasets.Dataset:
        """Tokenise examples; their labels always come along."""
        return completion_features(
            examples,
            tokenizer,
            max_length=options.max_length,
            without_prompt=options.ablation == "completion-only",
        )
