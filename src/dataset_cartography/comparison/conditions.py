"""Conditions over a comparison's figures, such as "moved_share > 0.1": read, never run as code."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataset_cartography.errors import InputError
from dataset_cartography.expressions import Expression, Values, shown

_GRAMMAR = (
    "it compares figures and numbers by <, <=, >, >=, == or !=, joined by `and`, `or`, `not`, such as "
    "spearman_confidence < 0.8 or moved_share > 0.1"
)


@dataclass(frozen=True)
class Condition:
    """A condition that was read and understood."""

    _expression: Expression

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read a condition.

        Raises:
            InputError: It is none; the sentence says what one is made of.
        """
        return cls(Expression.parse(text, what="condition", grammar=_GRAMMAR, only_numbers=True))

    @property
    def text(self) -> str:
        """As it was given."""
        return self._expression.text

    @property
    def names(self) -> tuple[str, ...]:
        """The figures it names, in the order of their first mention."""
        return self._expression.names

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Whether the condition is true of figures.

        Raises:
            InputError: A figure does not exist, or is not known, so that nothing can be said.
        """
        unknown = [name for name in self.names if name not in figures]
        if unknown:
            raise InputError(
                f"The condition {shown(self.text)} names '{unknown[0]}', which is no figure of this comparison; "
                f"there are: {', '.join(figures)}."
            )
        missing = [name for name in self.names if math.isnan(figures[name])]
        if missing:
            raise InputError(
                f"The condition {shown(self.text)} cannot be judged: '{missing[0]}' is not known for these maps."
            )
        known = np.zeros(1, dtype=bool)
        columns = {name: Values(np.array([figures[name]]), known, "number") for name in self.names}
        return bool(self._expression.truth(columns).holds.all())

    def sentence(self, figures: Mapping[str, float]) -> str:
        """What the condition is and what its figures are: "moved_share > 0.1: moved_share is 0.234"."""
        return f"{self.text.strip()}: " + ", ".join(f"{name} is {figures[name]:.6g}" for name in self.names)
