"""Conditions over a comparison's figures, such as "moved_share > 0.1": read, never run as code."""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from dataset_cartography.errors import InputError

_LONGEST = 500  # characters
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_GRAMMAR = (
    "it compares figures and numbers by <, <=, >, >=, == or !=, joined by `and`, `or`, `not`, such as "
    "spearman_confidence < 0.8 or moved_share > 0.1"
)


@dataclass(frozen=True)
class Condition:
    """A condition that was read and understood.

    Attributes:
        text: As it was given.
        names: The figures it names, in the order of their first mention.
    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read a condition.

        Raises:
            InputError: It is none; the sentence says what one is made of.
        """
        refusal = InputError(f"The condition {_shown(text)} is not understood: {_GRAMMAR}.")
        if len(text) > _LONGEST:
            raise refusal
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on the code that this is not
                tree = ast.parse(text.strip(), mode="eval").body
            _check_truth(tree)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise refusal from error
        found = sorted(
            (node for node in ast.walk(tree) if isinstance(node, ast.Name)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        names = tuple(dict.fromkeys(node.id for node in found))
        if not names:
            raise refusal
        return cls(text, names, tree)

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Whether the condition is true of figures.

        Raises:
            InputError: A figure does not exist, or is not known, so that nothing can be said.
        """
        unknown = [name for name in self.names if name not in figures]
        if unknown:
            raise InputError(
                f"The condition {_shown(self.text)} names '{unknown[0]}', which is no figure of this comparison; "
                f"there are: {', '.join(figures)}."
            )
        missing = [name for name in self.names if math.isnan(figures[name])]
        if missing:
            raise InputError(
                f"The condition {_shown(self.text)} cannot be judged: '{missing[0]}' is not known for these maps."
            )
        return _truth(self._tree, figures)

    def sentence(self, figures: Mapping[str, float]) -> str:
        """What the condition is and what its figures are: "moved_share > 0.1: moved_share is 0.234"."""
        return f"{self.text.strip()}: " + ", ".join(f"{name} is {figures[name]:.6g}" for name in self.names)


def _check_truth(node: ast.expr) -> None:
    """Raise ValueError unless a node is a truth made of comparisons."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check_truth(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_truth(operand)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(type(op) not in _COMPARISONS for op in ops):
                raise ValueError
            for side in (left, *others):
                _check_number(side)
        case _:
            raise ValueError


def _check_number(node: ast.expr) -> None:
    match node:
        case ast.Name():
            return
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            float(value)  # a number too large for it is refused
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant() as operand):
            _check_number(operand)
        case _:
            raise ValueError


def _truth(node: ast.expr, figures: Mapping[str, float]) -> bool:
    match node:
        case ast.BoolOp(op=op, values=values):
            return (all if isinstance(op, ast.And) else any)(_truth(value, figures) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _truth(operand, figures)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_number(side, figures) for side in (left, *others)]
            return all(_COMPARISONS[type(op)](*pair) for op, pair in zip(ops, pairwise(sides), strict=True))
        case _:
            raise AssertionError(node)


def _number(node: ast.expr, figures: Mapping[str, float]) -> float:
    match node:
        case ast.Name(id=name):
            return figures[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _number(operand, figures) * (-1 if isinstance(op, ast.USub) else 1)
        case ast.Constant(value=int() | float() as value):
            return value
        case _:
            raise AssertionError(node)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
