"""Keeping the tokenizer beside a log of single tokens, whose numbers say nothing without it."""

import logging
from pathlib import Path
from typing import Any

from dataset_cartography.log import LogPaths

logger = logging.getLogger(__name__)


def keep_tokenizer(trainer: Any, root: Path) -> None:
    """Save the trainer's tokenizer in a cartography directory; `dynamics.read_tokens` reads it.

    Args:
        trainer: With a `processing_class`, the tokenizer or a processor that has one; or with a collator that has.
        root: The cartography directory.
    """
    tokenizer = getattr(trainer, "processing_class", None) or getattr(
        trainer.data_collator, "tokenizer", None
    )
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
    if tokenizer is not None and hasattr(tokenizer, "save_pretrained"):
        tokenizer.save_pretrained(str(LogPaths(root).tokenizer))
        return
    logger.warning(
        "The tokens are recorded by their numbers only: the trainer has no tokenizer. Give it one as processing_class, "
        "or save yours as '%s'.",
        LogPaths(root).tokenizer,
    )
