"""What examples of a task consist of: the columns with their text, and the one that says what is right."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from dataset_cartography.errors import MissingColumnError


@dataclass(frozen=True)
class Kind:
    """One kind of examples, known by its columns.

    Attributes:
        name: For people.
        texts: Columns of text (`tokens`: of a list of words), as a reader wants them; one of `optional` may be missing.
        gold: Columns that say what is right: `answers` (spans of the context); `label`, a position among `choices`
            where there are any; `labels`, several; `tags`, one for each of the `tokens`; or a text of its own.
        right: What the model gives a probability to.
        optional: Those of the texts that are not needed.
        written: Whether what is right is text, to be read like the texts.
        measured: Whether the label is a real number.
    """

    name: str
    texts: tuple[str, ...]
    gold: tuple[str, ...]
    right: str
    optional: tuple[str, ...] = ()
    written: bool = False
    measured: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that say something of the example itself."""
        return (*self.texts, *self.gold)

    @property
    def readable(self) -> tuple[str, ...]:
        """All columns of text: the texts, and what is right where that is text too."""
        return (*self.texts, *(self.gold if self.written else ()))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which examples are not of this kind."""
        return tuple(name for name in self.columns if name not in self.optional)

    @property
    def target(self) -> str | None:
        """The column with the text that is to be written; None where what is right is chosen among some."""
        return self.gold[0] if self.written and len(self.gold) == 1 else None


REGRESSION = Kind("regression", ("text",), ("label",), "target", measured=True)
"""Has the columns of a classification; its labels are broken numbers (floats)."""

KINDS = (
    Kind("question answering", ("question", "context"), ("answers",), "correct answer"),
    Kind("multiple choice", ("question", "context"), ("choices", "label"), "right choice", ("context",)),
    Kind("nli", ("premise", "hypothesis"), ("label",), "gold label"),
    Kind("token classification", ("tokens",), ("tags",), "gold tags"),
    Kind("multi-label classification", ("text",), ("labels",), "gold labels"),
    Kind("classification", ("text",), ("label",), "gold label"),
    Kind("preferences", ("prompt",), ("chosen", "rejected"), "chosen answer", written=True),
    Kind("sequence to sequence", ("source",), ("target",), "target", written=True),
    Kind("language modelling", ("prompt",), ("completion",), "completion", ("prompt",), written=True),
)
"""The first that fits counts; regression is told from classification by its numbers."""


def kind_of(examples: pd.DataFrame | Iterable[object]) -> Kind:
    """Tell the kind of examples by their columns.

    Args:
        examples: Examples, or only the names of their columns, which do not tell regression from classification.

    Raises:
        MissingColumnError: They are of no known kind; the sentence says which columns each needs.
    """
    found = list(examples.columns if isinstance(examples, pd.DataFrame) else examples)
    for kind in KINDS:
        if set(kind.needed) <= set(found):
            return _by_values(kind, examples) if isinstance(examples, pd.DataFrame) else kind
    listed = ", ".join(repr(name) for name in found) or "none"
    wanted = "; ".join(f"{kind.name}: {', '.join(kind.needed)}" for kind in KINDS)
    raise MissingColumnError(
        f"The examples' columns tell of no task that is known here: {listed}. Needed are, by task: {wanted}."
    )


def _by_values(kind: Kind, examples: pd.DataFrame) -> Kind:
    like = kind.columns == REGRESSION.columns
    return REGRESSION if like and pd.api.types.is_float_dtype(examples["label"].dtype) else kind
