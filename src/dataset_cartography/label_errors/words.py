"""How each task's labels are spoken of, and which reasons can be given of them."""

from collections.abc import Sequence

from dataset_cartography.label_errors.outcomes import DIRECTIONS
from dataset_cartography.label_errors.reasons import LIKELIHOOD, REASONS, WITHOUT_MARGIN, Reason, Speech

ABSENT, PRESENT = PRESENCE = ("absent", "present")
ANSWERS = CHOSEN, REJECTED = ("chosen", "rejected")
_NOUNS = {
    "qa": "answer",
    "multiple-choice": "choice",
    "token-classification": "tag",
    "seq2seq": "target",
    "causal-lm": "completion",
}


def speech_of(task: str, labels: Sequence[str] | None) -> Speech:
    """How a task's labels are spoken of.

    Args:
        task: Its name.
        labels: The names of its labels, where they have some.
    """
    if task == "multi-label":
        return Speech("label", PRESENCE)
    if task == "regression":
        return Speech("target", DIRECTIONS, are_names=False)
    if task == "dpo":
        words = tuple(f"the {name} answer" for name in ANSWERS)
        return Speech("preference", words, are_names=False, chosen="preferred")
    return Speech(_NOUNS.get(task, "label"), labels)


def reasons_of(task: str) -> tuple[Reason, ...]:
    """Which reasons can be given of a task's labels."""
    if task in ("seq2seq", "causal-lm"):
        return LIKELIHOOD
    return WITHOUT_MARGIN if task == "regression" else REASONS
