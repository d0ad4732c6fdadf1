"""The columns of a multiple-choice dataset, under any of the names that the usual ones have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dataset_cartography.errors import MissingColumnError

CONTEXT = ("context", "passage", "article", "premise", "ctx", "sent1")
QUESTION = ("question", "question_stem", "query", "goal", "sentence", "sent2")
CHOICES = ("options", "endings", "answers")  # beside "choices", which comes before all else
LABEL = ("label", "labels", "answerKey", "answer", "correct", "answer_idx", "gold")
ONE_CHOICE = re.compile(r"(ending|choice|option|answer|sol)_?(\d+|[A-J]|(?<=_)[a-j])")
FIRST = ("0", "1", "A")
HINT = (
    "Multiple choice needs the choices (a column of lists named 'choices', 'options', 'endings' or 'answers', or "
    "one column each, such as 'ending0', 'choice1' or 'answerA'), 'label' (or 'answer', 'answerKey') and a "
    "'question' or a 'context'."
)


@dataclass(frozen=True)
class Columns:
    """Where a dataset keeps what the task needs.

    Attributes:
        context: The column of what is read first; None if there is none.
        question: The column of what is asked, or of how each choice begins; None if there is none.
        choices: One column of lists, or a column a choice.
        label: The column that says which choice is right.
    """

    context: str | None
    question: str | None
    choices: tuple[str, ...]
    label: str

    @property
    def all(self) -> list[str]:
        """Every column that is read."""
        return [*(name for name in (self.context, self.question) if name), *self.choices, self.label]

    @property
    def names(self) -> list[str] | None:
        """What the choices' own columns call them: "A", "B", … or "0", "1", …; None for one of lists."""
        matches = [ONE_CHOICE.fullmatch(name) for name in self.choices]
        return [match[2].upper() for match in matches if match] or None


def find_columns(available: Sequence[str], where: str) -> Columns:
    """Find a dataset's columns by their usual names: SWAG's, RACE's, CommonsenseQA's, ARC's, COPA's and the like.

    Args:
        available: The dataset's columns.
        where: What it is, for messages.

    Raises:
        MissingColumnError: No choices, no label, or neither question nor context.
    """
    context, question, listed, label = (
        next((name for name in names if name in available), None)
        for names in (CONTEXT, QUESTION, CHOICES, LABEL)
    )
    if "choices" in available:
        choices: tuple[str, ...] = ("choices",)
    else:
        choices = _one_column_each(available) or ((listed,) if listed else ())
    if not choices:
        raise MissingColumnError.of("choices", list(available), where, HINT)
    if label is None or label in choices:
        raise MissingColumnError.of("label", list(available), where, HINT)
    if context is None and question is None:
        raise MissingColumnError.of("question", list(available), where, HINT)
    return Columns(context, question, choices, label)


def _one_column_each(available: Sequence[str]) -> tuple[str, ...]:
    """Columns such as ending0, ending1, … in their order, without a gap; none if there are fewer than two."""
    series: dict[str, dict[str, str]] = {}
    for name in available:
        if match := ONE_CHOICE.fullmatch(name):
            series.setdefault(match[1], {})[match[2].upper()] = name
    for found in series.values():
        for first in FIRST:
            names, suffix = [], first
            while suffix in found:
                names.append(found[suffix])
                suffix = str(int(suffix) + 1) if suffix.isdigit() else chr(ord(suffix) + 1)
            if len(names) > 1:
                return tuple(names)
    return ()
