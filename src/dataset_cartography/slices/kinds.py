"""What examples of a task consist of: the columns with their text, and the one that says what is right."""

from collections.abc import Iterable
from dataclasses import dataclass

from dataset_cartography.errors import MissingColumnError


@dataclass(frozen=True)
class Kind:
    """One kind of examples, known by its columns.

    Attributes:
        name: For people.
        texts: Columns of text, as a reader wants them; one of `optional` may be missing.
        gold: Columns that say what is right: `answers` (spans of the context), or `label`, a position among
            `choices` where there are any.
        right: What the model gives a probability to.
        optional: Those of the texts that are not needed.
    """

    name: str
    texts: tuple[str, ...]
    gold: tuple[str, ...]
    right: str
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that say something of the example itself."""
        return (*self.texts, *self.gold)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which examples are not of this kind."""
        return tuple(name for name in self.columns if name not in self.optional)


KINDS = (
    Kind("question answering", ("question", "context"), ("answers",), "correct answer"),
    Kind("multiple choice", ("question", "context"), ("choices", "label"), "right choice", ("context",)),
    Kind("nli", ("premise", "hypothesis"), ("label",), "gold label"),
    Kind("classification", ("text",), ("label",), "gold label"),
)
"""The first that fits counts."""


def kind_of(columns: Iterable[object]) -> Kind:
    """Tell the kind of examples by their columns.

    Raises:
        MissingColumnError: They are of no known kind; the sentence says which columns each needs.
    """
    found = list(columns)
    for kind in KINDS:
        if set(kind.needed) <= set(found):
            return kind
    listed = ", ".join(repr(name) for name in found) or "none"
    wanted = "; ".join(f"{kind.name}: {', '.join(kind.needed)}" for kind in KINDS)
    raise MissingColumnError(
        f"The examples' columns tell of no task that is known here: {listed}. Needed are, by task: {wanted}."
    )
